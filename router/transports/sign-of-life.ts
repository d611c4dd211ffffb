import type { Socket } from 'node:net'

/**
 * Waits for a peer for which much is waiting: a ping would wait behind it, and of one that is not read from no pong
 * comes. Its sign of life is that it takes what there is. Node counts the time of a socket anew whenever the system took
 * some, without TLS also in the middle of a long write. `dead` is called when it took nothing for `ms`, at the latest
 * after twice that.
 */
export function expectTaking(socket: Socket, ms: number, dead: () => void): void {
  const { timeout = 0, writableLength } = socket
  if (timeout > 0 || writableLength === 0) return
  socket.setTimeout(ms, () => {
    socket.setTimeout(0)
    if (socket.writableLength > 0) dead()
  })
}
