import { describe, expect, test } from 'vitest'
import { SessionControl } from '#main/lab/session-control.ts'

/** Whether a promise is settled by the time that everything that can run has run. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false
  void promise.then(() => (done = true))
  await new Promise((resolve) => setImmediate(resolve))
  return done
}

describe('a session in the hands of its user', () => {
  test('waits at a pause, says so, and goes on when it is told to', async () => {
    const control = new SessionControl()
    const waiting: boolean[] = []
    control.onWaiting = (now) => void waiting.push(now)
    expect(await settled(control.beforeRound())).toBe(true)
    control.pause()
    const held = control.beforeRound()
    expect(await settled(held)).toBe(false)
    expect(waiting).toEqual([true])
    control.proceed()
    expect(await settled(held)).toBe(true)
    expect(waiting).toEqual([true, false])
    expect(await settled(control.beforeRound())).toBe(true)
  })

  test('does one round per step, and the steps asked for while it works don’t add up', async () => {
    const control = new SessionControl()
    control.pause()
    const first = control.beforeRound()
    control.step()
    expect(await settled(first)).toBe(true)
    const second = control.beforeRound()
    expect(await settled(second)).toBe(false)
    control.step()
    expect(await settled(second)).toBe(true)
    control.step()
    control.step()
    expect(await settled(control.beforeRound())).toBe(true)
    expect(await settled(control.beforeRound())).toBe(false)
  })

  test('a step of a session that runs lets it do one more round', async () => {
    const control = new SessionControl()
    control.step()
    expect(await settled(control.beforeRound())).toBe(true)
    expect(await settled(control.beforeRound())).toBe(false)
  })

  test('ends at a pause as well as between rounds', async () => {
    const control = new SessionControl()
    expect(control.interrupted()).toBe(false)
    control.pause()
    const held = control.beforeRound()
    control.stop()
    expect(await settled(held)).toBe(true)
    expect(control.interrupted()).toBe(true)
  })

  test('hands over changes once, those made while it waits too, in their order', async () => {
    const control = new SessionControl()
    control.tune([0, 2], { downMbps: 2 })
    control.pause()
    const held = control.beforeRound()
    control.tune([0], { downMbps: 1, gflops: 5 })
    control.proceed()
    expect(await held).toEqual([
      { phone: 0, change: { downMbps: 2 } },
      { phone: 2, change: { downMbps: 2 } },
      { phone: 0, change: { downMbps: 1, gflops: 5 } },
    ])
    expect(await control.beforeRound()).toEqual([])
  })

  test('knows how many phones there are', () => {
    expect(() => new SessionControl(3).tune([0, 3], { gflops: 2 })).toThrow('phones: 3; expected indices of phones, from 0 to 2')
  })

  test.each([
    [{ downMbps: 0 }, 'change: downMbps: 0; expected a number above 0'],
    [{ lossRate: 1 }, 'change: lossRate: 1; expected a number of at least 0 and below 1'],
    [{ memoryCap: '1 GiB' }, 'change: memoryCap: unknown key'],
    [{ outages: { upSeconds: 5 } }, 'change: outages.downSeconds: missing'],
    [{}, 'change: nothing; expected at least one of gflops, downMbps'],
    ['fast', 'change: "fast"'],
  ])('refuses a change that is none: %j', async (change, message) => {
    const control = new SessionControl()
    expect(() => control.tune([0], change)).toThrow(message)
    expect(await control.beforeRound()).toEqual([])
  })
})
