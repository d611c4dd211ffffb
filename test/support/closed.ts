import type { Socket } from 'node:net'

/** Resolves when the socket is closed, in whatever way: `once` would reject where the other end breaks it off. */
export function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined)
  socket.resume()
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
}
