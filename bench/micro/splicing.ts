import { decode as decodeMsgpack, encode as encodeMsgpack } from '@msgpack/msgpack'
import { decode as decodeCbor, encode as encodeCbor } from 'cborg'
import { cbor } from '../../router/wire/cbor.ts'
import { json } from '../../router/wire/json.ts'
import { CALL, emptyDict, INVOCATION } from '../../router/wire/message.ts'
import { msgpack } from '../../router/wire/msgpack.ts'
import type { Serializer } from '../../router/wire/serializer.ts'
import type { Contest } from './contest.ts'

interface Library {
  readonly name: string
  readonly serializer: Serializer
  readonly decode: (frame: Buffer) => unknown
  readonly encode: (message: unknown) => Uint8Array
}

const libraries: readonly Library[] = [
  {
    name: 'JSON.parse and JSON.stringify',
    serializer: json,
    decode: (frame) => JSON.parse(frame.toString()),
    encode: (message) => Buffer.from(JSON.stringify(message)),
  },
  {
    name: '@msgpack/msgpack',
    serializer: msgpack,
    decode: decodeMsgpack,
    encode: (message) => encodeMsgpack(message),
  },
  { name: 'cborg', serializer: cbor, decode: decodeCbor, encode: encodeCbor },
]

const readings = Array.from({ length: 32 }, (_, i) => ({ id: `sensor-${i}`, celsius: 20 + i / 4 }))

const loads: Readonly<Record<string, readonly unknown[]>> = {
  'one string of 16 B': [['x'.repeat(16)]],
  'a list of 32 readings': [readings, { unit: 'celsius', final: true }],
}

/**
 * A CALL becomes an INVOCATION: the head decoded, the tail proven and spliced, against the usual library that decodes
 * and encodes the whole of it.
 */
export function splicingContests(): Contest[] {
  return libraries.flatMap((library) =>
    Object.entries(loads).map(([name, tail]) => contest(library, name, tail)),
  )
}

function contest(
  { name, serializer, decode, encode }: Library,
  load: string,
  tail: readonly unknown[],
): Contest {
  const call = [CALL, 7_814_135, {}, 'com.house.lamp.switch', ...tail]
  const frame = Buffer.from(encode(call))
  const [request, registration] = [42, 9_012_332]
  const splice = (): Buffer => {
    const message = serializer.decode(frame)
    if (message.type !== CALL) throw new Error(`${message.type} is no CALL`)
    const { payload } = message
    return serializer.encode({
      type: INVOCATION,
      request,
      registration,
      details: emptyDict,
      payload,
    })
  }
  const whole = (): Uint8Array => {
    const [, , , , ...rest] = decode(frame) as unknown[]
    return encode([INVOCATION, request, registration, {}, ...rest])
  }
  const [ours, theirs] = [splice(), whole()].map((one) => JSON.stringify(decode(Buffer.from(one))))
  if (ours !== theirs) throw new Error(`${serializer.name}: ${ours} is not ${theirs}`)
  return {
    what: `CALL to INVOCATION in ${serializer.name}, ${load}`,
    against: name,
    one: splice,
    other: whole,
  }
}
