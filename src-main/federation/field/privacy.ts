/** Turns the scenario's differential privacy into what it asks of phones, the noise that the server adds, and the ledger. */
import type { Scenario } from '#shared/scenario/scenario.ts'
import type { ProbeRequest } from '#main/workers/protocol/probe-request.ts'
import type { ServerNoise } from './fleet-mean.ts'
import { PrivacyLedger } from './privacy-ledger.ts'

export function privacyRequest({ federation }: Scenario): Pick<ProbeRequest, 'privacy'> {
  const { privacy } = federation ?? {}
  if (!privacy) return {}
  const { clip, noiseMultiplier, model } = privacy
  return { privacy: { clip, deviation: model === 'local' ? clip * noiseMultiplier : 0 } }
}

/** Returns the server's noise; null where the server adds none. */
export function serverNoise({ federation, seed }: Scenario, round: number): ServerNoise | null {
  const { privacy } = federation ?? {}
  return privacy?.model === 'central' ? { seed, round, deviation: privacy.clip * privacy.noiseMultiplier } : null
}

/** @param samplingRate the chance of a phone to be in a round @returns null where the scenario asks for no privacy */
export function privacyLedger({ federation }: Scenario, samplingRate: number): PrivacyLedger | null {
  const { privacy } = federation ?? {}
  return privacy ? new PrivacyLedger(privacy, privacy.model === 'central' ? samplingRate : null) : null
}
