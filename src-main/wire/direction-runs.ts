/**
 * Codes lists of directions for the wire. Directions that differ only by an index that counts up are one run. A run is coded as its difference from the
 * run of the same kind before it, so that a list of the phones' own directions takes two bytes a phone.
 *
 * A run is a head (varint: kind + 8 x a bit for each number that differs), then the numbers that differ, as zigzag varints of their differences. The
 * numbers are, in the order of their bits: the count of directions, the numbers of the kind, the first index, and the modifiers.
 */
import { DIRECTION_CODES, type Direction, type DirectionKind, MODIFIERS } from './direction.ts'
import { FrameError } from './frame-error.ts'
import { type PayloadReader, varint } from './payload.ts'

const KIND_BITS = 3

/** @param round the frame's round, which most random directions belong to @throws RangeError for a number that is no uint32 */
export function encodeDirections(directions: readonly Direction[], round: number): number[] {
  const before = new Map<DirectionKind, readonly number[]>()
  const runs = runsOf(directions)
  const out = varint(runs.length)
  for (const { kind, numbers } of runs) {
    if (!numbers.every(isUint32))
      throw new RangeError(`a ${kind} direction of numbers ${numbers.join(', ')}; expected whole ones below 2^32`)
    const code = DIRECTION_CODES.findIndex((each) => each.kind === kind)
    const expected = before.get(kind) ?? usualNumbers(code, round)
    const changed = numbers.flatMap((value, i) => (value === expected[i] ? [] : [i]))
    const mask = changed.reduce((bits, i) => bits | (1 << i), 0)
    out.push(...varint(code + (mask << KIND_BITS)))
    for (const i of changed) out.push(...varint(zigzag(numbers[i]! - expected[i]!)))
    before.set(kind, numbers)
  }
  return out
}

/** @param bytesEach the bytes that follow the list for every direction; a list of more directions than fit is refused before it is made */
export function decodeDirections(reader: PayloadReader, round: number, bytesEach: number): Direction[] {
  const before = new Map<number, readonly number[]>()
  const directions: Direction[] = []
  const runs = reader.varint()
  for (let run = 0; run < runs; run++) {
    const head = reader.varint()
    const [code, mask] = [head % 2 ** KIND_BITS, Math.floor(head / 2 ** KIND_BITS)]
    if (code >= DIRECTION_CODES.length) throw new FrameError(`a direction of unknown kind ${code}`)
    const expected = before.get(code) ?? usualNumbers(code, round)
    const numbers = expected.map((value, i) => ((mask & (1 << i)) === 0 ? value : value + unzigzag(reader.varint())))
    const [count, own, index, modifiers] = [numbers[0]!, numbers.slice(1, -2), numbers.at(-2)!, numbers.at(-1)!]
    if (mask >= 2 ** expected.length || modifiers >= 2 ** MODIFIERS.length || !numbers.every(isUint32) || !isUint32(index + count))
      throw new FrameError(`a run of ${DIRECTION_CODES[code]!.kind} directions with numbers ${numbers.join(', ')} and changes ${mask}`)
    if ((directions.length + count) * bytesEach > reader.remaining)
      throw new FrameError(`${directions.length + count} directions announced but only ${reader.remaining} bytes follow`)
    for (let i = 0; i < count; i++) directions.push(modified(DIRECTION_CODES[code]!.of(own, index + i), modifiers))
    before.set(code, numbers)
  }
  return directions
}

interface Run {
  readonly kind: DirectionKind
  /** The count of directions, then the numbers of the kind, the first index and the modifiers. */
  readonly numbers: readonly number[]
}

function runsOf(directions: readonly Direction[]): Run[] {
  const runs: { kind: DirectionKind; own: readonly number[]; index: number; count: number; modifiers: number }[] = []
  for (const direction of directions) {
    const { kind, index } = direction
    const own = DIRECTION_CODES.find((each) => each.kind === kind)!.numbersOf(direction)
    const modifiers = modifiersOf(direction)
    const last = runs.at(-1)
    const follows =
      last?.kind === kind && last.modifiers === modifiers && last.index + last.count === index && own.every((x, i) => x === last.own[i])
    if (follows) last.count++
    else runs.push({ kind, own, index, count: 1, modifiers })
  }
  return runs.map(({ kind, own, index, count, modifiers }) => ({ kind, numbers: [count, ...own, index, modifiers] }))
}

function usualNumbers(code: number, round: number): number[] {
  return [1, ...DIRECTION_CODES[code]!.usual(round), 0, 0]
}

function modifiersOf(direction: Direction): number {
  return MODIFIERS.reduce((bits, name, i) => (direction[name] ? bits | (1 << i) : bits), 0)
}

function modified(direction: Direction, bits: number): Direction {
  return MODIFIERS.reduce((changed, name, i) => ((bits & (1 << i)) === 0 ? changed : { ...changed, [name]: true }), direction)
}

function isUint32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** 32
}

/** Maps signed numbers to unsigned ones, so that those of small magnitude stay small (zigzag coding). */
function zigzag(value: number): number {
  return value >= 0 ? 2 * value : -2 * value - 1
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}
