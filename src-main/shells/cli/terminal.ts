/** The one way to the terminal: whatever is written has no control characters left in it but the lab's own. */
import { visible } from '#shared/text/visible.ts'

const REDRAW = '\r\x1b[2K'

export interface Output {
  write(text: string): unknown
}

export class Terminal implements Output {
  private readonly stream: NodeJS.WriteStream

  constructor(stream: NodeJS.WriteStream) {
    this.stream = stream
  }

  get isTTY(): boolean {
    return this.stream.isTTY
  }

  write(text: string): void {
    this.stream.write(visible(text))
  }

  /** Replaces the line that the cursor is in; cut where the window ends. */
  redraw(line: string): void {
    this.stream.write(REDRAW + visible(line).slice(0, this.stream.columns - 1))
  }

  clearLine(): void {
    this.stream.write(REDRAW)
  }
}
