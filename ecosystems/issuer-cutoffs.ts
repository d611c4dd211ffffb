import type { Clock } from '../clock.ts'

/** From when on nothing older counts: of an identity, or of one session at its provider. */
export interface Cutoff {
  readonly issuer: string
  /** Whose tokens; absent: of the session `sid` alone. */
  readonly subject?: string
  /** The provider's session (`sid`); with a subject, only that one's tokens of this session. */
  readonly sid?: string
  /** Tokens issued at or before this are refused, in milliseconds since the epoch; for `sid` all are. */
  readonly at: number
}

/** What a cutoff looks at. */
export interface CutToken {
  readonly issuer: string
  readonly subject: string
  readonly issuedAt: number
  readonly claims: { readonly sid?: string }
}

export interface IssuerCutoffsOptions {
  readonly clock: Clock
  /** How long a cutoff is remembered: longer than any token lives. Default 24 h. */
  readonly keepMs?: number
  /** Cutoffs of one issuer. Hit: all tokens that it has issued until then are refused. Default 10,000. */
  readonly max?: number
}

interface CutoffsOfIssuer {
  readonly entries: Map<string, { readonly at: number; readonly until: number }>
  /** For everybody: there were too many to tell them apart. */
  all: number
}

/**
 * Tokens that their issuer has taken back before they end: a signature cannot be unmade, so the house remembers.
 * In memory: what must outlive a restart is a disabled identity, which the domain keeps.
 */
export class IssuerCutoffs {
  readonly #clock: Clock
  readonly #keepMs: number
  readonly #max: number
  readonly #byIssuer = new Map<string, CutoffsOfIssuer>()

  constructor({ clock, keepMs = 24 * 3_600_000, max = 10_000 }: IssuerCutoffsOptions) {
    this.#clock = clock
    this.#keepMs = keepMs
    this.#max = max
  }

  /** Works at once. */
  add({ issuer, subject, sid, at }: Cutoff): void {
    if (subject === undefined && sid === undefined) throw new TypeError('a cutoff of nobody')
    const known = this.#byIssuer.get(issuer) ?? { entries: new Map(), all: -Infinity }
    this.#byIssuer.set(issuer, known)
    const key = keyOf(subject, sid)
    const before = known.entries.get(key)
    // Last in line again, so that the oldest stands first.
    known.entries.delete(key)
    this.#forgetOld(known)
    if (known.entries.size >= this.#max) {
      known.all = Math.max(known.all, this.#clock.now())
      known.entries.clear()
    }
    const latest = Math.max(at, before?.at ?? -Infinity)
    known.entries.set(key, { at: latest, until: this.#clock.now() + this.#keepMs })
  }

  /** Whether the issuer has taken this token back. */
  cuts({ issuer, subject, issuedAt, claims: { sid } }: CutToken): boolean {
    const known = this.#byIssuer.get(issuer)
    if (known === undefined) return false
    if (issuedAt <= known.all) return true
    const bySubject = known.entries.get(keyOf(subject, undefined))
    if (bySubject !== undefined && issuedAt <= bySubject.at) return true
    if (sid === undefined) return false
    return known.entries.has(keyOf(undefined, sid)) || known.entries.has(keyOf(subject, sid))
  }

  #forgetOld({ entries }: CutoffsOfIssuer): void {
    const now = this.#clock.now()
    for (const [key, { until }] of entries) {
      if (until > now) return
      entries.delete(key)
    }
  }
}

function keyOf(subject: string | undefined, sid: string | undefined): string {
  return JSON.stringify([subject ?? null, sid ?? null])
}
