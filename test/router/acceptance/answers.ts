import assert from 'node:assert/strict'
import type { WampClient, Wire } from '../../support/wamp-client.ts'

/** Calls a procedure; resolves with Arguments of the RESULT, `undefined` where it has none. */
export async function resultOf(
  client: WampClient,
  procedure: string,
  args: readonly unknown[] = [],
  kwargs?: Record<string, unknown>,
): Promise<unknown> {
  const answer = await client.ask([48, 1, {}, procedure, args, ...(kwargs ? [kwargs] : [])])
  assert.deepEqual(answer.slice(0, 3), [50, 1, {}], JSON.stringify(answer))
  return answer[3]
}

/** The same for one that must be refused; resolves with the error's URI. */
export async function errorOf(
  client: WampClient,
  procedure: string,
  args: readonly unknown[] = [],
  kwargs?: Record<string, unknown>,
): Promise<unknown> {
  const answer = await client.ask([48, 1, {}, procedure, args, ...(kwargs ? [kwargs] : [])])
  assert.deepEqual(answer.slice(0, 4), [8, 48, 1, {}], JSON.stringify(answer))
  return answer[4]
}

/** The next messages, which must be EVENTs: the subscription and Arguments of each. */
export async function events(client: WampClient, count: number): Promise<unknown[]> {
  const messages = await client.take(count)
  return messages.map((message) => {
    assert.equal(message[0], 36, JSON.stringify(message))
    return [message[1], message[4]]
  })
}

/** Details without `created`, which must be the present as an ISO 8601 time in UTC. */
export function withoutTime(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { created, ...rest } = details
  assert.match(String(created), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const ageMs = Date.now() - Date.parse(String(created))
  assert(ageMs >= 0 && ageMs < 5_000)
  return rest
}

/** What a role of the router announced. */
export function featuresOf(welcome: Wire, role: 'broker' | 'dealer'): Record<string, unknown> {
  const [type, , details] = welcome
  assert.equal(type, 2)
  const { roles } = details as {
    roles: Record<typeof role, { features: Record<string, unknown> }>
  }
  return roles[role].features
}
