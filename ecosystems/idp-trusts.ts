import { checkAssuranceMap, isNoWeaker, weakestMap } from './assurance-map.ts'
import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { full } from './errors.ts'
import { checkLevel } from './names.ts'
import { Rows } from './rows.ts'
import type { AssuranceMap, IdpTrustRow } from './store/store.ts'

/** What is to be said of a provider in an ecosystem; what is absent stays as it is. */
export interface TrustChange {
  readonly ecosystem: string
  readonly issuer: string
  readonly maxLevel?: number
  /** `null`: the provider's own map. */
  readonly acrMap?: AssuranceMap | null
  readonly enabled?: boolean
}

/** How far each ecosystem trusts each provider, where it says anything of it. */
export class IdpTrusts {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #moved: () => void
  readonly #narrowed: (ecosystem: string) => void
  readonly #presetOf: (issuer: string) => Pick<IdpTrustRow, 'status'>
  readonly #ownMapOf: (issuer: string) => AssuranceMap
  readonly #require: (trust: TrustChange) => void
  readonly #rows = new Rows<IdpTrustRow>()

  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      /** Told when trust changes anywhere. */
      readonly moved: () => void
      /** Told of an ecosystem in which less is open now. */
      readonly narrowed: (ecosystem: string) => void
      /** Whether a provider counts where nothing is said of it. */
      readonly presetOf: (issuer: string) => Pick<IdpTrustRow, 'status'>
      readonly ownMapOf: (issuer: string) => AssuranceMap
      /** Throws for an ecosystem or a provider that does not exist. */
      readonly require: (trust: TrustChange) => void
    },
    rows: readonly IdpTrustRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#moved = parts.moved
    this.#narrowed = parts.narrowed
    this.#presetOf = parts.presetOf
    this.#ownMapOf = parts.ownMapOf
    this.#require = parts.require
    for (const row of rows) this.#rows.put(trustKey(row.ecosystem, row.issuer), row)
  }

  get(ecosystem: string, issuer: string): IdpTrustRow | undefined {
    return this.#rows.get(trustKey(ecosystem, issuer))
  }

  /** Those of one ecosystem, or all. */
  list(ecosystem?: string): IdpTrustRow[] {
    return [...this.#rows.values()].filter(
      (row) => ecosystem === undefined || row.ecosystem === ecosystem,
    )
  }

  /**
   * What trusts less works at once, what trusts more when it is stored; of what is both, the less at once.
   * @throws DomainError not_found for an unknown ecosystem or provider; invalid_argument; unavailable
   */
  async set(change: TrustChange): Promise<IdpTrustRow> {
    this.#require(change)
    if (change.maxLevel !== undefined) checkLevel('maxLevel', change.maxLevel)
    if (change.acrMap !== undefined && change.acrMap !== null)
      checkAssuranceMap('acrMap', change.acrMap)
    const { ecosystem, issuer } = change
    const key = trustKey(ecosystem, issuer)
    this.#checkRoom(key)
    const order = this.#changes.next()
    const next = this.#merged(change, this.#rows.get(key))
    const takes = this.#takes(next)
    if (takes) this.#narrow(key, order, next)
    const store = async (commit: Commit): Promise<IdpTrustRow> => {
      const row = this.#merged(change, this.#rows.stored(key))
      this.#checkRoom(key)
      // What was more than is in force may have become less while it waited.
      if (this.#takes(row)) this.#narrow(key, order, row)
      await commit([{ kind: 'idpTrust.put', row }])
      this.#rows.put(key, row)
      this.#rows.settle(key, order)
      this.#moved()
      return row
    }
    const name = `trusting ${issuer} in ${ecosystem}`
    return takes ? this.#changes.take(name, store) : this.#changes.give(name, store)
  }

  #checkRoom(key: string): void {
    const { idpTrusts } = this.#bounds
    if (this.#rows.get(key) === undefined && this.#rows.size >= idpTrusts)
      throw full('idpTrusts', idpTrusts)
  }

  #merged(
    { ecosystem, issuer, maxLevel, acrMap, enabled }: TrustChange,
    before: IdpTrustRow | undefined,
  ): IdpTrustRow {
    const status = enabled === undefined ? (before?.status ?? 'active') : statusOf(enabled)
    return {
      ecosystem,
      issuer,
      status,
      maxLevel: maxLevel ?? before?.maxLevel ?? 1,
      acrMap: acrMap === undefined ? (before?.acrMap ?? null) : acrMap,
    }
  }

  /** What holds where nothing is said. */
  #preset({ ecosystem, issuer }: IdpTrustRow): IdpTrustRow {
    return { ecosystem, issuer, ...this.#presetOf(issuer), maxLevel: 1, acrMap: null }
  }

  #mapOf({ issuer, acrMap }: IdpTrustRow): AssuranceMap {
    return acrMap ?? this.#ownMapOf(issuer)
  }

  /** Whether somebody can do less by it than by what is in force. */
  #takes(next: IdpTrustRow): boolean {
    const now = this.get(next.ecosystem, next.issuer) ?? this.#preset(next)
    if (now.status === 'disabled') return false
    return (
      next.status === 'disabled' ||
      next.maxLevel > now.maxLevel ||
      !isNoWeaker(this.#mapOf(next), this.#mapOf(now))
    )
  }

  #narrow(key: string, order: number, next: IdpTrustRow): void {
    this.#rows.take(key, order, (stored) => {
      const before = stored ?? this.#preset(next)
      return {
        ...next,
        status: before.status === 'active' ? next.status : 'disabled',
        maxLevel: Math.max(before.maxLevel, next.maxLevel),
        acrMap: weakestMap([this.#mapOf(before), this.#mapOf(next)]),
      }
    })
    this.#moved()
    this.#narrowed(next.ecosystem)
  }
}

function statusOf(enabled: boolean): IdpTrustRow['status'] {
  return enabled ? 'active' : 'disabled'
}

/** Ids of ecosystems have no spaces. */
function trustKey(ecosystem: string, issuer: string): string {
  return `${ecosystem} ${issuer}`
}
