/** Implements each command of the list, and tells when it can be used. */
import { defineStore } from 'pinia'
import { COMMANDS, type CommandEntry, type CommandId } from '#shared/api/command-list.ts'
import { VIEWS, type ViewId } from '#shared/api/views.ts'
import { useRoute } from '#renderer/router/route.ts'
import { type ChartAction, useChartActions } from '#renderer/stores/chart-actions.ts'
import { useInspector } from '#renderer/stores/inspector.ts'
import { useOverlays } from '#renderer/stores/overlays.ts'
import { usePreferences } from '#renderer/stores/preferences.ts'
import { useSelection } from '#renderer/stores/selection.ts'
import { useSession } from '#renderer/stores/session.ts'
import { useScenarioActions } from './scenario-actions.ts'
import { useSessionActions } from './session-actions.ts'
import { useTransport } from './transport-actions.ts'

interface Command {
  readonly run: () => unknown
  /** Tells if the command can be used now. @default always */
  readonly can?: () => boolean
}

export const useCommands = defineStore('commands', () => {
  const route = useRoute()
  const session = useSession()
  const selection = useSelection()
  const inspector = useInspector()
  const charts = useChartActions()
  const preferences = usePreferences()
  const overlays = useOverlays()
  const transport = useTransport()
  const sessions = useSessionActions()
  const scenario = useScenarioActions()
  const open = (): boolean => session.id !== null

  const views = Object.fromEntries(VIEWS.map(({ id }) => [`view.${id}`, { run: () => route.go(id) }])) as Record<`view.${ViewId}`, Command>
  const chart = (action: ChartAction): Command => ({ run: () => charts.run(action), can: () => charts.can(action) })
  const theme = (wanted: typeof preferences.theme): Command => ({ run: () => (preferences.theme = wanted) })

  const actions: Record<CommandId, Command> = {
    ...views,
    'session.run': { run: scenario.run, can: () => scenario.canRun.value },
    'scenario.open': { run: scenario.open },
    'scenario.save': { run: scenario.save },
    'session.import': { run: sessions.importFile },
    'session.export': { run: () => sessions.exportFile(session.id!, session.view.name), can: open },
    'session.close': { run: session.close, can: open },
    'inspector.toggle': { run: () => (preferences.inspector = !preferences.inspector), can: () => inspector.possible },
    'selection.clear': { run: () => selection.select(null), can: () => selection.selected !== null },
    'chart.form': chart('form'),
    'chart.zoom-in': chart('zoom-in'),
    'chart.zoom-out': chart('zoom-out'),
    'chart.show-all': chart('show-all'),
    'chart.next-critical': chart('next-critical'),
    'chart.next-policy': chart('next-policy'),
    'chart.next-axis': chart('next-axis'),
    'theme.light': theme('light'),
    'theme.dark': theme('dark'),
    'theme.system': theme('system'),
    'motion.toggle': { run: () => (preferences.motion = preferences.motion === 'reduced' ? 'system' : 'reduced') },
    'transport.toggle': { run: transport.toggle, can: () => transport.canToggle.value },
    'transport.step': { run: transport.step, can: () => transport.canStep.value },
    'transport.back': { run: transport.back, can: open },
    'transport.stop': { run: transport.stop, can: () => transport.canStop.value },
    'transport.next-mark': { run: transport.nextMark, can: open },
    'transport.previous-mark': { run: transport.previousMark, can: open },
    'transport.start': { run: () => session.seek(0), can: open },
    'transport.end': { run: () => session.seek(session.length), can: open },
    'transport.faster': { run: () => transport.changeSpeed(1) },
    'transport.slower': { run: () => transport.changeSpeed(-1) },
    'palette.open': { run: () => (overlays.shown = 'palette') },
    'shortcuts.show': { run: () => (overlays.shown = 'shortcuts') },
    'guide.show': {
      run: () => {
        preferences.guided = false
        route.go('run')
      },
    },
  }

  const list: readonly CommandEntry[] = COMMANDS

  function can(id: string): boolean {
    const command = actions[id as CommandId] as Command | undefined
    return command !== undefined && (command.can?.() ?? true)
  }

  /** Does what the command says, if it can be done now. @returns whether it could */
  function run(id: string): boolean {
    if (!can(id)) return false
    actions[id as CommandId].run()
    return true
  }

  return { list, can, run }
})
