import type { Clock } from '../clock.ts'
import { IssuerUnreachable, TokenRejected, type VerifiedToken } from '../ecosystems/issuers.ts'
import type { IdpRow } from '../ecosystems/store/store.ts'
import type { Principal } from '../router/access.ts'
import type { EngineLog } from '../router/log.ts'
import { introspect, type IntrospectingIdp, type IntrospectionParts } from './introspection.ts'

/** A session as far as it matters here. */
export interface LiveSession {
  readonly principal: Principal
  kill(): void
}

export interface OpaqueTokenParts extends IntrospectionParts {
  readonly clock: Clock
  readonly log: EngineLog
  readonly idps: { list(): readonly IdpRow[] }
  /** Refuses what the issuer has taken back by other means. */
  readonly cuts: (token: VerifiedToken) => boolean
  /** The sessions of a person, in every realm. */
  readonly sessionsOf: (person: string) => readonly LiveSession[]
  /** How often each token of a live session is asked about, at least. */
  readonly intervalMs: number
  /** Questions under way at once, of joins and of live sessions each. */
  readonly atOnce: number
  /** Tokens of live sessions. */
  readonly max: number
}

/** What an opaque token proves, and how to say what rests on it. */
export interface OpaqueProof {
  readonly token: VerifiedToken
  /** From now on sessions of `person` whose principal has this very evidence end with the token. */
  hold(person: string, evidence: object): void
}

interface Held {
  readonly idp: IntrospectingIdp
  readonly token: string
  readonly person: string
  readonly subject: string
  dueAt: number
  asking: boolean
}

/** Looks at what is due this often in an interval. */
const ticksPerInterval = 12

/**
 * Opaque access tokens as tickets, of providers that are asked (RFC 7662). While a session rests on one, its provider
 * is asked again, as it tells us nothing by itself: "not active" ends the session; no answer is neither yes nor no, so
 * that the session goes on until its token ends, which the router sees to. Tokens are kept in memory alone.
 */
export class OpaqueTokens {
  readonly #parts: OpaqueTokenParts
  readonly #held = new Map<object, Held>()
  #joining = 0
  #asking = 0
  /** Some are due, and there was no place for them. */
  #behind = false
  #stopTicking: (() => void) | undefined
  #closed = false

  constructor(parts: OpaqueTokenParts) {
    this.#parts = parts
  }

  /** Whether a ticket without a form of its own may be asked about: at this issuer, or the only one that can be asked. */
  accepts(issuer: string | undefined): boolean {
    return this.#idpFor(issuer) !== undefined
  }

  /** @throws TokenRejected, IssuerUnreachable */
  async verify(token: string, issuer: string | undefined): Promise<OpaqueProof> {
    const idp = this.#idpFor(issuer)
    if (idp === undefined)
      throw new TokenRejected('untrusted_issuer', 'no provider is to be asked about it')
    const { atOnce, max } = this.#parts
    if (this.#joining >= atOnce)
      throw new IssuerUnreachable(idp.issuer, `${atOnce} questions are under way already`)
    if (this.#held.size >= max)
      throw new IssuerUnreachable(idp.issuer, `${max} tokens are asked about already`)
    this.#joining += 1
    try {
      const verified = await introspect(idp, token, this.#parts)
      if (this.#parts.cuts(verified))
        throw new TokenRejected('revoked', 'its issuer has taken it back')
      return {
        token: verified,
        hold: (person, evidence) => this.#hold(evidence, idp, token, person, verified.subject),
      }
    } finally {
      this.#joining -= 1
    }
  }

  close(): void {
    this.#closed = true
    this.#stopTicking?.()
    this.#held.clear()
  }

  #idpFor(issuer: string | undefined): IntrospectingIdp | undefined {
    const asked = this.#parts.idps
      .list()
      .filter((idp): idp is IntrospectingIdp => idp.introspection !== null)
      .filter(({ status }) => status === 'active')
    if (issuer !== undefined) return asked.find((idp) => idp.issuer === issuer)
    return asked.length === 1 ? asked[0] : undefined
  }

  #hold(
    evidence: object,
    idp: IntrospectingIdp,
    token: string,
    person: string,
    subject: string,
  ): void {
    if (this.#closed) return
    this.#held.set(evidence, { idp, token, person, subject, dueAt: this.#nextAt(), asking: false })
    this.#tickLater()
  }

  /** Before the interval is over, with room for a queue; not all at once that joined at once. */
  #nextAt(): number {
    const { clock, intervalMs } = this.#parts
    return clock.now() + intervalMs * (0.5 + Math.random() / 4)
  }

  #tickLater(): void {
    const { clock, intervalMs } = this.#parts
    this.#stopTicking ??= clock.after(intervalMs / ticksPerInterval, () => {
      this.#stopTicking = undefined
      this.#tick()
      if (this.#held.size > 0 && !this.#closed) this.#tickLater()
    })
  }

  #tick(): void {
    const now = this.#parts.clock.now()
    this.#behind = false
    for (const [evidence, held] of this.#held) {
      if (held.asking || held.dueAt > now) continue
      if (this.#asking >= this.#parts.atOnce) {
        this.#behind = true
        return
      }
      if (this.#sessions(evidence, held).length === 0) this.#held.delete(evidence)
      else void this.#ask(evidence, held)
    }
  }

  async #ask(evidence: object, held: Held): Promise<void> {
    held.asking = true
    // Last in line, so that those who are due stand first, however many there are.
    this.#held.delete(evidence)
    this.#held.set(evidence, held)
    this.#asking += 1
    try {
      const { subject } = await introspect(held.idp, held.token, this.#parts)
      if (subject !== held.subject)
        throw new TokenRejected('malformed', 'the token is of another person now')
    } catch (error) {
      this.#failed(evidence, held, error)
    } finally {
      held.asking = false
      held.dueAt = this.#nextAt()
      this.#asking -= 1
    }
    if (this.#behind && !this.#closed) this.#tick()
  }

  #failed(evidence: object, held: Held, error: unknown): void {
    const { log } = this.#parts
    const { issuer } = held.idp
    if (!(error instanceof TokenRejected)) {
      log('warn', 'a token cannot be asked about; its sessions go on until it ends', {
        issuer,
        detail: error instanceof Error ? error.message : String(error),
      })
      return
    }
    const sessions = this.#sessions(evidence, held)
    this.#held.delete(evidence)
    log('info', 'a token is no longer good; its sessions end', {
      issuer,
      reason: error.code,
      person: held.person,
      sessions: sessions.length,
    })
    for (const session of sessions) session.kill()
  }

  #sessions(evidence: object, { person }: Held): readonly LiveSession[] {
    return this.#parts.sessionsOf(person).filter(({ principal }) => principal.evidence === evidence)
  }
}
