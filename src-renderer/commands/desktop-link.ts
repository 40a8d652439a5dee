/**
 * The window in the desktop app: what its menu, its dialogs and files from outside bring, and what the app has to know of the page. In a browser nothing
 * of it is there.
 */
import { nextTick, watch } from 'vue'
import type { OpenedFile } from '#shared/api/desktop.ts'
import type { ScenarioInput } from '#shared/scenario/scenario.ts'
import { useRoute } from '#renderer/router/route.ts'
import { useDraft } from '#renderer/stores/draft.ts'
import { useLab } from '#renderer/stores/lab.ts'
import { useMessages } from '#renderer/stores/messages.ts'
import { usePreferences } from '#renderer/stores/preferences.ts'
import { text } from '#renderer/text/window-texts.ts'
import { desktopBridge } from '#renderer/transport/desktop-bridge.ts'
import { useCommands } from './command-store.ts'
import { isFree } from './keys.ts'
import { useSessionActions } from './session-actions.ts'
import { tryEverything } from './smoke.ts'

export function listenToDesktop(desktop = desktopBridge()): void {
  if (!desktop) return
  const [commands, lab, preferences] = [useCommands(), useLab(), usePreferences()]
  const open = useOpened()
  desktop.onCommand((id, byKey) => {
    // The key of a menu's item is pressed wherever the focus is, as here: the window decides alike about both.
    const key = byKey ? commands.list.find((command) => command.id === id)?.key : undefined
    if (key === undefined || isFree(document.activeElement, key)) commands.run(id)
  })
  desktop.onEnding(() => (lab.ending = true))
  watch(
    () => preferences.theme,
    (theme) => desktop.theme(theme),
    { immediate: true },
  )
  // Files can be taken in, and calls tried, once the lab is there.
  const stop = watch(
    () => lab.connection === 'connected',
    (connected) => {
      if (!connected) return
      stop()
      desktop.onOpened((opened) => void open(opened))
    },
    { flush: 'post' },
  )
  desktop.onSmoke(async () => {
    await lab.settled()
    return lab.calls ? tryEverything(lab.calls) : [lab.lostBecause]
  })
}

/** Shows in the page what was opened outside of it. */
function useOpened(): (opened: OpenedFile) => Promise<void> {
  const [draft, messages, route, sessions] = [useDraft(), useMessages(), useRoute(), useSessionActions()]
  return async (opened) => {
    if (opened.kind === 'session') return sessions.importDropped(new File([opened.bytes], opened.name))
    route.go('run')
    // The view begins a draft if there is none.
    await nextTick()
    if (opened.kind === 'scenario') return draft.load(opened.input as ScenarioInput, opened.name)
    if (opened.kind === 'model') draft.set(['model', 'checkpoint'], opened.path)
    else draft.takeData(opened.path)
    messages.say('done', text.run.taken[opened.kind](opened.path))
  }
}
