import type { AccessToken } from 'oidc-provider'
import type { Clock } from '../clock.ts'
import type { AuthorityDomain } from './domain.ts'
import { principalOf, readParty } from './party.ts'
import type { Resources } from './resources.ts'
import { permissionsOf, rptFactsOf, type Rpts } from './rpts.ts'

/** Who asks: a client, and the person in whose name it asks where it shows a token of his. */
export interface Viewer {
  readonly client: string
  readonly person?: string
}

/**
 * What a token is worth now (RFC 7662, UMA 2.0 Federated Authorization §5.1.1). A token of a requesting party is
 * decided anew each time; whoever asks sees the permissions on resources of his own, and where there are none, nothing.
 */
export class Introspection {
  readonly #issuer: string
  readonly #clock: Clock
  readonly #domain: AuthorityDomain
  readonly #rpts: Rpts
  readonly #resources: Resources

  constructor(parts: {
    readonly issuer: string
    readonly clock: Clock
    readonly domain: AuthorityDomain
    readonly rpts: Rpts
    readonly resources: Resources
  }) {
    this.#issuer = parts.issuer
    this.#clock = parts.clock
    this.#domain = parts.domain
    this.#rpts = parts.rpts
    this.#resources = parts.resources
  }

  /** `undefined`: it is not active, or not this one's to ask about. */
  async describe(
    token: AccessToken,
    viewer: Viewer,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { accountId, clientId, scope, extra } = token
    const party = readParty(extra?.['party'])
    if (party === undefined || !this.#domain.isActive(principalOf(party))) return undefined
    const facts = rptFactsOf(extra)
    const common = {
      active: true,
      iss: this.#issuer,
      client_id: clientId,
      token_type: 'Bearer',
      ...this.#times(token),
    }
    if (facts === undefined)
      return clientId === viewer.client ? { ...common, sub: accountId, scope } : undefined
    const live = await this.#rpts.live(facts)
    const seen = []
    for (const use of live) {
      const resource = await this.#resources.find(use.resource)
      const isOwners =
        resource?.client === viewer.client &&
        (viewer.person === undefined || resource.owner === viewer.person)
      if (isOwners || clientId === viewer.client) seen.push(use)
    }
    if (seen.length === 0) return undefined
    const { exp } = common
    return {
      ...common,
      sub: accountId,
      permissions: permissionsOf(seen).map((permission) => ({ ...permission, exp })),
    }
  }

  /** In seconds of our clock; the provider has those of the machine. */
  #times({ iat, exp }: { readonly iat?: number | undefined; readonly exp?: number | undefined }): {
    readonly iat?: number
    readonly exp?: number
  } {
    const ahead = Math.round((this.#clock.now() - Date.now()) / 1000)
    return {
      ...(iat !== undefined && { iat: iat + ahead }),
      ...(exp !== undefined && { exp: exp + ahead }),
    }
  }
}
