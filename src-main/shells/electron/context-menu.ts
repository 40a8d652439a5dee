/** The native context menu of the page: what a field or a selection offers everywhere, the value under the pointer, a picture of a chart. */
import {
  type BrowserWindow,
  type ContextMenuParams,
  Menu,
  type MenuItemConstructorOptions,
  type WebContents,
  clipboard,
  dialog,
} from 'electron'
import { writeFile } from 'node:fs/promises'
import { PICTURE, POINT, POINTED, TAKE_PICTURE, type Pointed } from '#shared/api/desktop.ts'
import { listen } from './channels.ts'

/** The most characters of a value that the menu quotes. */
const LONGEST_LABEL = 40

export function offerContextMenu(window: BrowserWindow): void {
  const { webContents } = window
  let asked: ContextMenuParams | null = null
  // Only the page knows which element is there.
  webContents.on('context-menu', (_event, params) => {
    asked = params
    webContents.send(POINT, ...onPage(webContents, params))
  })
  listen(POINTED, (_event, pointed) => {
    const params = asked
    asked = null
    if (params === null || window.isDestroyed()) return
    const { value, picture } = pointed as Pointed
    const items = contextItems(params, String(value), picture === true, () =>
      webContents.send(TAKE_PICTURE, ...onPage(webContents, params)),
    )
    if (items.length > 0) Menu.buildFromTemplate(items).popup({ window })
  })
  listen(PICTURE, (_event, bytes) => void savePicture(window, bytes))
}

/** Converts to the page's own coordinates, which may be zoomed. */
function onPage(contents: WebContents, { x, y }: ContextMenuParams): [x: number, y: number] {
  const zoom = contents.getZoomFactor()
  return [x / zoom, y / zoom]
}

async function savePicture(window: BrowserWindow, bytes: unknown): Promise<void> {
  if (!(bytes instanceof Uint8Array)) return
  const filters = [{ name: 'Pictures', extensions: ['png'] }]
  const { filePath, canceled } = await dialog.showSaveDialog(window, { defaultPath: 'chart.png', filters })
  if (canceled || !filePath) return
  await writeFile(filePath, bytes).catch((error: Error) => dialog.showErrorBox('The picture could not be saved', error.message))
}

function contextItems(
  { isEditable, editFlags, selectionText }: Pick<ContextMenuParams, 'isEditable' | 'editFlags' | 'selectionText'>,
  value: string,
  picture: boolean,
  save: () => void,
): MenuItemConstructorOptions[] {
  const { canCut, canCopy, canPaste } = editFlags
  const groups: MenuItemConstructorOptions[][] = [
    isEditable
      ? [{ role: 'cut', enabled: canCut }, { role: 'copy', enabled: canCopy }, { role: 'paste', enabled: canPaste }, { role: 'selectAll' }]
      : selectionText !== ''
        ? [{ role: 'copy' }]
        : [],
    value === '' || isEditable ? [] : [{ label: `Copy "${shortened(value)}"`, click: () => clipboard.writeText(value) }],
    picture ? [{ label: 'Save Picture…', click: save }] : [],
  ]
  return groups.filter((group) => group.length > 0).flatMap((group, i) => (i === 0 ? group : [{ type: 'separator' } as const, ...group]))
}

function shortened(value: string): string {
  const line = value.replaceAll(/\s+/g, ' ')
  return line.length > LONGEST_LABEL ? `${line.slice(0, LONGEST_LABEL - 1)}…` : line
}
