/** A reader whose jobs do what files of others may make a real one do: the file's name says what. */
import { setTimeout } from 'node:timers/promises'
import { InputError } from '../../../src-shared/errors/input-error.ts'
import { endWithParent } from '../../../src-main/machine/end-with-parent.ts'
import { serve } from '../../../src-main/workers/serve.ts'

const kept: unknown[] = []
await endWithParent()

async function faulty(what: string, at: (file: string) => void): Promise<unknown> {
  switch (what) {
    case 'endless':
      for (;;);
    case 'waiting for ever':
      return new Promise(() => {})
    case 'steps':
      for (let step = 0; step < 60; step++) {
        at(what)
        await setTimeout(25)
      }
      return 'all steps'
    case 'heap':
      for (;;) kept.push(Array.from({ length: 1000 }, (_, i) => ({ i })))
    case 'arrays':
      for (;;) kept.push(new Uint8Array(2 ** 24).fill(1))
    case 'abort':
      return process.abort()
    case 'leave':
      return process.exit(3)
    case 'wrong':
      throw new InputError('rows.csv:3', 'no label', 'one in every row')
    case 'bug':
      throw new TypeError('x is not a function')
    default:
      return { rows: Int32Array.of(1, 2, 3), pid: process.pid }
  }
}

serve<{ run(name: string, input: { checkpoint: string }): Promise<unknown> }>(
  ({ doing }) => ({
    async run(_name, { checkpoint }) {
      doing(checkpoint)
      return faulty(checkpoint, doing)
    },
  }),
  { answersForLife: false, ignoresInterrupts: false },
)
