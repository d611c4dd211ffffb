import assert from 'node:assert/strict'
import type { OpenRouter } from '../../support/open-router.ts'
import type { Format, WampClient, Wire } from '../../support/wamp-client.ts'

/** A transport and a serializer. */
export interface Way {
  readonly name: string
  readonly format: Format
  connect(open: OpenRouter): Promise<WampClient>
}

export const webSocketJson: Way = {
  name: 'WebSocket and JSON',
  format: 'json',
  connect: (open) => open.connect('json'),
}
export const webSocketMsgpack: Way = {
  name: 'WebSocket and MessagePack',
  format: 'msgpack',
  connect: (open) => open.connect('msgpack'),
}
export const rawSocketJson: Way = {
  name: 'RawSocket and JSON',
  format: 'json',
  connect: (open) => open.connectRaw('json'),
}
export const rawSocketMsgpack: Way = {
  name: 'RawSocket and MessagePack',
  format: 'msgpack',
  connect: (open) => open.connectRaw('msgpack'),
}

/** A router, and the two ways by which the parties of a case come to it. */
export interface Scene {
  readonly open: OpenRouter
  readonly way: Way
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
