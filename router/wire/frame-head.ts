import { opcodes } from './opcodes.ts'

/**
 * What a transport writes before each message. A frame is made with room for it, so that it goes to the socket as it
 * is, and one EVENT's frame to all its receivers (with `socket-writer.ts` 1.5 times the calls, 1.45 times the events).
 */
export interface FrameHead {
  /** How many bytes it has before a message of `length` bytes. */
  room(length: number): number
  /** Writes it to `frame`, from `at` on, before a message of `length` bytes. */
  write(frame: Uint8Array, at: number, length: number): void
}

/** Nothing: a frame is its message. */
export const bare: FrameHead = Object.freeze({
  room: () => 0,
  write: () => undefined,
})

/** An unmasked frame that is a whole message (RFC 6455, 5.2), as servers send them. */
function webSocketHead(opcode: number): FrameHead {
  return Object.freeze({
    room: (length: number) => (length < 126 ? 2 : length < 0x10000 ? 4 : 10),

    write(frame: Uint8Array, at: number, length: number): void {
      frame[at] = 0x80 | opcode
      if (length < 126) frame[at + 1] = length
      else if (length < 0x10000) {
        frame[at + 1] = 126
        frame[at + 2] = length >> 8
        frame[at + 3] = length & 0xff
      } else {
        frame[at + 1] = 127
        for (let i = 2; i < 6; i++) frame[at + i] = 0
        writeLength32(frame, at + 6, length)
      }
    },
  })
}

export const webSocketText: FrameHead = webSocketHead(opcodes.text)
export const webSocketBinary: FrameHead = webSocketHead(opcodes.binary)
export const webSocketClose: FrameHead = webSocketHead(opcodes.close)
export const webSocketPing: FrameHead = webSocketHead(opcodes.ping)
export const webSocketPong: FrameHead = webSocketHead(opcodes.pong)

/** A message of exactly 2^24 octets does not fit the 24 bits of the length: it has a bit of its own. */
export const longestRawSocketBytes: number = 2 ** 24
export const extendedLengthBit = 0x08

/** The prefix of a regular message (rfc/text/advanced/transport_rawsocket.md). */
export const rawSocket: FrameHead = Object.freeze({
  room: () => 4,

  write(frame: Uint8Array, at: number, length: number): void {
    writeLength32(frame, at, length === longestRawSocketBytes ? 0 : length)
    if (length === longestRawSocketBytes) frame[at] = extendedLengthBit
  },
})

function writeLength32(frame: Uint8Array, at: number, length: number): void {
  frame[at] = length >>> 24
  frame[at + 1] = (length >> 16) & 0xff
  frame[at + 2] = (length >> 8) & 0xff
  frame[at + 3] = length & 0xff
}

/** A message that was made without a head, as a frame with one. */
export function withHead(message: Buffer, head: FrameHead): Buffer {
  const room = head.room(message.length)
  if (room === 0) return message
  const frame = Buffer.allocUnsafe(room + message.length)
  head.write(frame, 0, message.length)
  frame.set(message, room)
  return frame
}
