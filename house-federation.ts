import type { Clock } from './clock.ts'
import type { Ecosystems } from './ecosystems/ecosystems.ts'
import type { Issuers } from './ecosystems/issuers.ts'
import { receiveFromProviders } from './federation/federation.ts'
import type { Record } from './federation/domain.ts'
import { OpaqueTokens } from './federation/opaque-tokens.ts'
import type { HttpRoute } from './http-routes.ts'
import { endFederatedSessions } from './realms/federated-sessions.ts'
import type { Limits } from './router/limits.ts'
import type { EngineLog } from './router/log.ts'
import type { Router } from './router/router.ts'
import { Turns } from './router/turns.ts'

/** What the house does by the word of its identity providers. */
export interface HouseFederation {
  /** What providers push to. */
  readonly routes: readonly HttpRoute[]
  /** Access tokens about which they are asked. */
  readonly opaque: OpaqueTokens
  /** Asks and probes nothing any more. */
  close(): void
}

/** Joins what providers say with those whom it concerns, in every realm. */
export function followProviders(parts: {
  readonly ecosystems: Ecosystems
  readonly issuers: Issuers
  readonly router: Router
  readonly limits: Limits
  readonly clock: Clock
  readonly log: EngineLog
}): HouseFederation {
  const { ecosystems, issuers, router, limits, clock, log } = parts
  const { identities, people } = ecosystems
  const turns = new Turns()
  const federation = receiveFromProviders({
    issuers,
    identities: {
      disable: (identity) => identities.disable({ ...identity, by: 'provider' }),
      enable: (identity) => identities.enable({ ...identity, by: 'provider' }),
      endSessions(whose) {
        const ended = endFederatedSessions(router, people, whose, turns)
        log('info', 'sessions were ended by their provider', { reason: whose.reason, ended })
        return Promise.resolve()
      },
    },
    record: recordIn(ecosystems),
    clock,
    log,
    bounds: limits,
  })
  const opaque = new OpaqueTokens({
    clock,
    log,
    idps: ecosystems.idps,
    reachability: issuers.reachability,
    cuts: (token) => issuers.cutoffs.cuts(token),
    sessionsOf: (person) =>
      [...router.realms.values()].flatMap((realm) => realm.sessionsOf('person', person)),
    intervalMs: limits.introspectionMs,
    atOnce: limits.introspections,
    max: limits.introspectedTokens,
    timeoutMs: 5_000,
    maxBodyBytes: 64 * 1024,
  })
  return {
    routes: federation.routes,
    opaque,
    close() {
      opaque.close()
      issuers.reachability.close()
    },
  }
}

/** An identity is in the record by its person: `sub` is a name that only its provider needs to know. */
function recordIn({ audit, people }: Ecosystems): Record {
  return ({ issuer, subject, effect, reason }) => {
    const person = subject === undefined ? undefined : people.byIdentity(issuer, subject)
    audit.record({
      realm: '',
      actor: `idp:${issuer}`,
      session: 0,
      action: `identity.${effect}`,
      target: person?.id ?? '',
      outcome: 'change',
      reason,
      decisionId: null,
      details: { issuer },
    })
  }
}
