/** `note SESSION`: words by which a session is found again. */
import { sessionWordsSchema } from '#shared/api/session-words.ts'
import { parse } from '#shared/scenario/issues.ts'
import type { CliCommand } from '../command.ts'
import { STORE_OPTION, withStore } from '../store-option.ts'

export const note: CliCommand = {
  name: 'note',
  operands: ['SESSION'],
  options: {
    tag: { type: 'string', multiple: true, value: 'WORD' },
    untag: { type: 'string', multiple: true, value: 'WORD' },
    notes: { type: 'string', value: 'TEXT' },
    ...STORE_OPTION,
    json: { type: 'boolean' },
  },
  summary: 'Adds tags to a session or takes them off, and replaces its notes.',
  run: (context, options, [id]) =>
    withStore(context, options, (store) => {
      const words = (key: string): readonly string[] => (options[key] as readonly string[] | undefined) ?? []
      const tags = [...store.session(id!).tags, ...words('tag')].filter((tag) => !words('untag').includes(tag))
      const given = options['notes']
      store.describe(id!, parse(sessionWordsSchema, { tags, ...(given === undefined ? {} : { notes: given }) }, 'note'))
      const { tags: now, notes } = store.session(id!)
      context.stdout.write(
        options['json'] === true ? `${JSON.stringify({ tags: now, notes })}\n` : `${[now.join(' '), notes].filter(Boolean).join('\n')}\n`,
      )
      return 0
    }),
}
