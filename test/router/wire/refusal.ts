import assert from 'node:assert/strict'
import { encode } from '@msgpack/msgpack'
import { encode as encodeCbor } from 'cborg'
import { cbor } from '../../../router/wire/cbor.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { json } from '../../../router/wire/json.ts'
import type { Message } from '../../../router/wire/message.ts'
import { msgpack } from '../../../router/wire/msgpack.ts'
import type { Serializer } from '../../../router/wire/serializer.ts'

/** Expects that a frame is refused as a protocol violation whose message matches. */
export function refuses(serializer: Serializer, frame: Buffer | string, message?: RegExp): void {
  const bytes = typeof frame === 'string' ? Buffer.from(frame) : frame
  assert.throws(
    () => serializer.decode(bytes),
    (error) => {
      assert.ok(error instanceof WampError, String(error))
      assert.equal(error.uri, 'wamp.error.protocol_violation')
      if (message !== undefined) assert.match(error.message, message)
      return true
    },
  )
}

/** Expects that a message in its array form is refused by every serializer. */
export function refusesMessage(message: readonly unknown[], reason: RegExp): void {
  refuses(json, JSON.stringify(message), reason)
  refuses(msgpack, Buffer.from(encode(message)), reason)
  refuses(cbor, Buffer.from(encodeCbor(message)), reason)
}

/** A message in its array form as each serializer reads it. */
export function readings(message: readonly unknown[]): Message[] {
  return [
    json.decode(Buffer.from(JSON.stringify(message))),
    msgpack.decode(Buffer.from(encode(message))),
    cbor.decode(Buffer.from(encodeCbor(message))),
  ]
}
