/** Interprets keys as commands name them (`Mod+Shift+K`, `.`, `Space`): which command is pressed, and how its key is shown. */
import { onScopeDispose } from 'vue'
import { useCommands } from './command-store.ts'

const APPLE = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? '')

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>

/** True if `pressed` is the key of a command. */
export function isKey(pressed: Pressed, key: string, apple = APPLE): boolean {
  const parts = key.split(/\+(?=.)/)
  const named = parts.at(-1)!
  const mod = parts.includes('Mod')
  const shift = parts.includes('Shift')
  if ((apple ? pressed.metaKey : pressed.ctrlKey) !== mod) return false
  if ((apple ? pressed.ctrlKey : pressed.metaKey) || pressed.altKey) return false
  const found = pressed.key === ' ' ? 'Space' : pressed.key
  // Signs such as "?" are typed with Shift on some keyboards and without on others.
  if (named.length > 1 || /[a-z0-9]/i.test(named)) {
    if (pressed.shiftKey !== shift) return false
  }
  return found.toLowerCase() === named.toLowerCase()
}

/** True if a key without a modifier may act: not while somebody types, and not where the focused control takes the key itself. */
export function isFree(target: EventTarget | null, key: string): boolean {
  // A dialog has the keyboard to itself.
  if (document.querySelector('[role="dialog"], [role="alertdialog"]')) return false
  if (key.includes('Mod+') || !(target instanceof Element)) return true
  if (target.closest('input:not([type="checkbox"]):not([type="radio"]):not([type="range"]), textarea, select, [contenteditable="true"]')) {
    return key === 'Escape'
  }
  if (key === 'Space') return !target.closest('button, a, input, summary, [role="option"], [role="row"], [role="slider"], [tabindex="0"]')
  return true
}

const SHOWN: Readonly<Record<string, string>> = {
  Escape: 'Esc',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
}

/** The key caps to show: `['Ctrl', 'K']` or `['⌘', 'K']`. */
export function keyCaps(key: string, apple = APPLE): string[] {
  return key.split(/\+(?=.)/).map((part) => {
    if (part === 'Mod') return apple ? '⌘' : 'Ctrl'
    if (part === 'Shift') return apple ? '⇧' : 'Shift'
    return SHOWN[part] ?? (part.length === 1 ? part.toUpperCase() : part)
  })
}

/** Runs the command whose key is pressed anywhere in the window. */
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
