import type { CookieJar } from '../authenticators/cookie-jar.ts'
import type { OpaqueTickets, RptTickets } from '../authenticators/ticket.ts'
import type { Clock } from '../clock.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import { evidenceOf } from '../ecosystems/evidence.ts'
import type { HouseProofs } from '../ecosystems/proofs/house-proofs.ts'
import type { Issuers } from '../ecosystems/issuers.ts'
import type { Principal } from '../router/access.ts'
import type { EventStore } from '../router/event-store.ts'
import type { EngineLog } from '../router/log.ts'
import type { Realm } from '../router/realm.ts'
import type { Router } from '../router/router.ts'
import { authenticationOf, type Authentication } from './authentication.ts'
import { authorizationOf, type Authorization } from './authorization.ts'
import type { RealmConfig } from './definition.ts'
import { tellOfApprovals } from './approval-tidings.ts'
import { DeviceTidings } from './device-tidings.ts'
import { tellOfEmergencies } from './emergency-tidings.ts'
import { offersIn } from './dynamic-authenticator.ts'
import { DevicesHere, fallen, takenBack } from './standing.ts'
import { historyTopics } from './topic-definition.ts'

/** Whom a cookie can stand for: a code is used once, and whoever else joins has nothing to be remembered by. */
const rememberedKinds: ReadonlySet<string> = new Set(['person', 'device', 'component'])

/** Whether the session may do certain things and nothing else, or only for as long as no provider answers. */
function isBound(principal: Principal): boolean {
  const { permissions, local } = evidenceOf(principal)
  return permissions !== undefined || local !== undefined
}

/** What all realms of a router stand on. */
export interface Foundation {
  readonly ecosystems: Ecosystems
  readonly proofs: HouseProofs
  readonly issuers: Issuers
  /** Where providers are asked about access tokens. Absent: nowhere. */
  readonly opaque?: OpaqueTickets | undefined
  /** Where requesting party tokens are from. Absent: nowhere. */
  readonly authority?: (RptTickets & { isOver(principal: Principal): boolean }) | undefined
  /** Where events of topics are kept. Absent: in memory, for as long as the router runs. */
  readonly events?: EventStore | undefined
  readonly router: Router
  /** All realms of the configuration: authenticators of one may ask in another. */
  readonly realms: readonly RealmConfig[]
  /** Where a realm lists `cookie`. */
  readonly cookies?: CookieJar | undefined
  readonly clock: Clock
  readonly log: EngineLog
}

/** A realm that was built, and what its services need of how it was. */
export interface BuiltRealm {
  readonly realm: Realm
  /** Proves a person by an ID token, as at a join. */
  readonly personOfToken: Authentication['personOfToken']
  readonly proofOfToken: Authentication['proofOfToken']
  readonly components: Authorization['components']
}

/** Adds a realm of the configuration to the router. */
export async function buildRealm(config: RealmConfig, foundation: Foundation): Promise<BuiltRealm> {
  const {
    ecosystems,
    proofs,
    issuers,
    opaque,
    authority,
    events,
    router,
    realms,
    cookies,
    clock,
    log,
  } = foundation
  const { authenticators, personOfToken, proofOfToken } = await authenticationOf(config, {
    ecosystems,
    issuers,
    opaque,
    rpts: authority,
    realm: (uri) => router.realm(uri),
    cookies,
    clock,
    log,
  })
  const remembers = config.authmethods.includes('cookie') ? cookies : undefined
  const devices = new DevicesHere()
  let tidings: DeviceTidings | undefined
  const authorization = authorizationOf(config, {
    ecosystems,
    proofs,
    clock,
    log,
    offers: offersIn(config.uri, realms),
  })
  const realm = router.addRealm({
    uri: config.uri,
    authenticators,
    authorizer: authorization.authorizer,
    shutdown: config.shutdown,
    strictUris: config.strictUris,
    definitions: config.definitions ?? [],
    reservedRoots: ['latchkey'],
    tolerate: config.tolerate,
    topics: historyTopics(config.topics),
    ...(events !== undefined && { events }),
    resumption: config.resumption,
    messagesPerSecond: config.messagesPerSecond,
    hooks: {
      joined(session) {
        devices.joined(session)
        tidings?.joined(session)
        const { facts, principal } = session
        if (fallen(principal, ecosystems) || takenBack(principal, issuers)) session.kill()
        else if (authority?.isOver(principal) === true) session.kill()
        // A cookie would outlive the token and what it permits, or the time in which a key of the house's own counts.
        else if (rememberedKinds.has(principal.kind) && !isBound(principal))
          remembers?.remember(facts, config.uri, principal)
      },
      resumed(session) {
        if (fallen(session.principal, ecosystems)) session.kill()
        else if (authority?.isOver(session.principal) === true) session.kill()
      },
      left(session) {
        devices.left(session)
        tidings?.left(session)
        ecosystems.stepUps.forget(session.id)
      },
    },
  })
  tidings = new DeviceTidings(realm, ecosystems, log)
  tellOfApprovals(realm, ecosystems, log)
  tellOfEmergencies(realm, ecosystems)
  authorization.attach(realm)
  return { realm, personOfToken, proofOfToken, components: authorization.components }
}
