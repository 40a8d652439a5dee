/** The desktop app as `npm start` opens it, with Playwright on its window. */
import { type ElectronApplication, type Page, _electron } from '@playwright/test'
import { electronBinary } from '../../src-main/shells/electron/binary.ts'
import { DESKTOP, upToDate } from '../../src-main/shells/built.ts'
import { projectRoot } from './lab-process.ts'

/** As the window is in a browser. */
const SIZE = { width: 1440, height: 900 }

export class Desktop {
  readonly page: Page
  private readonly app: ElectronApplication

  private constructor(app: ElectronApplication, page: Page) {
    this.app = app
    this.page = page
  }

  /**
   * @param home that the app keeps all of its own below @param words as for `npm start`
   * @throws Error if Electron's binary is not here
   */
  static async open(home: string, words: readonly string[]): Promise<Desktop> {
    const executablePath = electronBinary(projectRoot)
    if (executablePath === null) throw new Error(WHY_NOT)
    await upToDate(projectRoot, DESKTOP, console.log)
    const app = await _electron.launch({
      executablePath,
      // Chromium's own words come before, and are taken out again before the app looks.
      args: [projectRoot, ...words],
      cwd: projectRoot,
      acceptDownloads: true,
      env: { ...environment(), COOPERLAB_NODE: process.execPath, COOPERLAB_HOME: home },
    })
    const page = await app.firstWindow()
    await page.waitForLoadState()
    await app.evaluate(({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]!.setContentSize(size.width, size.height), SIZE)
    return new Desktop(app, page)
  }

  /** The system's dialog for files answers at once, the next time that it is asked. */
  async willChoose(file: string): Promise<void> {
    await this.app.evaluate(({ dialog }, path) => {
      dialog.showOpenDialog = async () => ({ canceled: false, filePaths: [path] })
    }, file)
  }

  /** As its user does who quits, and says yes where a session still runs. */
  async end(): Promise<void> {
    await this.app.evaluate(({ dialog }) => {
      dialog.showMessageBox = async () => ({ response: 0, checkboxChecked: false })
    })
    await this.app.close()
  }

  /** With the lab and all of its workers, as when the machine loses power. */
  async kill(): Promise<void> {
    const child = this.app.process()
    const gone = new Promise((resolve) => child.once('exit', resolve))
    if (process.platform === 'win32') child.kill('SIGKILL')
    // Playwright gives it a group of its own.
    else process.kill(-child.pid!, 'SIGKILL')
    await gone
  }
}

export const WHY_NOT = "Electron's binary is not here; npm run electron:fetch downloads it"

/** What the test itself was started with, but for what makes a plain Node of Electron. */
function environment(): Record<string, string> {
  const passed = Object.entries(process.env).filter(([name, value]) => value !== undefined && name !== 'ELECTRON_RUN_AS_NODE' && name !== 'NODE_OPTIONS') // prettier-ignore
  return Object.fromEntries(passed) as Record<string, string>
}
