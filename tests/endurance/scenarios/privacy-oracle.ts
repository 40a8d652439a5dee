/**
 * What privacy a session must say it has spent, by the definition: the Renyi divergence of a Gaussian sum over a Poisson sample is integrated numerically
 * (arXiv 1908.10530, section 3.3) where the lab sums a binomial series.
 */
import type { LabEvent } from '#shared/events/event.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'

/** Orders over which the lab minimises. */
const ORDERS = [...Array.from({ length: 99 }, (_, i) => 1.1 + i / 10), ...Array.from({ length: 53 }, (_, i) => 11 + i)]
const LARGE_ORDERS = [72, 80, 96, 128, 192, 256, 384, 512]

/** @returns a sentence for every epsilon that is not what its releases cost */
export function wrongPrivacy(events: readonly LabEvent[]): string[] {
  const [started] = events
  if (started?.kind !== 'session-started') return []
  const { scenario, phones } = started
  const { privacy } = scenario.federation ?? {}
  if (!privacy) return []
  const { noiseMultiplier, delta } = privacy
  const rate = privacy.model === 'central' ? samplingRate(scenario, phones.length) : 1
  const cost = divergences(privacy.model === 'central' ? noiseMultiplier : noiseMultiplier / 2, rate)
  const sent = phones.map(() => 0)
  let releases = 0
  return events.flatMap((event) => {
    if (event.kind === 'phone-reported' || (event.kind === 'phone-skipped' && (event.reason === 'late' || event.reason === 'stale')))
      sent[event.phone]!++
    if (event.kind !== 'privacy-spent') return []
    releases++
    const expected = spent(cost, privacy.model === 'central' ? releases : Math.max(...sent), delta)
    const close = Math.abs(event.epsilon - expected) <= 1e-6 * Math.max(1, expected)
    return close ? [] : [`epsilon after round ${event.round}: ${event.epsilon} for ${expected}`]
  })
}

function samplingRate({ federation }: Scenario, fleet: number): number {
  const clients = federation?.clientsPerRound ?? fleet
  return Math.min(fleet, clients < 1 ? Math.max(1, Math.round(clients * fleet)) : clients) / fleet
}

function spent(cost: ReadonlyMap<number, number>, releases: number, delta: number): number {
  const each = [...cost].map(([a, divergence]) => releases * divergence + Math.log((a - 1) / a) - Math.log(delta * a) / (a - 1))
  return releases === 0 ? 0 : Math.max(0, Math.min(...each))
}

/** By order, of one release. */
function divergences(z: number, q: number): Map<number, number> {
  const plain = (a: number): number => a / (2 * z * z)
  const known = new Map<number, number>()
  const logMoment = (a: number): number => {
    if (a <= 1) return 0
    if (!known.has(a)) known.set(a, integrated(z, q, a))
    return known.get(a)!
  }
  return new Map(
    [...ORDERS, ...LARGE_ORDERS].map((order) => {
      if (q === 1) return [order, plain(order)]
      const below = Math.floor(order)
      const chord = logMoment(below) + (order - below) * (order > below ? logMoment(below + 1) - logMoment(below) : 0)
      return [order, Math.min(plain(order), chord / (order - 1))]
    }),
  )
}

/** log E[((1 - q) + q exp((2 x - 1) / (2 z^2)))^a] for x of N(0, z^2), by the trapezoidal rule. */
function integrated(z: number, q: number, a: number): number {
  const step = z / 16
  const logs: number[] = []
  let most = -Infinity
  for (let x = -12 * z; x <= a + 12 * z; x += step) {
    const tilt = (2 * x - 1) / (2 * z * z)
    // log of (1 - q) + q e^tilt
    const mixture = tilt > 0 ? tilt + Math.log(q + (1 - q) * Math.exp(-tilt)) : Math.log1p(q * Math.expm1(tilt))
    const log = a * mixture - (x * x) / (2 * z * z)
    logs.push(log)
    if (log > most) most = log
  }
  const sum = logs.reduce((total, log) => total + Math.exp(log - most), 0)
  return most + Math.log((sum * step) / (z * Math.sqrt(2 * Math.PI)))
}
