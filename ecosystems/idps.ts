import { isAbsolute } from 'node:path'
import { checkAssuranceMap, weakestMap } from './assurance-map.ts'
import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { DomainError, full, invalid, missing } from './errors.ts'
import type { Falls } from './falls.ts'
import { insecureAddress } from './issuer-keys.ts'
import { checkText } from './names.ts'
import { Rows } from './rows.ts'
import type { AssuranceMap, IdpRow } from './store/store.ts'

/** The OpenID providers that are trusted, each for tokens with its client id as audience. */
export class Idps {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #falls: Falls
  readonly #moved: () => void
  readonly #rows = new Rows<IdpRow>()
  readonly #keysByIssuer = new Map<string, readonly string[]>()
  /** Asked for with each decision. */
  readonly #trustedByIssuer = new Map<string, readonly IdpRow[]>()

  /** `moved` is told when the trust in a provider changes. */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly falls: Falls
      readonly moved: () => void
    },
    rows: readonly IdpRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#falls = parts.falls
    this.#moved = parts.moved
    for (const row of rows) this.#put(row)
  }

  /** All, disabled ones too. */
  list(): IdpRow[] {
    return [...this.#rows.values()]
  }

  /** Those of an issuer, disabled ones too; compared as text (OpenID Connect Core, 3.1.3.7). */
  of(issuer: string): readonly IdpRow[] {
    const keys = this.#keysByIssuer.get(issuer) ?? []
    return keys.flatMap((key) => this.#rows.get(key) ?? [])
  }

  /** The trusted ones with this issuer. */
  byIssuer(issuer: string): readonly IdpRow[] {
    return this.#trustedByIssuer.get(issuer) ?? []
  }

  /** Whether nobody may come by it any more: it was trusted once, for whatever audience. */
  isDisabled(issuer: string): boolean {
    return this.#trustedByIssuer.get(issuer)?.length === 0
  }

  /** Whether it counts where nothing is said of it. */
  presetOf(issuer: string): { readonly status: 'active' | 'disabled' } {
    const everywhere = this.of(issuer).every((row) => row.everywhere)
    return { status: everywhere ? 'active' : 'disabled' }
  }

  /** What its words are worth where nothing else is said; where its client ids differ, the least. */
  acrMapOf(issuer: string): AssuranceMap {
    return weakestMap(this.byIssuer(issuer).map(({ acrMap }) => acrMap))
  }

  /**
   * @param idp `everywhere`: counts in each ecosystem that says nothing of it, which is the default
   * @throws DomainError conflict when issuer and clientId are there already; invalid_argument; unavailable
   */
  async add(idp: {
    readonly issuer: string
    readonly clientId: string
    readonly jwksUri?: string
    readonly introspection?: Partial<NonNullable<IdpRow['introspection']>>
    readonly eventsAudience?: string
    readonly everywhere?: boolean
    readonly acrMap?: AssuranceMap
  }): Promise<IdpRow> {
    const issuer = checkAddress('issuer', idp.issuer)
    const clientId = checkText('clientId', idp.clientId)
    const jwksUri = idp.jwksUri === undefined ? null : checkAddress('jwksUri', idp.jwksUri)
    const introspection = checkIntrospection({ clientId, ...idp.introspection })
    const { eventsAudience = null, everywhere = true } = idp
    const acrMap = checkAssuranceMap('acrMap', idp.acrMap ?? {})
    if (eventsAudience !== null) checkText('eventsAudience', eventsAudience)
    return this.#changes.give('idp.add', async (commit) => {
      const others = this.of(issuer)
      if (others.some((row) => row.clientId === clientId))
        throw new DomainError('conflict', `issuer and clientId: ${issuer} is there already`)
      // What a session came by is known by its issuer alone.
      if (others.some((row) => row.everywhere !== everywhere))
        throw new DomainError(
          'conflict',
          `everywhere: ${issuer} counts ${everywhere ? 'only in some ecosystems' : 'everywhere'} for another client id`,
        )
      if (this.#rows.size >= this.#bounds.idps) throw full('idps', this.#bounds.idps)
      const row: IdpRow = {
        issuer,
        clientId,
        jwksUri,
        status: 'active',
        everywhere,
        acrMap,
        introspection,
        eventsAudience,
        createdAt: this.#changes.clock.now(),
      }
      await commit([{ kind: 'idp.put', row }])
      this.#put(row)
      this.#moved()
      return row
    })
  }

  /**
   * Nobody comes by it any more, and the sessions of those who did end. Works at once; resolves when it is stored.
   * @param clientId only for this audience; all sessions end all the same, as they do not tell theirs
   * @throws DomainError not_found; unavailable, and it stays disabled in memory
   */
  async disable(issuer: string, clientId?: string): Promise<readonly IdpRow[]> {
    const rows = this.#named(issuer, clientId)
    const order = this.#changes.next()
    for (const row of rows)
      this.#rows.take(idpKey(row), order, (stored) => ({ ...(stored ?? row), status: 'disabled' }))
    this.#index(issuer)
    this.#moved()
    this.#falls.tell({ kind: 'idp', id: issuer, reason: 'disabled', issuer })
    return this.#changes.take(`disabling the provider ${issuer}`, (commit) =>
      this.#store(commit, rows, order, 'disabled'),
    )
  }

  /** Works once it is stored. @throws DomainError not_found, unavailable */
  async enable(issuer: string, clientId?: string): Promise<readonly IdpRow[]> {
    const rows = this.#named(issuer, clientId)
    const order = this.#changes.next()
    return this.#changes.give(`enabling the provider ${issuer}`, (commit) =>
      this.#store(commit, rows, order, 'active'),
    )
  }

  async #store(
    commit: Commit,
    rows: readonly IdpRow[],
    order: number,
    status: IdpRow['status'],
  ): Promise<readonly IdpRow[]> {
    const next = rows.map((row) => ({ ...(this.#rows.stored(idpKey(row)) ?? row), status }))
    await commit(next.map((row) => ({ kind: 'idp.put', row })))
    for (const row of next) {
      this.#rows.put(idpKey(row), row)
      this.#rows.settle(idpKey(row), order)
      this.#index(row.issuer)
    }
    this.#moved()
    return this.of(rows[0]?.issuer ?? '')
  }

  #named(issuer: string, clientId: string | undefined): readonly IdpRow[] {
    const rows = this.of(issuer).filter(
      (row) => clientId === undefined || row.clientId === clientId,
    )
    if (rows.length === 0) throw missing('provider', issuer)
    return rows
  }

  #put(row: IdpRow): void {
    const key = idpKey(row)
    this.#rows.put(key, row)
    const keys = this.#keysByIssuer.get(row.issuer) ?? []
    if (!keys.includes(key)) this.#keysByIssuer.set(row.issuer, [...keys, key])
    this.#index(row.issuer)
  }

  #index(issuer: string): void {
    const trusted = this.of(issuer).filter(({ status }) => status === 'active')
    this.#trustedByIssuer.set(issuer, trusted)
  }
}

function idpKey({ issuer, clientId }: Pick<IdpRow, 'issuer' | 'clientId'>): string {
  return JSON.stringify([issuer, clientId])
}

/** Who is asked needs to know who asks: both or neither. */
function checkIntrospection({
  endpoint,
  clientId,
  secretFile,
}: Partial<NonNullable<IdpRow['introspection']>>): IdpRow['introspection'] {
  if (endpoint === undefined && secretFile === undefined) return null
  if (endpoint === undefined)
    throw invalid('introspection.endpoint', endpoint, 'an address, where a secretFile is given')
  if (secretFile === undefined || !isAbsolute(secretFile))
    throw invalid('introspection.secretFile', secretFile, 'the absolute path of a file')
  return {
    endpoint: checkAddress('introspection.endpoint', endpoint),
    clientId: checkText('introspection.clientId', clientId),
    secretFile: checkText('introspection.secretFile', secretFile),
  }
}

/** Whoever can change what an address answers can make people, so it must be as safe as when its keys are fetched. */
function checkAddress(key: string, value: unknown): string {
  const text = checkText(key, value)
  if (insecureAddress(text) !== undefined || new URL(text).hash !== '')
    throw invalid(key, value, 'an https address, or http on loopback, without user and fragment')
  return text
}
