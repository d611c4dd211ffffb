import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isWeakKey } from '../ecosystems/weak-keys.ts'
import type { PeerCertificate, Principal } from '../router/access.ts'
import { isHex } from './ed25519.ts'
import { saslprep } from './saslprep.ts'
import type { ScramSecret } from './scram-keys.ts'
import type { SecondFactor } from './second-round.ts'
import type { CraSecret } from './wampcra-keys.ts'

/** A component of an integrator, as the configuration names it: with one or several proofs. */
export interface StaticPrincipal {
  readonly authid: string
  readonly role: string
  /** A secret in clear text; or better … */
  readonly ticket?: string | undefined
  /** … its SHA-256, in hex. */
  readonly ticketSha256?: string | undefined
  /** Ed25519, 32 bytes in hex, for cryptosign. */
  readonly publicKey?: string | undefined
  /** For wampcra. */
  readonly wampcra?: CraSecret | undefined
  /** For wamp-scram and scram. */
  readonly scram?: ScramSecret | undefined
  /** For tls. */
  readonly certificate?: CertificateName | undefined
  /** What is asked for besides, whatever the first proof was. */
  readonly second?: SecondFactor | undefined
}

/** By what a TLS client certificate is known: one of the two. */
export interface CertificateName {
  /** SHA-256 of that very certificate, as `PeerCertificate` has it. Who signed it does not matter then. */
  readonly fingerprint256?: string | undefined
  /** One of its subject alternative names, for instance `DNS:lamp.house.example`, if our authority signed it. */
  readonly name?: string | undefined
}

/** Provisioning codes begin so; everything else that is not a token is taken for a static ticket. */
export const codePrefix = 'lk_'

/** Whether a ticket has the form of a compact JWT, which begins with a JSON object in base64url. */
export function isToken(ticket: string): boolean {
  return /^ey[\w-]*\.[\w-]*\.[\w-]*$/.test(ticket)
}

interface Named {
  readonly authid: string
  readonly role: string
}

/** The components of one realm. Keeps no ticket, only digests. */
export class StaticPrincipals {
  /** Without a digest for those who have no ticket. */
  readonly #byAuthid = new Map<
    string,
    { readonly digest: Buffer | undefined; readonly role: string }
  >()
  readonly #byKey = new Map<string, Named>()
  readonly #byFingerprint = new Map<string, Named>()
  readonly #byName = new Map<string, Named>()
  /** Compared with for an unknown authid, so that its answer takes as long as any. */
  readonly #nobody = randomBytes(32)

  /** @throws TypeError naming the principal and the key that cannot be used */
  constructor(principals: readonly StaticPrincipal[] = []) {
    for (const principal of principals) this.#add(principal)
  }

  #add({
    authid,
    role,
    ticket,
    ticketSha256,
    publicKey,
    scram,
    certificate,
    second,
  }: StaticPrincipal): void {
    const refuse = (key: string, problem: string): TypeError =>
      new TypeError(`principal "${authid}": ${key} ${problem}`)
    if (this.#byAuthid.has(authid)) throw refuse('authid', 'is there twice')
    if (ticket !== undefined && ticketSha256 !== undefined)
      throw refuse('ticket', 'and ticketSha256 are given; allowed is one of them')
    if (ticket !== undefined && (ticket.startsWith(codePrefix) || isToken(ticket)))
      throw refuse('ticket', 'looks like a provisioning code or a token; allowed is anything else')
    const digest = digestOf(ticket, ticketSha256, refuse)
    if (digest !== undefined && second !== undefined) {
      const other = digestOf(second.ticket, second.ticketSha256, refuse)
      if (other?.equals(digest) === true)
        throw refuse('second', 'is the same ticket as the first; allowed is another')
    }
    try {
      if (scram?.secret !== undefined) saslprep(scram.secret)
    } catch (error) {
      throw refuse(
        'scram.secret',
        `holds ${(error as Error).message}; allowed is what can be typed`,
      )
    }
    this.#byAuthid.set(authid, { digest, role })
    if (certificate !== undefined) this.#addCertificate({ authid, role }, certificate, refuse)
    if (publicKey === undefined) return
    const found = JSON.stringify(publicKey)
    if (!isHex(publicKey, 32) || isWeakKey(Buffer.from(publicKey, 'hex')))
      throw refuse('publicKey', `is ${found}; allowed is an Ed25519 key as 64 hex digits`)
    const key = publicKey.toLowerCase()
    if (this.#byKey.has(key)) throw refuse('publicKey', `is ${found}, as that of another`)
    this.#byKey.set(key, { authid, role })
  }

  #addCertificate(
    holder: Named,
    { fingerprint256, name }: CertificateName,
    refuse: (key: string, problem: string) => TypeError,
  ): void {
    for (const [known, map] of [
      [fingerprint256, this.#byFingerprint],
      [name, this.#byName],
    ] as const) {
      if (known === undefined) continue
      if (map.has(known)) throw refuse('certificate', `is ${known}, as that of another`)
      map.set(known, holder)
    }
  }

  /** Whether there is a component of this name. */
  has(authid: string): boolean {
    return this.#byAuthid.has(authid)
  }

  /** The component of this name and ticket. An unknown name costs as much as a wrong ticket. */
  byTicket(authid: string | undefined, ticket: string): Principal | undefined {
    const known = authid === undefined ? undefined : this.#byAuthid.get(authid)
    const digest = createHash('sha256').update(ticket).digest()
    const equal = timingSafeEqual(digest, known?.digest ?? this.#nobody)
    return equal && known?.digest !== undefined && authid !== undefined
      ? component(authid, known.role, 'ticket')
      : undefined
  }

  /** The component with this key, in lower-case hex. */
  byPublicKey(publicKey: string): Principal | undefined {
    const known = this.#byKey.get(publicKey)
    return known && component(known.authid, known.role, 'cryptosign')
  }

  /**
   * The component that this certificate is of. A name counts only where our authority signed it: anybody can write
   * any name into a certificate of his own. One that names several components names none.
   */
  byCertificate(certificate: PeerCertificate): Principal | undefined {
    const { fingerprint256, subjectAltNames, authorized } = certificate
    let known = this.#byFingerprint.get(fingerprint256)
    if (known === undefined && authorized) {
      const named = new Set(subjectAltNames.map((name) => this.#byName.get(name)))
      named.delete(undefined)
      if (named.size === 1) [known] = named
    }
    return known && component(known.authid, known.role, 'tls')
  }
}

function digestOf(
  ticket: string | undefined,
  ticketSha256: string | undefined,
  refuse: (key: string, problem: string) => TypeError,
): Buffer | undefined {
  if (ticket !== undefined) return createHash('sha256').update(ticket).digest()
  if (ticketSha256 === undefined) return undefined
  if (isHex(ticketSha256, 32)) return Buffer.from(ticketSha256, 'hex')
  throw refuse('ticketSha256', `is ${JSON.stringify(ticketSha256)}; allowed are 64 hex digits`)
}

/** A configured component, proven by a method. */
export function component(authid: string, authrole: string, authmethod: string): Principal {
  return { kind: 'component', authid, authrole, authmethod, authprovider: 'static' }
}
