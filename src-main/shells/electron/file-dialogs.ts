/** The system's own dialogs for files, which tell where a file lies. */
import { type BrowserWindow, dialog } from 'electron'
import type { Picked } from '#shared/api/desktop.ts'

const FILTERS: Readonly<Record<Picked, Electron.FileFilter[]>> = {
  scenario: [{ name: 'Scenarios', extensions: ['json', 'yaml', 'yml'] }],
  session: [{ name: 'Sessions', extensions: ['cooperlab'] }],
}

/** @returns its absolute path; null: none was picked */
export async function pickFile(window: BrowserWindow, kind: Picked): Promise<string | null> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, { properties: ['openFile'], filters: FILTERS[kind] })
  return canceled ? null : (filePaths[0] ?? null)
}
