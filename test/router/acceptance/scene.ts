import assert from 'node:assert/strict'
import type { Approach, OpenRouter } from '../../support/open-router.ts'
import type { Format, WampClient, Wire } from '../../support/wamp-client.ts'

/** A transport and a serializer, and where it comes in. */
export interface Way {
  readonly name: string
  readonly format: Format
  readonly transport: Approach['transport']
  connect(open: OpenRouter): Promise<WampClient>
}

const transports = {
  websocket: 'WebSocket',
  rawsocket: 'RawSocket',
  longpoll: 'long-poll',
} as const
const formats = { json: 'JSON', msgpack: 'MessagePack', cbor: 'CBOR' } as const
const places = {
  'one port': ' on one port',
  'one port, TLS': ' and TLS on one port',
  unix: ' on a Unix socket',
} as const

export function way(
  transport: Approach['transport'],
  format: Format,
  { place, batched = false }: Pick<Approach, 'place' | 'batched'> = {},
): Way {
  const approach = { transport, format, batched, ...(place !== undefined && { place }) }
  const serializer = `${formats[format]}${batched ? ' in batches' : ''}`
  return {
    name: `${transports[transport]} and ${serializer}${place === undefined ? '' : places[place]}`,
    format,
    transport,
    connect: (open) => open.approach(approach),
  }
}

export const webSocketJson: Way = way('websocket', 'json')
export const webSocketMsgpack: Way = way('websocket', 'msgpack')
export const webSocketCbor: Way = way('websocket', 'cbor')
export const rawSocketJson: Way = way('rawsocket', 'json')
export const rawSocketMsgpack: Way = way('rawsocket', 'msgpack')
export const rawSocketCbor: Way = way('rawsocket', 'cbor')
export const longPollJson: Way = way('longpoll', 'json')
export const longPollMsgpack: Way = way('longpoll', 'msgpack')
export const longPollCbor: Way = way('longpoll', 'cbor')

/** A router, and the two ways by which the parties of a case come to it. */
export interface Scene {
  readonly open: OpenRouter
  readonly way: Way
  readonly otherWay: Way
  /** Enough messages to see whether an order is kept: fewer where each is a request of its own. */
  readonly many: number
  /** A connection by the first way that has not joined. */
  connect(): Promise<WampClient>
  /** A session by the first way: who asks. */
  join(realm?: string, details?: Record<string, unknown>): Promise<WampClient>
  /** A session by the second way: who is asked, or listens. */
  joinOther(realm?: string, details?: Record<string, unknown>): Promise<WampClient>
}

/** Roles with these features of a callee. */
export function callee(features: Record<string, boolean>): Record<string, unknown> {
  return { roles: { caller: {}, publisher: {}, subscriber: {}, callee: { features } } }
}

/** Roles with these features of a subscriber. */
export function subscriber(features: Record<string, boolean>): Record<string, unknown> {
  return { roles: { caller: {}, publisher: {}, callee: {}, subscriber: { features } } }
}

/** Roles with these features of a publisher. */
export function publisher(features: Record<string, boolean>): Record<string, unknown> {
  return { roles: { caller: {}, subscriber: {}, callee: {}, publisher: { features } } }
}

/** An ERROR in answer to a request; returns its arguments. */
export function assertError(message: Wire, type: number, request: number, uri: string): unknown {
  assert.deepEqual([message[0], message[1], message[2], message[4]], [8, type, request, uri])
  assert(typeof message[3] === 'object' && message[3] !== null)
  return message[5]
}

/** The next message is an ABORT for that reason, and then the transport is closed. */
export async function assertAborted(client: WampClient, reason: string): Promise<string> {
  const [type, details, found, ...rest] = await client.next()
  assert.deepEqual([type, found, rest], [3, reason, []])
  await client.closed
  assert.deepEqual(client.pending, [], 'nothing comes after ABORT')
  return String((details as { message: unknown }).message)
}

export async function assertViolation(client: WampClient): Promise<string> {
  return assertAborted(client, 'wamp.error.protocol_violation')
}
