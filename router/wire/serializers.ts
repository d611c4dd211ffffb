import { cbor } from './cbor.ts'
import { json } from './json.ts'
import { msgpack } from './msgpack.ts'
import type { Serializer } from './serializer.ts'

/** All serializers, in the order in which the router prefers them where a peer leaves the choice to it. */
export const serializers: readonly Serializer[] = Object.freeze([json, msgpack, cbor])

const byRawSocketId = new Map(serializers.map((serializer) => [serializer.rawSocketId, serializer]))

/** The serializer of a RawSocket handshake's SERIALIZER nibble. */
export function serializerForRawSocket(id: number): Serializer | undefined {
  return byRawSocketId.get(id)
}
