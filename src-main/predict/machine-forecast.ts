/** Compares the memory that a fleet and its cloud will need with what the machine has, before a start, and advises what to change. */
import { processCount } from './process-count.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { InputError } from '#shared/errors/input-error.ts'
import type { MachineForecast } from '#shared/api/lab-api.ts'
import type { MachineMemory } from '#main/machine/this-machine.ts'

/** The lab's own process. Measured on a quickstart. */
const HOST_BYTES = 180 * 10 ** 6
/** The share of available memory that is safe to use: the rest may be gone tomorrow. */
const AMPLE_SHARE = 0.9
/** Phones that compute in turns on one core, from which on a round is said to take long. */
const MANY_PER_CORE = 16

interface FleetNeed {
  /** The number of processes that the scenario asks for. @default found out */
  readonly slots?: number | undefined
  /** The number of phones that are asked in a round. @default all */
  readonly asked?: number
  /** Peak of every phone's process, bytes. */
  readonly phoneBytes: readonly number[]
  /** Peak of the cloud's process, bytes. */
  readonly cloudBytes: number
  /** Bytes of a process that are code which all processes share. */
  readonly sharedBytes: number
}

export function machineForecast(
  { slots, asked = Infinity, phoneBytes, cloudBytes, sharedBytes }: FleetNeed,
  machine: MachineMemory,
): MachineForecast {
  const { availableBytes, mostBytes, cores } = machine
  const above = (bytes: number): number => Math.max(0, bytes - sharedBytes)
  const largest = phoneBytes.map(above).toSorted((a, b) => b - a)
  const beside = HOST_BYTES + sharedBytes + above(cloudBytes)
  const fitting = Math.floor((AMPLE_SHARE * availableBytes - beside) / Math.max(1, largest[0] ?? 1))
  const processes = processCount({ phones: phoneBytes.length, caps: new Set(phoneBytes).size, slots, cores, fitting })
  const own = largest.slice(0, processes)
  const neededBytes = beside + own.reduce((sum, bytes) => sum + bytes, 0)
  const verdict = neededBytes > mostBytes ? 'fails' : neededBytes > AMPLE_SHARE * availableBytes ? 'tight' : 'fits'
  const phones = phoneBytes.length
  const inARound = Math.min(phones, asked)
  const inTurns = processes < phones ? ` in ${processes === 1 ? '1 process' : `${processes} processes`}` : ''
  const counted = phones === 0 ? 'the cloud' : phones === 1 ? '1 phone' : `${phones} phones${inTurns}`
  const words = `${counted} will take about ${formatBytes(neededBytes)} of the ${formatBytes(availableBytes)} that are free here`
  const advice = [
    ...(verdict === 'fits' ? [] : [fewer(processes, neededBytes, verdict === 'fails' ? mostBytes : AMPLE_SHARE * availableBytes, own)]),
    ...(inARound > MANY_PER_CORE * cores
      ? [`${inARound} phones a round take turns on ${cores === 1 ? '1 core' : `${cores} cores`}, so a round takes long`]
      : []),
  ]
  return { neededBytes, availableBytes, mostBytes, cores, processes, verdict, words, advice: advice.length > 0 ? advice.join('; ') : null }
}

/** Computes how many phones there is room for. */
function fewer(phones: number, neededBytes: number, roomBytes: number, own: readonly number[]): string {
  const each = own.slice(0, phones).reduce((sum, bytes) => sum + bytes, 0) / Math.max(1, phones)
  const fitting = Math.floor(phones - (neededBytes - roomBytes) / Math.max(1, each))
  return fitting >= 1 ? `there is room for ${fitting} such phones` : 'use a smaller model, or end other programs'
}

/** @throws InputError where the fleet can't fit, however little else runs */
export function refuseIfTooLarge({ verdict, neededBytes, mostBytes, advice }: MachineForecast): void {
  if (verdict !== 'fails') return
  throw new InputError(
    'fleet',
    `processes of about ${formatBytes(neededBytes)}`,
    `a fleet that fits the ${formatBytes(mostBytes)} of this machine${advice === null ? '' : `: ${advice}`}`,
  )
}
