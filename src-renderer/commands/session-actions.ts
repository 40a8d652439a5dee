/** Commands for sessions as a whole, from any view. */
import { readonly, shallowRef } from 'vue'
import type { SessionSummary } from '#shared/api/lab-api.ts'
import { useRoute } from '../router/route.ts'
import { useLab } from '../stores/lab.ts'
import { useMessages } from '../stores/messages.ts'
import { useOverlays } from '../stores/overlays.ts'
import { useSession } from '../stores/session.ts'
import { text } from '../text/window-texts.ts'
import { desktopBridge } from '../transport/desktop-bridge.ts'
import { fileName, pickFile, saveFile } from './files.ts'

const LOOK_MILLISECONDS = 300

/** The share of a running import that is done, from 0 to 1; shared by all components. */
const importShare = shallowRef<number | null>(null)
/** Ends the import under way. */
let importing: AbortController | null = null

export function useSessionActions() {
  const lab = useLab()
  const route = useRoute()
  const session = useSession()
  const messages = useMessages()
  const overlays = useOverlays()
  const words = text.sessions

  async function importFile(): Promise<void> {
    const desktop = desktopBridge()
    if (desktop) return desktop.pick('session')
    const file = await pickFile('.cooperlab')
    if (file) await importDropped(file)
  }

  async function importDropped(file: File): Promise<void> {
    await messages.attempt(async () => {
      const id = await followed(async (signal) => lab.ask().importSession(new Uint8Array(await file.arrayBuffer()), signal))
      await session.open(id)
      messages.say('done', words.imported(session.view.name || file.name))
    })
  }

  /** Asks now and then how far the import is, until it is over. */
  async function followed<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const mine = (importing = new AbortController())
    const look = async (): Promise<void> => {
      importShare.value = await lab.ask().importing()
    }
    const timer = setInterval(() => void look().catch(() => {}), LOOK_MILLISECONDS)
    try {
      return await work(mine.signal)
    } finally {
      clearInterval(timer)
      importShare.value = null
      if (importing === mine) importing = null
    }
  }

  function cancelImport(): void {
    importing?.abort(new Error(words.importCancelled))
  }

  async function exportFile(id: string, name: string): Promise<void> {
    await messages.attempt(async () => {
      const bytes = new Uint8Array(await lab.ask().exportSession(id))
      saveFile(`${fileName(name)}.cooperlab`, bytes, 'application/octet-stream')
      messages.say('done', words.exported(`${fileName(name)}.cooperlab`))
    })
  }

  async function resume(id: string): Promise<void> {
    await messages.attempt(async () => {
      lab.note(await lab.ask().resume(id))
      await session.open(id)
      route.go('run')
    })
  }

  /** Asks first. @returns whether they were removed */
  async function remove(sessions: readonly SessionSummary[]): Promise<boolean> {
    const yes = await overlays.ask({
      title: words.removeTitle(sessions.length),
      words: words.removeWords(sessions.map(({ name }) => name)),
      action: words.remove,
      dangerous: true,
    })
    if (!yes) return false
    const ids = sessions.map(({ id }) => id)
    const done = await messages.attempt(async () => {
      await lab.ask().remove(ids)
      return true
    })
    if (done && session.id !== null && ids.includes(session.id)) session.close()
    return done ?? false
  }

  async function watch(id: string): Promise<void> {
    await session.open(id)
    route.go('run')
  }

  return { importShare: readonly(importShare), cancelImport, importFile, importDropped, exportFile, resume, remove, watch }
}
