import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Calibration } from '#main/bench/calibrate-profile.ts'
import { loadScenario } from '#main/reading/load-scenario.ts'
import { jsonOf, runCli, workspace } from './run-cli.ts'

test('calibrate writes profiles of this machine that a scenario can name, and says how far predictions are off', async () => {
  using space = workspace()
  const words = ['calibrate', '--quick', '--out', 'mine.json', '--json']
  const { phoneGflops, cloudGflops, work, medianError, largestError } = jsonOf<Calibration>(await runCli(space.directory, words))
  for (const gflops of [phoneGflops, cloudGflops]) expect(gflops).toBeGreaterThan(0.1)
  // Two sizes, each as a phone's probes and as the cloud's gradient; one of the two gives the rates.
  expect(work.map(({ kind, calibrates }) => [kind, calibrates])).toEqual([
    ['probes', true],
    ['gradient', true],
    ['probes', false],
    ['gradient', false],
  ])
  for (const { flop, seconds, predictedSeconds, error, kind } of work) {
    expect(predictedSeconds).toBeCloseTo(flop / ((kind === 'probes' ? phoneGflops : cloudGflops) * 1e9), 12)
    expect(error).toBeCloseTo(predictedSeconds / seconds - 1, 9)
  }
  expect(largestError).toBeGreaterThanOrEqual(medianError)
  space.file(
    'scenario.json',
    JSON.stringify({
      model: { checkpoint: 'm' },
      data: { train: { path: 't' } },
      profiles: 'mine.json',
      cloud: { profile: 'this-machine' },
      fleet: [{ profile: 'this-machine-phone' }],
    }),
  )
  const { profiles } = loadScenario('scenario.json', [], space.directory)
  expect(profiles.devices.find(({ id }) => id === 'this-machine-phone')!.gflops).toBe(phoneGflops)

  const written = JSON.parse(readFileSync(space.path('mine.json'), 'utf8')) as { devices: { id: string; kind: string }[] }
  space.file('mine.json', JSON.stringify({ devices: [{ ...written.devices[0]!, id: 'pixel-4' }] }))
  expect(() => loadScenario('scenario.json', [], space.directory)).toThrow(
    'mine.json: a profile pixel-4; expected an id that no shipped profile has',
  )
  space.file('mine.json', JSON.stringify({ devices: written.devices.map((device) => ({ ...device, gflops: 0 })) }))
  expect(() => loadScenario('scenario.json', [], space.directory)).toThrow('mine.json: devices[0].gflops: 0; expected a number above 0')
})
