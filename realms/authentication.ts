import { createHmac, randomBytes } from 'node:crypto'
import { anonymousAuthenticator } from '../authenticators/anonymous.ts'
import type { CookieJar } from '../authenticators/cookie-jar.ts'
import { cookieAuthenticator } from '../authenticators/cookie.ts'
import { localKeys } from '../authenticators/local-keys.ts'
import { cryptosignAuthenticator } from '../authenticators/cryptosign.ts'
import { SigningKey } from '../authenticators/ed25519.ts'
import { operatorAuthenticator } from '../authenticators/operator.ts'
import { StaticPrincipals } from '../authenticators/principals.ts'
import { deriveScramKeys } from '../authenticators/scram-keys.ts'
import { scramAuthenticatorOfAutobahn, wampScramAuthenticator } from '../authenticators/scram.ts'
import { SecondFactors, withSecondRound } from '../authenticators/second-round.ts'
import {
  ticketAuthenticator,
  type OpaqueTickets,
  type RptTickets,
} from '../authenticators/ticket.ts'
import { tlsAuthenticator } from '../authenticators/tls.ts'
import { tellUnknownNames, tellUnknownRoles } from '../authenticators/unknown-names.ts'
import { deviceSecrets, deviceTemplate } from '../authenticators/wampcra-devices.ts'
import { CraKeys } from '../authenticators/wampcra-keys.ts'
import { wampcraAuthenticator } from '../authenticators/wampcra.ts'
import type { Clock } from '../clock.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { Issuers } from '../ecosystems/issuers.ts'
import type { Authenticator } from '../router/access.ts'
import type { EngineLog } from '../router/log.ts'
import type { Realm } from '../router/realm.ts'
import type { RealmConfig } from './definition.ts'
import { RealmAuthenticator } from './dynamic-authenticator.ts'
import { ownRoles } from './principal-definition.ts'
import { fallen, takenBack } from './standing.ts'

/** What the authentication of a realm stands on. */
export interface AuthenticationContext {
  readonly ecosystems: Ecosystems
  readonly issuers: Issuers
  /** Where providers are asked about access tokens. */
  readonly opaque?: OpaqueTickets | undefined
  /** Where requesting party tokens are from. Absent: nowhere. */
  readonly rpts?: RptTickets | undefined
  readonly realm: (uri: string) => Realm | undefined
  /** The router's; needed where a realm lists `cookie`. */
  readonly cookies?: CookieJar | undefined
  readonly clock: Clock
  readonly log: EngineLog
}

/** How people, devices and components join a realm. */
export interface Authentication {
  readonly authenticators: readonly Authenticator[]
  /** Proves a person by an ID token, as at a join. */
  readonly personOfToken: ReturnType<typeof ticketAuthenticator>['personOfToken']
  /** What an ID token proves, of whomever it is. */
  readonly proofOfToken: ReturnType<typeof ticketAuthenticator>['proofOfToken']
}

/**
 * Makes the authenticators of a realm. Derives the keys of its components' passwords, which may take a while: at the
 * start, so that no join does.
 */
export async function authenticationOf(
  config: RealmConfig,
  context: AuthenticationContext,
): Promise<Authentication> {
  const { ecosystems, issuers, opaque, cookies, clock, log } = context
  const principals = new StaticPrincipals(config.principals)
  const mayTell = config.tellUnknownPrincipals === true ? tellUnknownNames(principals) : undefined
  const routerKey = config.routerKey === undefined ? undefined : new SigningKey(config.routerKey)
  const decoyKey = decoyKeyOf(config)
  const scram = await deriveScramKeys(config.principals, decoyKey)
  const craKeys = await CraKeys.derive(config.principals, decoyKey, [deviceTemplate])
  const dynamic = dynamicOf(config, principals, context)
  const asked = (method: string) =>
    config.authenticator?.methods.some((name) => name === method) === true ? dynamic : undefined
  const [forTicket, forKey, forSecret, forCertificate] = [
    asked('ticket'),
    asked('cryptosign'),
    asked('wampcra'),
    asked('tls'),
  ]
  const ticket = ticketAuthenticator({
    issuers,
    opaque,
    rpts: context.rpts,
    ecosystems,
    principals,
    mayTell,
    log,
    elsewhere:
      forTicket &&
      ((request, attempt, secret) =>
        forTicket.principal('ticket', request, attempt, { ticket: secret })),
  })
  const methods: readonly Authenticator[] = [
    ticket,
    cryptosignAuthenticator({
      devices: ecosystems.devices,
      principals,
      locals: localKeys({ ecosystems, issuers, clock }),
      routerKey,
      mayTell,
      log,
      elsewhere: forKey && ((request, attempt) => forKey.principal('cryptosign', request, attempt)),
    }),
    wampcraAuthenticator({
      keys: craKeys,
      devices: deviceSecrets(ecosystems.devices, config.uri),
      mayTell,
      clock,
      log,
      elsewhere:
        forSecret &&
        // A configured component without a secret has none elsewhere either.
        (async (request, attempt) =>
          principals.has(request.authid ?? '')
            ? undefined
            : forSecret.craCredential(request, attempt)),
    }),
    wampScramAuthenticator({ keys: scram.standard, mayTell, log }),
    scramAuthenticatorOfAutobahn({ keys: scram.autobahn, mayTell, log }),
    tlsAuthenticator({
      principals,
      clock,
      log,
      elsewhere:
        forCertificate && ((request, attempt) => forCertificate.principal('tls', request, attempt)),
    }),
    anonymousAuthenticator(),
  ]
  const factors = new SecondFactors(config.principals, clock)
  const guarded = methods.map((method) =>
    factors.size === 0 ? method : withSecondRound(method, factors, log),
  )
  // A cookie stands for both rounds, which were before it.
  if (cookies !== undefined)
    guarded.push(
      cookieAuthenticator({
        jar: cookies,
        fallen: (principal) => fallen(principal, ecosystems) || takenBack(principal, issuers),
      }),
    )
  const roles = new Set([...ownRoles, ...config.principals.map(({ role }) => role)])
  // A dynamic authenticator gives roles that nobody knows before.
  const tellsRoles = config.tellUnknownPrincipals === true && dynamic === undefined
  const offered = guarded.filter(({ method }) => config.authmethods.some((name) => name === method))
  return {
    authenticators: [
      operatorAuthenticator(),
      ...(tellsRoles ? offered.map((method) => tellUnknownRoles(method, roles)) : offered),
    ],
    personOfToken: (token) => ticket.personOfToken(token),
    proofOfToken: (token) => ticket.proofOfToken(token),
  }
}

function dynamicOf(
  { authenticator, uri }: RealmConfig,
  principals: StaticPrincipals,
  { realm, log }: AuthenticationContext,
): RealmAuthenticator['authenticator'] | undefined {
  if (authenticator === undefined) return undefined
  return new RealmAuthenticator(authenticator, uri, { principals, realm, log }).authenticator
}

/**
 * What unknown names are challenged with is made of this: with the router's key it is the same after a restart, as the
 * salts of known names are. Never made of passwords: who asks for many names could find them out by it.
 */
function decoyKeyOf({ routerKey, uri }: RealmConfig): Buffer {
  if (routerKey === undefined) return randomBytes(32)
  return createHmac('sha256', Buffer.from(routerKey, 'hex')).update(`decoys ${uri}`).digest()
}
