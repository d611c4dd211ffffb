import { z } from 'zod'
import type { Principal } from '../router/access.ts'
import type { AuthorityDomain, Use } from './domain.ts'
import type { Endings, Origin } from './endings.ts'
import { partyOf, principalOf, readParty, type Party } from './party.ts'
import type { Resources } from './resources.ts'
import { digestOf } from './secrets.ts'

/** Requesting party tokens begin so. */
export const rptPrefix = 'rpt_'

/** What a token permits on one resource (UMA 2.0 Federated Authorization §5.1.1). */
export interface Permission {
  readonly resource_id: string
  readonly resource_scopes: readonly string[]
}

const factsSchema = z.object({
  permissions: z
    .array(z.object({ resource_id: z.string(), resource_scopes: z.array(z.string()) }))
    .max(1_000),
  party: z.unknown(),
})

/** What is kept with a token: what it was given for, and to whom. */
export interface RptFacts {
  readonly permissions: readonly Permission[]
  readonly party: Party
}

/** A token as it was found. */
export interface FoundRpt {
  readonly value: string
  /** Id of the client that it was given to. */
  readonly client: string
  /** When it ends, in milliseconds since the epoch. */
  readonly expiresAt: number
  readonly facts: RptFacts
}

/** A use that a permission stands for, as of now. */
export interface PermittedUse {
  readonly resource: string
  readonly scope: string
  readonly use: Use
}

/** Reads what was kept with a token; `undefined` where it is no requesting party token. */
export function rptFactsOf(extra: unknown): RptFacts | undefined {
  const parsed = factsSchema.safeParse(extra)
  const party = parsed.success ? readParty(parsed.data.party) : undefined
  return parsed.success && party !== undefined
    ? { permissions: parsed.data.permissions, party }
    : undefined
}

export function rptFacts(permissions: readonly Permission[], party: Principal): RptFacts {
  return { permissions, party: partyOf(party) }
}

/** What requesting party tokens are good for: never more than the live grants of their party allow at this moment. */
export class Rpts {
  readonly #domain: AuthorityDomain
  readonly #resources: Resources
  readonly #endings: Endings
  readonly #find: (value: string) => Promise<FoundRpt | undefined>

  constructor(parts: {
    readonly domain: AuthorityDomain
    readonly resources: Resources
    readonly endings: Endings
    /** The token with that value, unless it is unknown, over or another kind. */
    readonly find: (value: string) => Promise<FoundRpt | undefined>
  }) {
    this.#domain = parts.domain
    this.#resources = parts.resources
    this.#endings = parts.endings
    this.#find = parts.find
  }

  /** What of a token's permissions holds now. */
  async live({ permissions, party }: RptFacts): Promise<PermittedUse[]> {
    const principal = principalOf(party)
    if (!this.#domain.isActive(principal)) return []
    const found: PermittedUse[] = []
    for (const { resource_id: id, resource_scopes: scopes } of permissions) {
      const resource = await this.#resources.find(id)
      if (resource === undefined) continue
      for (const scope of scopes) {
        const use = this.#resources.useOf(resource, scope)
        if (use === undefined) continue
        const standing = await this.#domain.mayUse(principal, use)
        if (standing.kind === 'allow') found.push({ resource: id, scope, use })
      }
    }
    return found
  }

  /**
   * Who joins with that token: its party, who may do in this session what the token permits and nothing else.
   * `undefined`: it is good for nothing in this realm.
   */
  async principal(value: string, realm: string): Promise<Principal | undefined> {
    const readAt = this.#endings.now
    const found = await this.#find(value)
    if (found === undefined) return undefined
    const uses = (await this.live(found.facts)).filter(({ use }) => use.realm === realm)
    if (uses.length === 0) return undefined
    const origin: Origin = {
      token: digestOf(value),
      resources: [...new Set(uses.map(({ resource }) => resource))],
      client: `client:${found.client}`,
      readAt,
    }
    const { party } = found.facts
    const evidence = {
      ...party.evidence,
      permissions: uses.map(({ use: { uri, action } }) => ({ uri, action })),
      origin,
    }
    return { ...principalOf(party), expiresAt: found.expiresAt, evidence }
  }

  /** Whether what the session came by was taken back since its token was read. */
  isOver(principal: Principal): boolean {
    const origin = originOf(principal)
    return origin !== undefined && this.#endings.isOver(origin)
  }

  /** Tells of sessions that came by what is taken back. */
  onEnded(listener: (concerns: (principal: Principal) => boolean) => void): () => void {
    return this.#endings.listen((concerns) =>
      listener((principal) => {
        const origin = originOf(principal)
        return origin !== undefined && concerns(origin)
      }),
    )
  }
}

/** Scopes of one resource together, in their order. */
export function permissionsOf(
  uses: readonly Pick<PermittedUse, 'resource' | 'scope'>[],
): Permission[] {
  const byResource = new Map<string, Set<string>>()
  for (const { resource, scope } of uses) {
    const scopes = byResource.get(resource) ?? new Set()
    byResource.set(resource, scopes.add(scope))
  }
  return Array.from(byResource, ([id, scopes]) => ({
    resource_id: id,
    resource_scopes: [...scopes],
  }))
}

function originOf({ evidence }: Principal): Origin | undefined {
  const found: { readonly origin?: Origin } | undefined = evidence
  return found?.origin
}
