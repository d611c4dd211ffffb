import type { Authorizer } from '../../router/access.ts'
import type { Limits } from '../../router/limits.ts'
import type { EngineLog } from '../../router/log.ts'
import type { Realm, RealmDefinition } from '../../router/realm.ts'
import { Router } from '../../router/router.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryClient, type MemoryOptions } from './memory-client.ts'
import { allowAll, anyone } from './open-router.ts'

/** A router without sockets, whose time stands still, and clients of it. */
export interface MemoryRouter {
  readonly router: Router
  readonly realm: Realm
  readonly clock: ManualClock
  /** What the engine wrote to its log. */
  readonly logged: { message: string; details: { readonly error?: unknown } | undefined }[]
  /** A session of `realm1`. */
  readonly join: (details?: Record<string, unknown>, options?: MemoryOptions) => MemoryClient
}

export function memoryRouter(
  authorizer: Authorizer = allowAll,
  { realm, limits }: { realm?: Partial<RealmDefinition>; limits?: Partial<Limits> } = {},
): MemoryRouter {
  const clock = new ManualClock()
  const logged: MemoryRouter['logged'] = []
  const log: EngineLog = (_level, message, details) => logged.push({ message, details })
  const router = new Router({ clock, log, ...(limits !== undefined && { limits }) })
  const definition = { uri: 'realm1', authenticators: [anyone], authorizer, ...realm }
  return {
    router,
    realm: router.addRealm(definition),
    clock,
    logged,
    join: (details, options) => MemoryClient.join(router, 'realm1', details, options),
  }
}

/** A promise that is settled from outside. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

/** Lets all that is ready be done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A decision that is kept for ever. */
export const forever: number = Number.MAX_SAFE_INTEGER
