/** Examines whether this machine can run the lab: the runtime, its native modules, and whether a memory cap really holds here. */
import { execFile } from 'node:child_process'
import { availableParallelism, totalmem } from 'node:os'
import { promisify } from 'node:util'
import type { MechanismName } from './memory-cap/mechanism.ts'
import { clauseOf } from './memory-cap/native.ts'
import { proveCap } from './memory-cap/proof.ts'
import { strongestMechanism } from './memory-cap/strongest.ts'
import type { Rejection } from './memory-cap/strongest.ts'
import { tryNativeModule, tryOnnxRuntime } from './native-modules.ts'
import type { NativeModule } from './native-modules.ts'

/** The report as plain JSON. */
export interface DoctorReport {
  /** The version of the Node that runs the workers, e.g. `24.21.0`; null if it can't be started. */
  node: string | null
  platform: string
  arch: string
  /** The processors that this process may use. */
  cores: number
  /** The physical memory of the machine, in bytes. */
  memoryBytes: number
  runtime: {
    /** The version of ONNX Runtime; null if it isn't installed. */
    onnxruntime: string | null
    /** `off`: telemetry is disabled for every worker and, on Linux, was seen to stay silent. */
    telemetry: 'off' | 'on'
    loads: boolean
    why?: string
  }
  nativeModules: NativeModule[]
  memoryCap: {
    /** The mechanism that caps phones here; null if none works. */
    inForce: MechanismName | null
    /** True if the operating system enforces the cap; false for the monitor. */
    enforced: boolean
    /** True if a small process has just lived below its cap and been refused memory or stopped above it. */
    proved: boolean
    /** The stronger mechanisms, which don't work here, each with its reason. */
    rejected: Rejection[]
  }
  /** One sentence for each thing that keeps the lab from working; empty on a healthy machine. */
  problems: string[]
}

// better-sqlite3 13 crashes older versions of Node.
const leastNode = 24

/** Examines the machine in about a second. It throws nothing: failures are in the report. @param nodeBinary the Node that runs the workers */
export async function examine(nodeBinary: string = process.execPath): Promise<DoctorReport> {
  const problems: string[] = []
  const [node, memoryCap, onnxruntime, sqlite, koffi, tokenizers] = await Promise.all([
    nodeVersion(nodeBinary),
    examineCap(nodeBinary, problems),
    tryOnnxRuntime(nodeBinary),
    tryNativeModule('better-sqlite3', nodeBinary),
    tryNativeModule('koffi', nodeBinary),
    tryNativeModule('tokenizers', nodeBinary),
  ])
  const { telemetry, ...ort } = onnxruntime
  const nativeModules = [sqlite, koffi, tokenizers, ort]
  if (node === null) problems.push(`Node can't be started as ${nodeBinary}.`)
  else if (Number.parseInt(node, 10) < leastNode) problems.push(`The workers' Node is ${node}; ${leastNode} or newer is needed.`)
  for (const { name, ok, why } of nativeModules) if (!ok) problems.push(`${name} doesn't work: ${why}.`)
  if (telemetry === 'on') problems.push('ONNX Runtime sends telemetry although it was told not to.')
  return {
    node,
    platform: process.platform,
    arch: process.arch,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    runtime: { onnxruntime: ort.version, telemetry, loads: ort.ok, ...(ort.why === undefined ? {} : { why: ort.why }) },
    nativeModules,
    memoryCap,
    problems,
  }
}

async function examineCap(nodeBinary: string, problems: string[]): Promise<DoctorReport['memoryCap']> {
  try {
    const { mechanism, rejected } = strongestMechanism()
    const { proved, why } = await proveCap(mechanism, nodeBinary)
    if (!proved) problems.push(`The memory cap by ${mechanism.name} doesn't hold: ${why}.`)
    return { inForce: mechanism.name, enforced: mechanism.enforced, proved, rejected }
  } catch (error) {
    problems.push(`Phones can't be capped: ${clauseOf(error)}.`)
    return { inForce: null, enforced: false, proved: false, rejected: [] }
  }
}

async function nodeVersion(nodeBinary: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(nodeBinary, ['--version'], { windowsHide: true })
    return stdout.trim().replace(/^v/, '')
  } catch {
    return null
  }
}
