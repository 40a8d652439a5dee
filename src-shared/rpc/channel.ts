/** A two-way stream of whole messages between a window and the lab: a MessagePort in Electron, a WebSocket in a browser. */
export interface Channel {
  /** @param message structured data; MUST arrive whole and in order, or not at all once the channel has closed */
  post(message: unknown): void
  /** MUST be called once; messages that came earlier are kept for the listener. */
  onMessage(listener: (message: unknown) => void): void
  /** The listener is called once, however the channel ended. */
  onClose(listener: () => void): void
  close(): void
}
