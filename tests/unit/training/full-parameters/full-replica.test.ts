import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { nextPath, writeNext } from '#main/training/full-parameters/weights-file.ts'
import { alongBasis, updateBytes } from '../../wire/terms.ts'
import { projectRoot, relativeDistance } from '../tiny.ts'
import { encoderDirectory, noiseOf, openFull, thetaOf, updateOf } from './opened.ts'

const kernelPath = join(projectRoot, 'resources/kernels.wasm')

/** sum_i w_i z_i of `updateOf(round)`, in float64. */
function gradientOf(opened: ReturnType<typeof openFull>, distribution: 'gaussian' | 'rademacher', round: number): Float64Array {
  const keys = [
    ['everybody', 0],
    ...[0, 2, 5].flatMap((phone) => [
      [phone, 0],
      [phone, 1],
    ]),
  ] as const
  const sum = new Float64Array(opened.layout.size)
  keys.forEach(([phone, index], i) => {
    const z = noiseOf(opened, distribution, 7, round, phone!, index!)
    const weight = Math.sin(3 * round + i)
    for (let k = 0; k < sum.length; k++) sum[k]! += weight * z[k]!
  })
  return sum
}

describe('an update', () => {
  test.each(['gaussian', 'rademacher'] as const)(
    'moves every weight by -lr sum_i w_i z_i, as in memory (%s, several slices)',
    (distribution) => {
      const opened = openFull(encoderDirectory, { distribution })
      const before = thetaOf(opened)
      opened.replica.apply(updateOf(1))
      const moved = thetaOf(opened).map((x, i) => x - before[i]!)
      const expected = gradientOf(opened, distribution, 1).map((g) => -0.01 * g)
      expect(relativeDistance(moved, expected)).toBeLessThan(1e-5)
      expect(moved.every((x, i) => Math.abs(x - expected[i]!) < 1e-6 * (1 + Math.abs(before[i]!)))).toBe(true)
      expect(opened.replica.round).toBe(1)
    },
  )

  test('gives the same bits on another replica, and a digest of all of them', () => {
    const [one, other] = [openFull(), openFull()]
    const digests = [one.replica.digest()]
    expect(other.replica.digest()).toBe(digests[0])
    for (const round of [1, 2, 4]) {
      for (const { replica } of [one, other]) replica.apply(updateOf(round))
      expect(other.replica.digest()).toBe(one.replica.digest())
      digests.push(one.replica.digest())
    }
    expect(new Set(digests).size).toBe(4)
    expect(createHash('sha256').update(thetaOf(one)).digest('hex').slice(0, 16)).toBe(digests.at(-1))
  })

  test('that asks for guided directions is refused', () => {
    const { replica } = openFull()
    expect(() => replica.apply(updateBytes(1, 1, alongBasis([1])))).toThrow('random directions only')
  })
})

describe('a replica that comes back', () => {
  test('goes on from the round its file holds and leaves out the updates before it', () => {
    const undisturbed = openFull()
    const first = openFull()
    for (const round of [1, 2, 3, 4, 5]) undisturbed.replica.apply(updateOf(round))
    for (const round of [1, 2, 3]) first.replica.apply(updateOf(round))
    const second = openFull(undefined, {}, first.directory)
    expect([second.replica.round, second.replica.digest()]).toEqual([3, first.replica.digest()])
    for (const round of [1, 2, 3, 4, 5]) second.replica.apply(updateOf(round))
    expect(second.replica.digest()).toBe(undisturbed.replica.digest())
  })

  test.each([
    ['half of the next file is written', (next: string) => truncateSync(next, 5000)],
    ['the next file is there as a whole, but not yet in its place', () => {}],
    ['the next file is there, its pages are not', (next: string) => writeFileSync(next, new Uint8Array(20_000))],
  ])('after a crash when %s has lost that round at most', (_, tear) => {
    const undisturbed = openFull()
    for (const round of [1, 2, 3]) undisturbed.replica.apply(updateOf(round))
    const crashed = openFull()
    for (const round of [1, 2]) crashed.replica.apply(updateOf(round))
    const digest = crashed.replica.digest()
    const theta = thetaOf(crashed)
    writeNext(crashed.files.own, crashed.layout, 3, ({ offset, size }) => theta.map((x) => x + 1).subarray(offset, offset + size))
    tear(nextPath(crashed.files.own))
    const back = openFull(undefined, {}, crashed.directory)
    expect([back.replica.round, back.replica.digest()]).toEqual([2, digest])
    for (const round of [1, 2, 3]) back.replica.apply(updateOf(round))
    expect(back.replica.digest()).toBe(undisturbed.replica.digest())
  })

  test('to a file that was damaged starts anew', () => {
    const first = openFull()
    const start = first.replica.digest()
    first.replica.apply(updateOf(1))
    const bytes = readFileSync(first.files.own)
    bytes[bytes.length - 3]! ^= 0x40
    writeFileSync(first.files.own, bytes)
    const second = openFull(undefined, {}, first.directory)
    expect([second.replica.round, second.replica.digest()]).toEqual([0, start])
  })

  test('to nothing at all says so', () => {
    const first = openFull()
    const bytes = readFileSync(first.files.start)
    bytes[bytes.length - 3]! ^= 0x40
    writeFileSync(first.files.start, bytes)
    expect(() => openFull(undefined, {}, first.directory)).toThrow(/start\.safetensors: no weights, or damaged ones/)
    const other = openFull(encoderDirectory)
    copyFileSync(other.files.start, first.files.start)
    expect(() => openFull(undefined, {}, first.directory)).toThrow(/other weights/)
  })
})

test.skipIf(process.platform === 'win32')(
  'a process that is killed at any moment leaves the file of some round whole, and its successor ends with the same bits',
  async () => {
    const rounds = [1, 2, 3, 4, 5, 6, 7, 8]
    const undisturbed = openFull(encoderDirectory)
    const digests = [undisturbed.replica.digest()]
    for (const round of rounds) {
      undisturbed.replica.apply(updateOf(round))
      digests.push(undisturbed.replica.digest())
    }
    const { directory } = openFull(encoderDirectory)
    const updates = JSON.stringify(rounds.map((round) => Buffer.from(updateOf(round)).toString('hex')))
    let reached = 0
    /** @param patience rounds that it is let to do, and milliseconds of the next one */
    const life = async (patience: readonly [rounds: number, milliseconds: number]): Promise<void> => {
      const child = fork(join(import.meta.dirname, 'updating-process.ts'), [encoderDirectory, kernelPath, directory, updates], {
        stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
        execArgv: ['--disable-warning=ExperimentalWarning'],
      })
      const exit = once(child, 'exit')
      let fresh = 0
      for await (const line of createInterface(child.stdout!)) {
        const [round, digest] = line.split(' ')
        expect(digest).toBe(digests[Number(round)])
        if (Number(round) > reached) fresh++
        reached = Math.max(reached, Number(round))
        if (fresh === patience[0]) setTimeout(() => child.kill('SIGKILL'), patience[1])
      }
      await exit
    }
    for (const patience of [
      [1, 3],
      [2, 11],
      [1, 23],
    ] as const) {
      await life(patience)
      const left = openFull(encoderDirectory, {}, directory).replica
      expect(left.digest()).toBe(digests[left.round])
      expect(left.round).toBeGreaterThanOrEqual(reached)
    }
    await life([Infinity, 0])
    expect(reached).toBe(8)
    expect(openFull(encoderDirectory, {}, directory).replica.digest()).toBe(digests[8])
  },
)
