/** Files dropped anywhere on the window: scenarios, sessions, and, where the app tells their paths, folders of models and data. */
import { onScopeDispose, ref } from 'vue'
import { useMessages } from '../stores/messages.ts'
import { text } from '../text/window-texts.ts'
import { desktopBridge } from '../transport/desktop-bridge.ts'
import { useScenarioActions } from './scenario-actions.ts'
import { useSessionActions } from './session-actions.ts'

/** @returns whether files are held over the window */
export function listenForDrops() {
  const [messages, scenario, sessions] = [useMessages(), useScenarioActions(), useSessionActions()]
  const over = ref(false)

  async function take(file: File): Promise<void> {
    // The app reads files that lie on a disk, and tells the window what they are.
    if (desktopBridge()?.dropped(file)) return
    if (/\.cooperlab$/i.test(file.name)) await sessions.importDropped(file)
    else if (/\.json$/i.test(file.name)) await scenario.load(file.name, await file.text())
    else messages.say('error', text.run.noPath(file.name))
  }

  function onDrag(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    over.value = true
  }
  function onLeave({ relatedTarget }: DragEvent): void {
    if (relatedTarget === null) over.value = false
  }
  function onDrop(event: DragEvent): void {
    over.value = false
    if (!event.dataTransfer || event.dataTransfer.files.length === 0) return
    event.preventDefault()
    for (const file of event.dataTransfer.files) void take(file)
  }
  window.addEventListener('dragover', onDrag)
  window.addEventListener('dragleave', onLeave)
  window.addEventListener('drop', onDrop)
  onScopeDispose(() => {
    window.removeEventListener('dragover', onDrag)
    window.removeEventListener('dragleave', onLeave)
    window.removeEventListener('drop', onDrop)
  })
  return over
}
