/** `remove SESSION…`: takes sessions out of the store. */
import type { CliCommand } from '../command.ts'
import { STORE_OPTION, withStore } from '../store-option.ts'

export const remove: CliCommand = {
  name: 'remove',
  operands: ['SESSION…'],
  options: { ...STORE_OPTION },
  summary: 'Removes sessions with all that belongs to them; their room on the disk is free again.',
  run: (context, options, ids) =>
    withStore(context, options, (store) => {
      store.remove(ids)
      return 0
    }),
}
