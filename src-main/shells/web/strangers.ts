/**
 * Limits connections that haven't authenticated yet: few at a time, and the one that has waited longest is closed when another comes, so that
 * somebody who holds many of them open can't keep the user out. Whatever happens to a connection, the lab goes on.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** The most connections of strangers; a browser opens six at a time. */
const MOST = 64

export class Strangers {
  private readonly sockets = new Set<Socket>()

  constructor(server: Server, most = MOST) {
    server.on('connection', (socket: Socket) => {
      // This listener stays for the socket's whole life, since Node's own listeners leave it when a connection is upgraded.
      socket.on('error', () => socket.destroy())
      socket.once('close', () => this.sockets.delete(socket))
      this.sockets.add(socket)
      if (this.sockets.size <= most) return
      const [oldest] = this.sockets
      this.forget(oldest!)
      oldest!.destroy()
    })
    server.on('clientError', (_error, socket) => {
      if (!socket.writable) return void socket.destroy()
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', () => socket.destroy())
    })
  }

  /** The connection has shown who it is, or has gone. */
  forget(socket: Socket): void {
    this.sockets.delete(socket)
  }
}
