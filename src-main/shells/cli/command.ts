/** Defines a command, and parses the words of a command line into one with its options. */
import { parseArgs } from 'node:util'
import { InputError } from '#shared/errors/input-error.ts'
import { nearest } from '#shared/scenario/nearest-name.ts'
import { withHint } from '#shared/scenario/rules.ts'
import type { FaultLog } from '#main/lab/fault-log.ts'
import type { Resources } from '#main/machine/resources.ts'
import type { Output, Terminal } from './terminal.ts'

export interface CommandContext {
  readonly resources: Resources
  /** Relative paths of the command line are relative to it. */
  readonly cwd: string
  readonly stdout: Output
  readonly stderr: Terminal
  readonly faults: FaultLog
}

export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  readonly multiple?: boolean
  /** Placeholder of the value in the help. */
  readonly value?: string
  readonly required?: boolean
}

export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

export interface CliCommand {
  readonly name: string
  /** Names of the operands, as the help shows them; all are required. One that ends in `…` stands for itself and any that follow. */
  readonly operands: readonly string[]
  readonly options: Readonly<Record<string, OptionSpec>>
  readonly summary: string
  /** @returns the exit code */
  run(context: CommandContext, options: Options, operands: readonly string[]): Promise<number>
}

/** @throws InputError for an unknown command or option, a missing or superfluous operand */
export function parseCommand(
  commands: readonly CliCommand[],
  words: readonly string[],
): { command: CliCommand; options: Options; operands: readonly string[] } {
  const [name, ...rest] = words
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return helpFor(commands)
  const command = commands.find((c) => c.name === name)
  if (!command) {
    const names = commands.map((c) => c.name)
    const like = nearest(name, names)
    throw new InputError('command', `"${name}"`, `one of ${names.join(', ')}${like ? ` (did you mean ${like}?)` : ''}`)
  }
  if (rest.includes('--help') || rest.includes('-h')) return helpFor([command])
  let parsed
  try {
    const options = Object.fromEntries(
      Object.entries(command.options).map(([key, { type, multiple = false }]) => [key, { type, multiple }]),
    )
    parsed = parseArgs({ args: rest, options, allowPositionals: true, strict: true })
  } catch (error) {
    const found = (error as Error).message.split('. ')[0]!
    const unknown = /^Unknown option '--([^']+)'/.exec(found)?.[1]
    const known = Object.keys(command.options)
    // A long usage would not fit a line, and only one of its options was meant.
    const expected = unknown === undefined ? usage(command) : withHint(known.map((key) => `--${key}`).join(', '), unknown, known)
    throw new InputError(name, found, expected)
  }
  const missing = Object.entries(command.options).find(([key, { required }]) => required && parsed.values[key] === undefined)
  if (missing) throw new InputError(name, `no --${missing[0]}`, usage(command))
  const more = command.operands.at(-1)?.endsWith('…') && parsed.positionals.length > command.operands.length
  if (parsed.positionals.length !== command.operands.length && !more) {
    const found =
      parsed.positionals.length < command.operands.length ? `no ${command.operands[parsed.positionals.length]}` : parsed.positionals.at(-1)!
    throw new InputError(name, found, usage(command))
  }
  return { command, options: parsed.values as Options, operands: parsed.positionals }
}

export function usage({ name, operands, options }: CliCommand): string {
  const words = Object.entries(options).map(([key, { type, value, multiple, required }]) => {
    const flag = type === 'boolean' ? `--${key}` : `--${key} ${value ?? 'VALUE'}`
    return required ? flag : `[${flag}]${multiple ? '…' : ''}`
  })
  return ['npm run lab --', name, ...operands, ...words].join(' ')
}

function helpFor(commands: readonly CliCommand[]): { command: CliCommand; options: Options; operands: readonly string[] } {
  const lines = commands.flatMap((command) => [usage(command), `    ${command.summary}`])
  const command: CliCommand = {
    name: 'help',
    operands: [],
    options: {},
    summary: '',
    run: async ({ stdout }) => {
      stdout.write(`${lines.join('\n')}\n`)
      return 0
    },
  }
  return { command, options: {}, operands: [] }
}
