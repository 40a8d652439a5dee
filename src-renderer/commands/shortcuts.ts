/** Keys pressed anywhere in the window do what the command list says. */
import { onScopeDispose } from 'vue'
import { useCommands } from './command-store.ts'
import { isFree, isKey } from './keys.ts'

export function listenForShortcuts(): void {
  const commands = useCommands()
  function onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented) return
    const command = commands.list.find(({ key }) => key !== undefined && isKey(event, key) && isFree(event.target, key))
    if (command && commands.run(command.id)) event.preventDefault()
  }
  window.addEventListener('keydown', onKey)
  onScopeDispose(() => window.removeEventListener('keydown', onKey))
}
