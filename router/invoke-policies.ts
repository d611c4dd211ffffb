import type { Endpoint, Unready } from './endpoint.ts'
import type { Registration } from './registration.ts'
import { randomId } from './wire/id.ts'

/** Who of several callees is invoked (rfc/text/advanced/rpc_shared_registration.md). */
export const invokePolicies = ['single', 'first', 'last', 'roundrobin', 'random'] as const

export type InvokePolicy = (typeof invokePolicies)[number]

export function isInvokePolicy(value: unknown): value is InvokePolicy {
  return invokePolicies.some((policy) => policy === value)
}

/** Whether a callee can take one call for what the call asks of it. */
export type Suits = (endpoint: Endpoint) => boolean

/**
 * The endpoint that is to get the next call. Those that do not take their messages, or have as many calls as they
 * want, are passed over where there are others, as are those that may no longer offer it. `busy`: each has as many as it
 * wants; `congested`: none takes its messages; `withdrawn`: none may offer it; `unsuited`: none can take this call at
 * all. Changes nothing: whose turn it was is told to `turn`.
 */
export function pickEndpoint(
  registration: Registration,
  now: number,
  suits?: Suits,
): Endpoint | Unready | 'unsuited' {
  const { endpoints, invoke } = registration
  const count = endpoints.length
  const first = endpoints[0]
  if (count === 1 && first !== undefined && suits === undefined) return first.unready(now) ?? first
  const start = startOf(registration)
  const step = invoke === 'last' ? -1 : 1
  let found: Unready | 'unsuited' = 'unsuited'
  for (let i = 0; i < count; i++) {
    const endpoint = endpoints[(start + i * step + count) % count]
    if (endpoint === undefined || suits?.(endpoint) === false) continue
    const unready = endpoint.unready(now)
    if (unready === undefined) {
      // The neighbours of those who were passed over must not get their share.
      return invoke === 'random' && i > 0 ? anyReady(endpoints, now, suits) : endpoint
    }
    if (found === 'unsuited' || unready === 'busy' || found === 'withdrawn') found = unready
  }
  return found
}

function startOf({ endpoints, invoke, cursor }: Registration): number {
  switch (invoke) {
    case 'single':
    case 'first':
      return 0
    case 'last':
      return endpoints.length - 1
    case 'roundrobin':
      return cursor
    case 'random':
      return below(endpoints.length)
  }
}

function anyReady(
  endpoints: readonly Endpoint[],
  now: number,
  suits: Suits | undefined,
): Endpoint | 'unsuited' {
  const ready = endpoints.filter(
    (endpoint) => endpoint.unready(now) === undefined && suits?.(endpoint) !== false,
  )
  return ready[below(ready.length)] ?? 'unsuited'
}

function below(end: number): number {
  return end === 0 ? 0 : randomId() % end
}
