import http from 'node:http'
import { connect, type Socket } from 'node:net'
import { batchFraming } from '../../router/wire/batch.ts'
import { serializers } from '../../router/wire/serializers.ts'
import { ask, openLongPoll } from './longpoll-line.ts'
import type { Format } from './wamp-client.ts'

/** Where a router is. */
export interface Target {
  readonly port: number
  readonly rawPort: number
}

/** One hostile client: sends all of it at once and leaves. Resolves when its connection is gone. */
export type HostileLine = (
  target: Target,
  format: Format,
  frames: readonly Buffer[],
) => Promise<void>

const rawSocketIds = { json: 1, msgpack: 2, cbor: 3 }

export const byRawSocket: HostileLine = ({ rawPort }, format, frames) => {
  const parts = frames.flatMap((frame) => {
    const prefix = Buffer.alloc(4)
    prefix.writeUInt32BE(frame.length)
    return [prefix, frame]
  })
  const bytes = Buffer.concat([Buffer.of(0x7f, 0xf0 | rawSocketIds[format], 0, 0), ...parts])
  const socket = connect(rawPort, '127.0.0.1')
  socket.resume()
  return ended(socket, bytes)
}

export const byWebSocket: HostileLine = ({ port }, format, frames) => {
  const upgrade =
    'GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
    `Sec-WebSocket-Protocol: wamp.2.${format}\r\n\r\n`
  const opcode = format === 'json' ? 0x81 : 0x82
  const parts = frames.flatMap((frame) => {
    const long = frame.length >= 126
    const head = Buffer.alloc(long ? 8 : 6)
    head[0] = opcode
    head[1] = 0x80 | (long ? 126 : frame.length)
    if (long) head.writeUInt16BE(frame.length, 2)
    return [head, frame]
  })
  const socket = connect(port, '127.0.0.1')
  socket.resume()
  return ended(socket, Buffer.concat([Buffer.from(upgrade), ...parts]))
}

// A connection that is idle for longer than the server keeps it must not be used again.
const agent = new http.Agent({ keepAlive: true, maxSockets: 64, timeout: 2_000 })

export const byLongPoll: HostileLine = async ({ port }, format, frames) => {
  const base = `http://127.0.0.1:${port}/lp`
  const serializer = serializers.find(({ name }) => name === format)
  if (serializer === undefined) throw new Error(`there is no ${format}`)
  const transport = await openLongPoll(base, `wamp.2.${format}.batched`, { agent })
  const body = batchFraming(serializer).join(frames)
  await ask(`${base}/${transport}/send`, { agent, body })
  // There is an answer, be it WELCOME or ABORT.
  await ask(`${base}/${transport}/receive`, { agent })
  await ask(`${base}/${transport}/close`, { agent })
}

/** Ends the connections that are kept for the next request. */
export function closeHostileLines(): void {
  agent.destroy()
}

function ended(socket: Socket, bytes: Buffer): Promise<void> {
  socket.on('error', () => undefined)
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
    // Some of them the router would wait for: who has said goodbye may join again.
    socket.end(bytes)
  })
}
