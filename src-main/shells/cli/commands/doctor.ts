/** `doctor`: whether this machine can run the lab, and which memory cap is in force on it. */
import { formatBytes } from '#shared/units/bytes.ts'
import { type DoctorReport, examine } from '#main/fleet/examine-machine.ts'
import manifest from '../../../../package.json' with { type: 'json' }
import type { CliCommand } from '../command.ts'

export const doctor: CliCommand = {
  name: 'doctor',
  operands: [],
  options: { json: { type: 'boolean' } },
  summary: 'Examines whether this machine can run the lab; exit code 1 if something is wrong.',
  async run({ stdout }, options) {
    const report = await examine()
    const { version } = manifest
    stdout.write(options['json'] === true ? `${JSON.stringify({ version, ...report })}\n` : describeReport(version, report))
    return report.problems.length === 0 ? 0 : 1
  },
}

function describeReport(version: string, report: DoctorReport): string {
  const { memoryCap: cap, runtime } = report
  const held = cap.enforced ? 'enforced by the operating system' : 'monitored, not enforced'
  const facts: [string, string][] = [
    ['lab', version],
    ['machine', `${report.platform} ${report.arch}, ${report.cores} cores, ${formatBytes(report.memoryBytes)}`],
    ['node', report.node ?? 'does not start'],
    ...report.nativeModules.map(({ name, version: found, ok, why }): [string, string] => [
      name,
      `${found ?? 'not installed'}, ${ok ? 'works' : `does not work: ${why}`}`,
    ]),
    ['telemetry', runtime.telemetry],
    ['memory cap', cap.inForce === null ? 'none' : `${cap.inForce}, ${held}, ${cap.proved ? 'proved just now' : 'not proved'}`],
    ...cap.rejected.map(({ name, why }): [string, string] => [`  not ${name}`, why]),
  ]
  const width = Math.max(...facts.map(([name]) => name.length))
  const verdict = report.problems.length === 0 ? ['This machine can run the lab.'] : report.problems.map((problem) => `problem: ${problem}`)
  return [...facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`), '', ...verdict, ''].join('\n')
}
