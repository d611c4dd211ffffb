import type { Clock } from '../clock.ts'
import type { Changes } from './changes.ts'
import type { CutoffRow } from './store/store.ts'

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
  /** Absent: kept in memory alone. */
  readonly changes?: Pick<Changes, 'take'>
  /** How long cutoffs are told apart. Then all tokens of the issuer that are older are refused. Default 30 days. */
  readonly keepMs?: number
  /** Cutoffs of one issuer that are told apart. Hit: the oldest is one for everybody, as after `keepMs`. Default 10,000. */
  readonly max?: number
}

interface CutoffsOfIssuer {
  /** The latest last. */
  readonly entries: Map<string, CutoffRow>
  /** Forgotten, and perhaps in the store. */
  readonly forgotten: Map<string, CutoffRow>
  /** For everybody: too old, or too many to tell apart. */
  all: number
}

/** Of everybody, or of all sessions. */
const everything = ''

/**
 * Tokens that their issuer has taken back before they end: a signature cannot be unmade, so the house remembers, over
 * restarts, too. What it cannot tell apart any more it refuses: forgetting never lets anybody in.
 */
export class IssuerCutoffs {
  readonly #clock: Clock
  readonly #changes: Pick<Changes, 'take'> | undefined
  readonly #keepMs: number
  readonly #max: number
  readonly #byIssuer = new Map<string, CutoffsOfIssuer>()

  constructor(
    { clock, changes, keepMs = 30 * 24 * 3_600_000, max = 10_000 }: IssuerCutoffsOptions,
    rows: readonly CutoffRow[] = [],
  ) {
    this.#clock = clock
    this.#changes = changes
    this.#keepMs = keepMs
    this.#max = max
    for (const row of rows.toSorted((a, b) => a.keptUntil - b.keptUntil)) this.#load(row)
  }

  /** Works at once; resolves when it is stored. @throws DomainError unavailable, and it holds in memory */
  add({ issuer, subject = everything, sid = everything, at }: Cutoff): Promise<void> {
    if (subject === everything && sid === everything) throw new TypeError('a cutoff of nobody')
    const known = this.#of(issuer)
    const key = keyOf(subject, sid)
    const latest = Math.max(Math.ceil(at), known.entries.get(key)?.at ?? -Infinity)
    const keptUntil = this.#clock.now() + this.#keepMs
    // Last in line again, so that the oldest stands first.
    known.entries.delete(key)
    known.forgotten.delete(key)
    known.entries.set(key, { issuer, subject, sid, at: latest, keptUntil })
    this.#forgetOld(known)
    return this.#keep(issuer, known, key)
  }

  /** Whether the issuer has taken this token back. */
  cuts({ issuer, subject, issuedAt, claims: { sid } }: CutToken): boolean {
    const known = this.#byIssuer.get(issuer)
    if (known === undefined) return false
    if (issuedAt <= known.all) return true
    const bySubject = known.entries.get(keyOf(subject, everything))
    if (bySubject !== undefined && issuedAt <= bySubject.at) return true
    if (sid === undefined) return false
    return known.entries.has(keyOf(everything, sid)) || known.entries.has(keyOf(subject, sid))
  }

  #of(issuer: string): CutoffsOfIssuer {
    const known = this.#byIssuer.get(issuer) ?? {
      entries: new Map<string, CutoffRow>(),
      forgotten: new Map<string, CutoffRow>(),
      all: -Infinity,
    }
    this.#byIssuer.set(issuer, known)
    return known
  }

  #load(row: CutoffRow): void {
    const { issuer, subject, sid, at } = row
    const known = this.#of(issuer)
    if (subject === everything && sid === everything) known.all = Math.max(known.all, at)
    else known.entries.set(keyOf(subject, sid), row)
    this.#forgetOld(known)
  }

  #forgetOld(known: CutoffsOfIssuer): void {
    const now = this.#clock.now()
    for (const [key, row] of known.entries) {
      if (row.keptUntil > now && known.entries.size <= this.#max) return
      known.entries.delete(key)
      known.all = Math.max(known.all, row.at)
      // Whatever is left in the store is forgotten again after a start.
      if (known.forgotten.size < this.#max) known.forgotten.set(key, row)
    }
  }

  async #keep(issuer: string, known: CutoffsOfIssuer, key: string): Promise<void> {
    await this.#changes?.take('taking back tokens', async (commit) => {
      const row = known.entries.get(key)
      const { all } = known
      const forgotten = [...known.forgotten]
      const everybody = { issuer, subject: everything, sid: everything, at: all, keptUntil: all }
      await commit([
        ...forgotten.map(([, gone]) => ({ kind: 'cutoff.delete', row: gone }) as const),
        ...(row === undefined ? [] : [{ kind: 'cutoff.put', row } as const]),
        ...(all === -Infinity ? [] : [{ kind: 'cutoff.put', row: everybody } as const]),
      ])
      for (const [each, gone] of forgotten)
        if (known.forgotten.get(each) === gone) known.forgotten.delete(each)
    })
  }
}

function keyOf(subject: string, sid: string): string {
  return JSON.stringify([subject, sid])
}
