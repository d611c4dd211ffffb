import { isAbsolute } from 'node:path'
import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import { DomainError, full, invalid } from './errors.ts'
import { insecureAddress } from './issuer-keys.ts'
import { checkText } from './names.ts'
import type { IdpRow } from './store/store.ts'

/** The OpenID providers that are trusted, each for tokens with its client id as audience. */
export class Idps {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #byIssuer = new Map<string, readonly IdpRow[]>()
  #count = 0

  constructor(
    parts: { readonly changes: Changes; readonly bounds: Bounds },
    rows: readonly IdpRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    for (const row of rows) this.#put(row)
  }

  list(): IdpRow[] {
    return [...this.#byIssuer.values()].flat()
  }

  /** The trusted ones with this issuer, compared as text (OpenID Connect Core, 3.1.3.7). */
  byIssuer(issuer: string): readonly IdpRow[] {
    return this.#byIssuer.get(issuer) ?? []
  }

  /** @throws DomainError conflict when issuer and clientId are there already; invalid_argument; unavailable */
  async add(idp: {
    readonly issuer: string
    readonly clientId: string
    readonly jwksUri?: string
    readonly introspection?: Partial<NonNullable<IdpRow['introspection']>>
    readonly eventsAudience?: string
  }): Promise<IdpRow> {
    const issuer = checkAddress('issuer', idp.issuer)
    const clientId = checkText('clientId', idp.clientId)
    const jwksUri = idp.jwksUri === undefined ? null : checkAddress('jwksUri', idp.jwksUri)
    const introspection = checkIntrospection({ clientId, ...idp.introspection })
    const { eventsAudience = null } = idp
    if (eventsAudience !== null) checkText('eventsAudience', eventsAudience)
    return this.#changes.give('idp.add', async (commit) => {
      if (this.byIssuer(issuer).some((row) => row.clientId === clientId))
        throw new DomainError('conflict', `issuer and clientId: ${issuer} is trusted already`)
      if (this.#count >= this.#bounds.idps) throw full('idps', this.#bounds.idps)
      const row: IdpRow = {
        issuer,
        clientId,
        jwksUri,
        status: 'active',
        everywhere: true,
        acrMap: {},
        introspection,
        eventsAudience,
        createdAt: this.#changes.clock.now(),
      }
      await commit([{ kind: 'idp.put', row }])
      this.#put(row)
      this.#changes.root.move()
      return row
    })
  }

  #put(row: IdpRow): void {
    this.#byIssuer.set(row.issuer, [...this.byIssuer(row.issuer), row])
    this.#count += 1
  }
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
