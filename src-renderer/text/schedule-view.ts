/** Words of the Schedule view and of the chart in it. */
import type { TaskSpan } from '#shared/events/round-schedule.ts'
import { POLICY_WORDS } from '#shared/scenario/schedule-schema.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { formatSeconds, significant } from '#shared/units/quantities.ts'

const lanes: Readonly<Record<string, string>> = {
  compute: 'compute',
  encode: 'encode',
  downlink: 'down',
  uplink: 'up',
  deadline: 'deadline',
}

const tasks: Readonly<Record<string, string>> = {
  forward: 'Forward pass',
  backward: 'Backward pass',
  encode: 'Encoding',
  'transfer-down': 'Message down',
  'transfer-up': 'Message up',
  probe: 'Probes (forward passes)',
  update: 'Update',
  evaluate: 'Evaluation',
  wait: 'Waiting',
}

function ratioWords(ratio: number): string {
  if (Math.abs(ratio - 1) < 0.005) return 'as long as above'
  return ratio > 1 ? `${significant(ratio)} times as long` : `${significant(1 / ratio)} times as fast`
}

export const schedule = {
  question: 'Where does a round’s time go?',
  lane: (lane: string) => lanes[lane] ?? lane,
  group: (group: string) => (group === 'cloud' ? 'Cloud' : group.startsWith('cell/') ? `Cell ${group.slice(5)}` : group),
  task: (kind: string) => tasks[kind] ?? kind,
  layer: (layer: number) => `layer ${layer}`,
  kinds: {
    forward: 'Forward, probes',
    backward: 'Backward',
    encode: 'Encode',
    down: 'Down',
    up: 'Up',
    update: 'Update',
  },
  bubbles: 'Bubbles',
  criticalPath: 'Critical path',
  needTimes: 'Needed by',
  policy: (name: string) => (POLICY_WORDS as Readonly<Record<string, { readonly title: string }>>)[name]?.title ?? name,
  chart: (rounds: string, lanesCount: number, taskCount: number) =>
    `Schedule of ${rounds}: ${taskCount} tasks in ${lanesCount} lanes. A table of the same tasks can be shown instead.`,
  rounds: (first: number, last: number) => (first === last ? `round ${first}` : `rounds ${first} to ${last}`),
  keysTitle: 'Keys and gestures',
  keys: 'W and S zoom, A and D pan; Enter selects a task, arrows go to the next one, F zooms to it, 0 shows all, Escape lets go. Ctrl and wheel zoom, Shift and wheel pan, drag to move.',
  words: ({ kind, device, layer, bytes, startSeconds, endSeconds }: TaskSpan, zero: number) =>
    [
      `${schedule.task(kind)}${layer === undefined ? '' : `, ${schedule.layer(layer)}`}, ${schedule.group(device)}`,
      `from ${formatSeconds(startSeconds - zero)} for ${formatSeconds(endSeconds - startSeconds)}`,
      ...(bytes === undefined ? [] : [formatBytes(bytes)]),
    ].join(', '),
  bar: ({ layer }: TaskSpan) => (layer === undefined ? '' : `L${layer}`),
  title: 'Schedule',
  roundLabel: 'Round',
  earlier: 'Earlier round',
  later: 'Later round',
  follow: 'Follow',
  followNote: 'Show the newest round at the moment of the transport',
  ofRounds: (count: number) => `of ${count}`,
  span: 'Rounds shown',
  spanOf: (count: number) => (count === 1 ? '1 round' : `${count} rounds`),
  density: 'Height of lanes',
  densities: { automatic: 'Auto', roomy: 'Roomy', compact: 'Compact' },
  compare: 'Below it',
  compareNone: 'nothing',
  compareNote: 'Lays the same round under another policy below it, on the same axis',
  unavailable: (policy: string) => `This round cannot be scheduled as “${policy}” any more.`,
  figures: {
    makespan: 'Makespan',
    makespanNote: 'Virtual time from the beginning of the round until the last phone has its update. Computed on the virtual clock.',
    overlap: 'Overlap',
    overlapNote: 'Share of the communication during which something computes.',
    exposed: 'Exposed communication',
    exposedNote: 'Time in which messages are under way and nothing computes anywhere.',
    bubbles: 'Bubbles',
    bubblesNote: 'Share of their time in which the cloud and the phones do not compute, together.',
    bytes: 'Sent',
    bytesNote: 'Bytes of real encoded messages: down to the phones and up from them.',
    chain: 'At best',
    chainNote: 'What the round would take if no task waited for a busy lane: the longest chain of tasks that wait for each other.',
    under: (policy: string, value: string) => `${value} ${policy}`,
  },
  /** @param ratio of its length to that of the schedule above; null: it is the one above */
  remark: (makespanSeconds: number, ratio: number | null) =>
    `${formatSeconds(makespanSeconds)}${ratio === null ? '' : `, ${ratioWords(ratio)}`}`,
  showAll: 'Show all',
  showAllNote: 'Zooms out to the whole schedule (0)',
  columns: ['Task', 'Device', 'Lane', 'Round', 'Start', 'Length', 'Bytes', 'Needed by', 'Critical'],
  yes: 'yes',
  none: 'No round has been scheduled yet',
  noneHint: 'The schedule of a round is there when the round is done.',
  no: 'no',
  inspector: {
    device: 'Device',
    lane: 'Lane',
    round: 'Round',
    start: 'Start',
    sinceRound: 'Counted from the beginning of the round.',
    length: 'Length',
    computed: 'Computed: work over the profile’s rate, or bytes over the link, on the virtual clock.',
    arrives: 'Arrives',
    arrivesNote: 'After its last byte has left the link a message is under way for the link’s delay.',
    need: 'Needed by',
    needNote: 'The latest moment at which dependent tasks can start without making the round longer.',
    slack: 'In time by',
    noSlack: 'exactly',
    late: 'Late by',
    bytes: 'Bytes',
    bytesNote: 'Measured: of the real encoded message.',
    goodput: 'Rate on the link',
    work: 'Work',
    workNote: 'Counted from the graphs that really run.',
    critical: 'On the critical path',
    absolute: 'Virtual clock',
    waited: 'Waited for',
  },
  crowd: (count: number) => `${count} tasks are this close together. Zoom in to choose.`,
} as const
