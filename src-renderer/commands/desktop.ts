/** What the desktop tells its window beside the lab's own channel: a command chosen in the native menu, a file opened outside of the window. */
import { watch } from 'vue'
import type { DesktopBridge } from '#shared/api/desktop.ts'
import { useLab } from '../stores/lab.ts'
import { useCommands } from './commands.ts'
import { useScenarioActions } from './scenario-actions.ts'
import { useSessionActions } from './session-actions.ts'

/** In a browser there is nothing to listen to. */
export function listenToDesktop(desktop = (window as { desktop?: DesktopBridge }).desktop): void {
  if (!desktop) return
  const [commands, lab, scenario, sessions] = [useCommands(), useLab(), useScenarioActions(), useSessionActions()]
  desktop.onCommand((id) => commands.run(id))
  // A file can be taken in once the lab is there.
  const stop = watch(
    () => lab.connection === 'connected',
    (connected) => {
      if (!connected) return
      stop()
      desktop.onFile(({ name, bytes }) => {
        if (name.toLowerCase().endsWith('.cooperlab')) void sessions.importDropped(new File([bytes], name))
        else void scenario.load(name, new TextDecoder().decode(bytes))
      })
    },
    { flush: 'post' },
  )
}
