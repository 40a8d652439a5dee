/** Commands for the scenario that is being written. */
import { computed } from 'vue'
import type { ScenarioInput } from '#shared/scenario/scenario.ts'
import { useRoute } from '../router/route.ts'
import { useDraft } from '../stores/draft.ts'
import { useLab } from '../stores/lab.ts'
import { useMessages } from '../stores/messages.ts'
import { useSession } from '../stores/session.ts'
import { text } from '../text/window-texts.ts'
import { desktopBridge } from '../transport/desktop-bridge.ts'
import { fileName, pickFile, saveFile } from './files.ts'

export function useScenarioActions() {
  const draft = useDraft()
  const lab = useLab()
  const route = useRoute()
  const session = useSession()
  const messages = useMessages()
  const canRun = computed(() => draft.ready && lab.running.length === 0 && !session.starting)

  async function run(): Promise<void> {
    if (!canRun.value) return
    route.go('run')
    session.starting = true
    const status = await messages.attempt(() => lab.ask().start(draft.input))
    session.starting = false
    if (!status) return
    lab.note(status)
    await session.open(status.session)
  }

  async function open(): Promise<void> {
    const desktop = desktopBridge()
    if (desktop) return desktop.pick('scenario')
    const file = await pickFile('.json')
    if (file) await load(file.name, await file.text())
  }

  async function load(name: string, content: string): Promise<void> {
    await messages.attempt(async () => {
      draft.load(scenarioIn(content, name), name)
      route.go('run')
    })
  }

  function save(): void {
    if (!draft.input) return
    saveFile(`${fileName(draft.input.name ?? '')}.json`, `${JSON.stringify(draft.input, null, 2)}\n`, 'application/json')
  }

  return { canRun, run, open, load, save }
}

/** @throws Error with one line for people */
function scenarioIn(content: string, name: string): ScenarioInput {
  let read: unknown
  try {
    read = JSON.parse(content)
  } catch {
    throw new Error(text.run.notJson(name))
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read)) throw new Error(text.run.notScenario(name))
  return read as ScenarioInput
}
