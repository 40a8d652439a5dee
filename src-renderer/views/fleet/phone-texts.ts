/** The numbers of a phone as text, with where each comes from. */
import { formatBytes } from '#shared/units/bytes.ts'
import { formatBitsPerSecond, formatPercent, significant } from '#shared/units/quantities.ts'
import { text } from '../../text/window-texts.ts'
import type { FleetPhone } from './fleet-phone.ts'

const words = text.fleet

interface NotedValue {
  readonly value: string
  readonly note: string
}

export function memoryText({ usedBytes, capBytes, view }: FleetPhone): NotedValue {
  const used = usedBytes === null ? '–' : formatBytes(usedBytes)
  return {
    value: capBytes === null ? used : words.memoryOf(used, formatBytes(capBytes)),
    note: `${usedBytes ?? '–'} B / ${capBytes ?? '–'} B. ${view ? words.measuredNote : words.predictedNote}`,
  }
}

export function computeText({ gflops, device, overrides }: FleetPhone): NotedValue {
  return {
    value: `${significant(gflops)} GFLOP/s`,
    note: overrides.gflops === undefined ? words.computeNote(device?.source ?? '') : words.tunedNote,
  }
}

export function linkText({ link, overrides, ...phone }: FleetPhone, way: 'down' | 'up'): NotedValue {
  const tuned = (way === 'down' ? overrides.downMbps : overrides.upMbps) !== undefined
  return {
    value: formatBitsPerSecond(way === 'down' ? phone.downBitsPerSecond : phone.upBitsPerSecond),
    note: tuned ? words.tunedNote : words.linkNote(link?.source ?? ''),
  }
}

/** Words the heat, with the share of the cold speed that is left. */
export function heatText({ heat, device }: FleetPhone): NotedValue | null {
  if (heat === null) return null
  const floor = device?.thermal.floor ?? 1
  return {
    value: heat < 0.15 ? words.cold : heat < 0.6 ? words.warm : words.hot,
    note: words.heatNote(formatPercent(1 - (1 - floor) * heat)),
  }
}

export function batteryText({ batteryShare, view, device }: FleetPhone): NotedValue | null {
  if (batteryShare === null) return device && device.batteryWattHours === undefined ? { value: words.mains, note: words.mains } : null
  return { value: formatPercent(batteryShare), note: words.batteryNote(joules(view?.energyJoules ?? 0)) }
}

export function joules(energy: number): string {
  return energy < 999.5 ? `${significant(energy)} J` : `${significant(energy / 1000)} kJ`
}

export function linkLine({ device, link }: FleetPhone): string {
  return [device?.name, link?.name].filter(Boolean).join(' · ')
}
