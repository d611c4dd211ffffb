import type { IncomingMessage } from 'node:http'
import type { Clock } from '../clock.ts'
import type { Issuers } from '../ecosystems/issuers.ts'
import type { EngineLog } from '../router/log.ts'
import { Admission } from './admission.ts'
import { BackchannelLogout } from './backchannel-logout.ts'
import type { FederatedIdentities, Record } from './domain.ts'
import { answer, pathOf, refuse, Refusal, type Route } from './exchange.ts'
import { Follower } from './follower.ts'
import { SecurityEvents } from './security-events.ts'
import { SeenIds } from './seen-ids.ts'

/** Bounds on what comes in; docs/CONFIG.md describes each under `limits`. */
export interface FederationBounds {
  readonly eventBytes: number
  readonly eventsPerSecond: number
  readonly eventsAtOnce: number
  readonly eventAgeMs: number
  readonly eventIds: number
}

/** What following the word of providers stands on. */
export interface FederationParts {
  readonly issuers: Issuers
  readonly identities: FederatedIdentities
  readonly record: Record
  readonly clock: Clock
  readonly log: EngineLog
  readonly bounds: FederationBounds
}

/** What listens to providers. */
export interface Federation {
  readonly routes: readonly Route[]
}

/** Where providers push to. */
export const eventsPath = '/ssf/events'
export const logoutPath = '/backchannel-logout'

/** What providers call: security events at `/ssf/events`, logouts at `/backchannel-logout`. POST only. */
export function receiveFromProviders(parts: FederationParts): Federation {
  const { issuers, identities, record, clock, log, bounds } = parts
  const { eventBytes: maxBytes, eventAgeMs: maxAgeMs } = bounds
  const follower = new Follower({ identities, cutoffs: issuers.cutoffs, clock, record })
  const remembered = (): SeenIds =>
    new SeenIds({ clock, keepMs: maxAgeMs + 120_000, max: bounds.eventIds })
  const admission = new Admission(
    { perSecond: bounds.eventsPerSecond, atOnce: bounds.eventsAtOnce },
    clock,
  )
  const shared = { issuers, follower, admission, clock, log, maxBytes }
  const events = new SecurityEvents({ ...shared, seen: remembered(), maxAgeMs })
  const logouts = new BackchannelLogout({ ...shared, seen: remembered() })
  const route = (
    path: string,
    success: number,
    receive: (request: IncomingMessage) => Promise<void>,
  ): Route => ({
    takes: (request) => pathOf(request) === path,
    serve(request, response) {
      const refusal = refusalAtTheDoor(request, admission)
      if (refusal !== undefined) {
        request.resume()
        return refuse(response, refusal)
      }
      void receive(request).then(
        () => answer(response, success),
        (error: unknown) => {
          if (error instanceof Refusal) return refuse(response, error)
          log('error', 'what a provider pushed could not be looked at', { path, error })
          answer(response, 500, { error: 'server_error' })
        },
      )
    },
  })
  return {
    routes: [
      route(eventsPath, 202, (request) => events.receive(request)),
      route(logoutPath, 200, (request) => logouts.receive(request)),
    ],
  }
}

function refusalAtTheDoor(request: IncomingMessage, admission: Admission): Refusal | undefined {
  if (request.method !== 'POST') return new Refusal(405, { error: 'method_not_allowed' })
  if (!admission.admits(request.socket.remoteAddress ?? ''))
    return new Refusal(429, { error: 'too_many_requests' }, { retryAfterSeconds: 1 })
  return undefined
}
