import { createHash } from 'node:crypto'
import type { PeerFacts } from '../router/access.ts'

/** What a challenge is XORed with is as long as it. */
const channelIdBytes = 32

/** The types that cryptosign has (rfc/text/advanced/authentication_cryptosign.md, TLS Channel Binding). */
const types: readonly unknown[] = ['tls-unique', 'tls-exporter']

/** A channel that both ends know by the same 32 bytes, and nobody else knows. */
export interface ChannelId {
  readonly type: string
  readonly bytes: Buffer
}

/**
 * The channel id of a connection. `tls-exporter` has 32 bytes by itself; of `tls-unique`, which is as long as the TLS
 * version's Finished message, it is the SHA-256, as autobahn has it (the specification says only that it has 32 bytes).
 * `undefined`: the type is unknown, or is not to be had on this transport.
 */
export function channelIdOf({ channelBinding }: PeerFacts, type: unknown): ChannelId | undefined {
  if (typeof type !== 'string' || !types.includes(type)) return undefined
  const data = channelBinding?.(type)
  if (data === undefined) return undefined
  const bytes = type === 'tls-unique' ? createHash('sha256').update(data).digest() : data
  // Shorter, it would leave part of the challenge as it was.
  return bytes.length === channelIdBytes ? { type, bytes: Buffer.from(bytes) } : undefined
}

/** The challenge as it is to be signed: bound to the channel, or as it is where there is no binding. */
export function bound(challenge: Buffer, channel: ChannelId | undefined): Buffer {
  if (channel === undefined) return challenge
  return Buffer.from(challenge.map((octet, index) => octet ^ (channel.bytes[index] ?? 0)))
}
