/** Words of the Compression view. */
import { formatBytes } from '#shared/units/bytes.ts'
import { formatBitsPerSecond, formatPercent, formatSeconds } from '#shared/units/quantities.ts'

interface Reason {
  readonly bytes: number
  readonly estimateBitsPerSecond: number | null
  readonly needSeconds: number | null
  readonly arrivalSeconds: number | null
  readonly words: string
}

/** `layer 3: 2 bits, more bits would miss a deadline (arrives …)` -> `2 bits: more bits would miss a deadline`. */
function clauseOf(words: string): string {
  const clause = words.replace(/^layer \d+: /, '').replace(/ \([^)]*\)$/, '')
  return clause.replace(/^(\d+ bits?), /, '$1: ').replace(/^[a-z]/, (letter) => letter.toUpperCase())
}

const bitsText = (bits: number): string => (bits === 0 ? 'nothing' : bits === 1 ? '1 bit' : `${bits} bits`)

export const compression = {
  title: 'Compression',
  question: 'How many bits does each layer get, and why?',
  layers: 'Bits by layer',
  bandwidth: 'Bandwidth down',
  bytes: 'Bytes of directions, one phone',
  error: 'Error added by rounding',
  round: 'round',
  layer: (layer: number, layers: number) => (layer === layers - 1 ? 'Head' : `Layer ${layer}`),
  bits: bitsText,
  estimate: 'counted on',
  goodput: 'true',
  sent: 'sent',
  saved: 'saved',
  link: 'Link',
  slowest: 'the slowest',
  legend: 'Bits: darker is more',
  legendDark: 'Bits: brighter is more',
  missed: 'missed its deadline',
  fixed: 'The bits are fixed by the scenario, so nothing is decided from the links. Choose the adaptive controller to see decisions.',
  figures: {
    sent: 'Sent',
    sentNote: 'Measured: bytes of the encoded directions for one phone, all rounds together.',
    saved: 'Saved',
    savedNote: 'Computed: against the same directions at 32 bits.',
    bits: 'Bits, on average',
    bitsNote: 'Of all numbers sent so far.',
    missed: 'Deadlines missed',
    missedNote: 'Layers that arrived too late even with the fewest bits allowed.',
    error: 'Error added',
    errorNote:
      'Computed: share of the directions’ squared length lost to rounding in the newest round, sensitivity times 4 to the power of minus bits over all layers.',
  },
  of: (share: string, times: string) => `${share}, ${times} times less`,
  keys: 'Arrows go from cell to cell. The reason of the selected cell stands in the inspector.',
  chart: (layers: number, rounds: number) =>
    `Bits of ${layers} layers in ${rounds} rounds, bandwidth and bytes below. The same can be shown as a table.`,
  inRound: (layer: string, round: number, words: string) => `${layer} in round ${round}: ${words}`,
  bitsOfLayers: 'bits, head first',
  cell: (layer: string, round: number, bits: string) => `${layer}, round ${round}: ${bits}`,
  columns: ['Round', 'Layer', 'Bits', 'Bytes', 'At 32 bits', 'Counted on', 'Needed after', 'Arrives after', 'Why'],
  none: 'No directions have been sent yet',
  noneHint: 'Methods without a cloud, and rounds without guidance, send none.',
  pick: 'Select a cell to see why it has its bits.',
  inspector: {
    bits: 'Bits',
    before: (before: number | null, now: number) => (before === null || before === now ? String(now) : `${before} → ${now}`),
    bytes: 'Bytes of the layer',
    bytesNote: 'Measured: all directions of the layer in this round, encoded.',
    estimate: 'Counted on',
    estimateNote: 'Estimated: 20th percentile of the recent goodput of the slowest link.',
    need: 'Needed after',
    needNote: 'From the schedule: seconds after sending began.',
    deadline: 'May wait until',
    arrival: 'Arrives after',
    slack: 'In time by',
    late: 'Late by',
    sensitivity: 'Weight of the layer',
    sensitivityNote: 'Squared norm of the layer’s gradient, as a share of all layers.',
    candidates: 'It could have had',
    candidate: (bits: number, bytes: string, seconds: string, chosen: boolean) =>
      `${bitsText(bits)}: ${bytes}${seconds === '' ? '' : `, ${seconds} on the link`}${chosen ? ' (chosen)' : ''}`,
    own: 'In the controller’s words',
    binding: 'What bound it',
    boundBy: {
      missed: 'the deadline, missed',
      wait: 'what waiting is worth',
      deadline: 'the deadline',
      step: 'one step a round',
      most: 'nothing: the most there is',
      fixed: 'the scenario',
    },
    loading: 'Looking the reason up…',
    unknown: 'This session has no record of the reason.',
  },
  /** The controller's own words without the numbers in them, then the numbers as the lab writes them. */
  sentence({ bytes, estimateBitsPerSecond: rate, needSeconds: need, arrivalSeconds: arrival, words }: Reason): string {
    const clause = clauseOf(words)
    if (rate === null || arrival === null) return `${clause}.`
    const needed = need === null ? 'nothing waits for them' : `needed after ${formatSeconds(need)}`
    return `${clause}. ${formatBytes(bytes)} at ${formatBitsPerSecond(rate)} arrive after ${formatSeconds(arrival)}, ${needed}.`
  },
  errorShare: formatPercent,
} as const
