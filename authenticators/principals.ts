import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isWeakKey } from '../ecosystems/weak-keys.ts'
import type { Principal } from '../router/access.ts'
import { isHex } from './ed25519.ts'

/** A component of an integrator, as the configuration names it. */
export interface StaticPrincipal {
  readonly authid: string
  readonly role: string
  /** A secret in clear text; or better … */
  readonly ticket?: string | undefined
  /** … its SHA-256, in hex. */
  readonly ticketSha256?: string | undefined
  /** Ed25519, 32 bytes in hex, for cryptosign. */
  readonly publicKey?: string | undefined
}

/** Provisioning codes begin so; everything else that is not a token is taken for a static ticket. */
export const codePrefix = 'lk_'

/** Whether a ticket has the form of a compact JWT, which begins with a JSON object in base64url. */
export function isToken(ticket: string): boolean {
  return /^ey[\w-]*\.[\w-]*\.[\w-]*$/.test(ticket)
}

/** The components of one realm. Keeps no ticket, only digests. */
export class StaticPrincipals {
  /** Without a digest for those who have only a key. */
  readonly #byAuthid = new Map<
    string,
    { readonly digest: Buffer | undefined; readonly role: string }
  >()
  readonly #byKey = new Map<string, { readonly authid: string; readonly role: string }>()
  /** Compared with for an unknown authid, so that its answer takes as long as any. */
  readonly #nobody = randomBytes(32)

  /** @throws TypeError naming the principal and the key that cannot be used */
  constructor(principals: readonly StaticPrincipal[] = []) {
    for (const principal of principals) this.#add(principal)
  }

  #add({ authid, role, ticket, ticketSha256, publicKey }: StaticPrincipal): void {
    const refuse = (key: string, problem: string): TypeError =>
      new TypeError(`principal "${authid}": ${key} ${problem}`)
    if (this.#byAuthid.has(authid)) throw refuse('authid', 'is there twice')
    if (ticket !== undefined && ticketSha256 !== undefined)
      throw refuse('ticket', 'and ticketSha256 are given; allowed is one of them')
    if (ticket !== undefined && (ticket.startsWith(codePrefix) || isToken(ticket)))
      throw refuse('ticket', 'looks like a provisioning code or a token; allowed is anything else')
    this.#byAuthid.set(authid, { digest: digestOf(ticket, ticketSha256, refuse), role })
    if (publicKey === undefined) return
    const found = JSON.stringify(publicKey)
    if (!isHex(publicKey, 32) || isWeakKey(Buffer.from(publicKey, 'hex')))
      throw refuse('publicKey', `is ${found}; allowed is an Ed25519 key as 64 hex digits`)
    const key = publicKey.toLowerCase()
    if (this.#byKey.has(key)) throw refuse('publicKey', `is ${found}, as that of another`)
    this.#byKey.set(key, { authid, role })
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

function component(authid: string, authrole: string, authmethod: string): Principal {
  return { kind: 'component', authid, authrole, authmethod, authprovider: 'static' }
}
