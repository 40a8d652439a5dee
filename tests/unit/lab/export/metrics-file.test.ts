import { expect, test } from 'vitest'
import { metricsFile } from '#main/lab/export/metrics-file.ts'
import type { SessionView } from '#shared/events/projection.ts'

const measurement = { round: 1, virtualSeconds: 2.5, accuracy: 0.625, loss: 1, forwardPasses: 8, bytesDown: 100, bytesUp: 20 }
const view = {
  session: 's',
  name: 'Two, "quoted"',
  history: [measurement, { ...measurement, round: 2, energyJoules: 7.25 }],
  rounds: [{ round: 1, startSeconds: 0, endSeconds: 2.5, bits: [4, 2], reasons: [{ words: 'why' }], links: [] }],
  phones: [{ id: 'a', memory: [1, 2], energyJoules: 7.25 }],
} as unknown as SessionView

test('measurements as a table: one row each, what isn’t known empty', () => {
  expect(metricsFile('run.csv', view)).toBe(
    'round,virtualSeconds,accuracy,loss,forwardPasses,bytesDown,bytesUp,energyJoules\r\n' +
      '1,2.5,0.625,1,8,100,20,\r\n2,2.5,0.625,1,8,100,20,7.25\r\n',
  )
})

test('measurements, rounds and phones as JSON, by the ending of the file', () => {
  const parsed = JSON.parse(metricsFile('RUN.JSON', view)) as SessionView
  expect(parsed.history).toEqual(view.history)
  expect(parsed.name).toBe('Two, "quoted"')
  expect(parsed.rounds).toEqual([{ round: 1, startSeconds: 0, endSeconds: 2.5, bits: [4, 2] }])
  expect(parsed.phones).toEqual([{ id: 'a', energyJoules: 7.25 }])
})
