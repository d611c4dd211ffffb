import { anonymousAuthenticator } from '../authenticators/anonymous.ts'
import { cryptosignAuthenticator } from '../authenticators/cryptosign.ts'
import { operatorAuthenticator } from '../authenticators/operator.ts'
import { StaticPrincipals } from '../authenticators/principals.ts'
import { ticketAuthenticator } from '../authenticators/ticket.ts'
import { chain } from '../authorizers/chain.ts'
import { ecosystemAuthorizer } from '../authorizers/ecosystem.ts'
import { staticAuthorizer } from '../authorizers/static.ts'
import type { Clock } from '../clock.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { Issuers } from '../ecosystems/issuers.ts'
import type { Authenticator } from '../router/access.ts'
import type { EngineLog } from '../router/log.ts'
import type { Realm } from '../router/realm.ts'
import type { Router } from '../router/router.ts'
import type { RealmConfig } from './definition.ts'
import { DevicesHere, fallen } from './standing.ts'

/** What all realms of a router stand on. */
export interface Foundation {
  readonly ecosystems: Ecosystems
  readonly issuers: Issuers
  readonly router: Router
  readonly clock: Clock
  readonly log: EngineLog
}

/** A realm that was built, and what its services need of how it was. */
export interface BuiltRealm {
  readonly realm: Realm
  /** Proves a person by an ID token, as at a join. */
  readonly personOfToken: ReturnType<typeof ticketAuthenticator>['personOfToken']
}

/** Adds a realm of the configuration to the router. */
export function buildRealm(config: RealmConfig, foundation: Foundation): BuiltRealm {
  const { ecosystems, issuers, router, clock, log } = foundation
  const principals = new StaticPrincipals(config.principals)
  const ticket = ticketAuthenticator({ issuers, ecosystems, principals, log })
  const byMethod: Readonly<Record<string, Authenticator>> = {
    ticket,
    cryptosign: cryptosignAuthenticator({ devices: ecosystems.devices, principals, log }),
    anonymous: anonymousAuthenticator(),
  }
  const devices = new DevicesHere()
  const realm = router.addRealm({
    uri: config.uri,
    authenticators: [
      operatorAuthenticator(),
      ...config.authmethods.map((name) => byMethod[name]).filter((method) => method !== undefined),
    ],
    authorizer: authorization.authorizer,
    shutdown: config.shutdown,
    strictUris: config.strictUris,
    reservedRoots: ['latchkey'],
    tolerate: config.tolerate,
    messagesPerSecond: config.messagesPerSecond,
    hooks: {
      joined(session) {
        devices.joined(session)
        if (fallen(session.principal, ecosystems)) session.kill()
      },
      left: (session) => devices.left(session),
    },
  })
  return { realm, personOfToken: (token) => ticket.personOfToken(token) }
}
