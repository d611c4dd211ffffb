import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import type { OpenRouter } from './open-router.ts'
import { allRoles } from './wamp-client.ts'

/** A frame as a client sends it, masked with zeros. */
export function frame(
  opcode: number,
  content: Buffer,
  { fin = true, length = content.length }: { fin?: boolean; length?: number } = {},
): Buffer {
  const head = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14)
  head[0] = (fin ? 0x80 : 0) | opcode
  if (length < 126) head[1] = 0x80 | length
  else if (length < 65_536) {
    head[1] = 0x80 | 126
    head.writeUInt16BE(length, 2)
  } else {
    head[1] = 0x80 | 127
    head.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([head, content])
}

/** Frames of the router, in order. */
export interface HandFrames {
  next(): Promise<{ opcode: number; text: string }>
}

/** A WebSocket connection whose frames are written and read by hand. */
export async function upgradedByHand(
  open: OpenRouter,
): Promise<{ socket: Socket; wamp: HandFrames }> {
  const socket = connect(open.port, '127.0.0.1')
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n` +
      `Sec-WebSocket-Protocol: wamp.2.json\r\n\r\n`,
  )
  let bytes: Buffer = Buffer.alloc(0)
  const frames: { opcode: number; text: string }[] = []
  const waiting: ((found: { opcode: number; text: string }) => void)[] = []
  let upgraded = (): void => undefined
  const upgrade = new Promise<void>((resolve) => (upgraded = resolve))
  let inHead = true
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk])
    if (inHead) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end === -1) return
      assert.match(bytes.toString('latin1'), /^HTTP\/1\.1 101/)
      bytes = bytes.subarray(end + 4)
      inHead = false
      upgraded()
    }
    while (bytes.length >= 2) {
      const short = (bytes[1] ?? 0) & 0x7f
      const start = short === 126 ? 4 : 2
      if (bytes.length < start) return
      const length = short === 126 ? bytes.readUInt16BE(2) : short
      if (bytes.length < start + length) return
      const text = bytes.toString('utf8', start, start + length)
      frames.push({ opcode: (bytes[0] ?? 0) & 0x0f, text })
      bytes = bytes.subarray(start + length)
    }
    while (frames.length > 0 && waiting.length > 0) {
      const found = frames.shift()
      if (found !== undefined) waiting.shift()?.(found)
    }
  })
  await upgrade
  const next: HandFrames['next'] = () => {
    const found = frames.shift()
    return found === undefined
      ? new Promise((resolve) => waiting.push(resolve))
      : Promise.resolve(found)
  }
  return { socket, wamp: { next } }
}

export async function joinedByHand(
  open: OpenRouter,
): Promise<{ socket: Socket; wamp: HandFrames }> {
  const connection = await upgradedByHand(open)
  const hello = JSON.stringify([1, 'realm1', { roles: allRoles }])
  connection.socket.write(frame(1, Buffer.from(hello)))
  assert.match((await connection.wamp.next()).text, /^\[2,/)
  return connection
}
