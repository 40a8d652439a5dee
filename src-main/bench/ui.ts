/**
 * `ui`: whether the window keeps up, in a real Chromium: frames of the Gantt with 10,000 tasks while it is panned, a long replay, and every
 * view while 64 phones run.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { InputError } from '#shared/errors/input-error.ts'
import { RunFailed } from '#shared/errors/run-failed.ts'
import { formatBytes } from '#shared/units/bytes.ts'
import { significant } from '#shared/units/quantities.ts'
import type { Bench, BenchRequest } from './bench-definition.ts'

interface FrameTimes {
  readonly frames: number
  readonly p50Milliseconds: number
  readonly p95Milliseconds: number
  readonly worstMilliseconds: number
  readonly scriptP95Milliseconds: number
  readonly workMilliseconds: number
}

interface Measured {
  readonly chromium: string
  /** The name of the renderer that draws. */
  readonly renderer: string
  readonly tasks: number
  readonly panning: FrameTimes
  readonly whole: FrameTimes
  readonly replay: {
    readonly seconds: number
    readonly heapBeforeBytes: number
    readonly heapAfterBytes: number
    readonly growthBytesPerMinute: number
    readonly frames: FrameTimes
  }
  readonly live: {
    readonly phones: number
    readonly events: number
    readonly views: Readonly<Record<string, FrameTimes>>
  }
}

const PAN_SECONDS = 20
const MINUTES = 2
const LIVE_SECONDS = 10
/** A frame at 60 a second, and what clocks make of it. */
const MOST_MILLISECONDS = 17
const SCRIPT_MILLISECONDS = 16

export const uiBench: Bench = {
  name: 'ui',
  options: { minutes: { type: 'string', value: 'N' } },
  async run(request) {
    const { quick, options, onProgress } = request
    const minutes = minutesOf(options['minutes'])
    const work = { panSeconds: quick ? 3 : PAN_SECONDS, replaySeconds: quick ? 6 : 60 * minutes, liveSeconds: quick ? 2 : LIVE_SECONDS }
    onProgress(`opening the window on a session of 100 phones; panning for ${2 * work.panSeconds} s, replaying for ${work.replaySeconds} s`)
    const measured = await measure(request, work)
    const { tasks, panning, whole, replay, live, chromium, renderer } = measured
    return {
      results: measured,
      table: {
        columns: ['what', 'frames', 'p50', 'p95', 'worst', 'scripts p95', 'work', 'aim'],
        rows: [
          frameRow(`${tasks} tasks, panning`, panning),
          frameRow(`${tasks} tasks, panning, low lanes`, whole),
          frameRow(`replay of ${replay.seconds} s`, replay.frames),
          ...Object.entries(live.views).map(([view, times]) => frameRow(`${live.phones} phones running, ${view}`, times, 'scripts')),
        ],
      },
      notes: [
        `Chromium ${chromium}, ${renderer}.`,
        `${live.phones} phones running: events as a run makes them at the pace of a run, over the real channel into the real window; no phone computes meanwhile.`,
        'p50, p95, worst: from one frame to the next, 16.7 ms at 60 a second; scripts: of a frame, drawing included; work: mean of all the page’s thread did for a frame.',
        `heap after the replay: ${formatBytes(replay.heapAfterBytes)}, before ${formatBytes(replay.heapBeforeBytes)} (${formatBytes(replay.growthBytesPerMinute)} a minute), garbage collected.`,
      ],
    }
  },
}

function minutesOf(given: string | readonly string[] | undefined): number {
  if (given === undefined) return MINUTES
  const minutes = Number(given)
  if (!(minutes > 0 && minutes <= 600)) throw new InputError('--minutes', String(given), 'minutes of replay, above 0')
  return minutes
}

async function measure({ resources, onProgress }: BenchRequest, work: object): Promise<Measured> {
  const program = resources.uiPeer
  if (!existsSync(program)) throw new RunFailed(`bench ui needs ${program}, which is there in a source checkout only`)
  const child = spawn(process.execPath, [program, JSON.stringify(work)], { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new RunFailed(`the window could not be measured: ${lastLine(errors)}`)
  onProgress('done')
  return JSON.parse(output.trim().split('\n').at(-1)!) as Measured
}

function lastLine(text: string): string {
  return text.split('\n').find((line) => /^(\w*Error|\w+\.\w+):/.test(line)) ?? text.trim().split('\n').at(-1) ?? ''
}

/** @param aim what has to be done within a frame: all of it, or the scripts alone where drawing depends on the machine's graphics */
function frameRow(what: string, times: FrameTimes, aim: 'frames' | 'scripts' = 'frames'): string[] {
  const { frames, p50Milliseconds, p95Milliseconds, worstMilliseconds, scriptP95Milliseconds, workMilliseconds } = times
  const milliseconds = [p50Milliseconds, p95Milliseconds, worstMilliseconds, scriptP95Milliseconds, workMilliseconds]
  const words =
    aim === 'frames'
      ? `60 frames a second: ${p95Milliseconds <= MOST_MILLISECONDS ? 'met' : 'missed'}`
      : `scripts under 16 ms a frame: ${scriptP95Milliseconds < SCRIPT_MILLISECONDS ? 'met' : 'missed'}`
  return [what, String(frames), ...milliseconds.map((value) => `${significant(value)} ms`), words]
}
