/** Collects facts that help to explain a fault: versions, system, how caps are enforced, the last lines of the log. Nothing is sent anywhere. */
import { release } from 'node:os'
import type { LabDescription } from '#shared/api/lab-api.ts'

interface Diagnosed {
  readonly version: string
  /** The versions of Electron, Chrome and Node, as the process has them. */
  readonly versions: Readonly<Record<string, string | undefined>>
  /** The lab's description; null if the lab doesn't answer. */
  readonly lab: LabDescription | null
  readonly lines: readonly string[]
  /** True if paths may stay in the text. */
  readonly paths: boolean
}

export function diagnosticsText({ version, versions, lab, lines, paths }: Diagnosed): string {
  const facts = [
    `CooperLab ${version}`,
    `Electron ${versions['electron'] ?? 'unknown'}, Chromium ${versions['chrome'] ?? 'unknown'}, Node ${versions['node'] ?? 'unknown'}`,
    `${process.platform} ${process.arch}, ${release()}`,
    ...(lab === null
      ? ['The lab does not answer.']
      : [`Caps: ${lab.cap.words}`, ...Object.entries(lab.environment).map(([name, value]) => `${name}: ${value}`), ...lab.warnings]),
    '',
    ...lines,
  ].join('\n')
  return paths ? facts : withoutPaths(facts)
}

/**
 * Replaces paths of this machine, which name their user, project or data. A path ends where it can't go on: at a blank that no further part of it
 * follows, a quote, a bracket, or a colon before a blank or a number.
 */
export function withoutPaths(text: string): string {
  return text.replaceAll(
    /(?<![\w.:/\\])(?:file:\/{2,3}|[A-Za-z]:[\\/]|\\\\|~\/|\/(?=[\w.~-]))[^\s"'<>|(),;:]*(?: [^\s"'<>|(),;:]*[\\/][^\s"'<>|(),;:]*)*/g,
    '<path>',
  )
}
