import type { DeviceActs } from './device-acts.ts'
import type { Emergencies } from './emergencies.ts'
import { DomainError, missing } from './errors.ts'
import type { Grants } from './grants.ts'
import type { Identities } from './identities.ts'
import type { Invites } from './invites.ts'
import type { LocalIdentities } from './local-identities.ts'
import type { People } from './people.ts'
import type { PersonalAuthenticators } from './personal-authenticators.ts'
import type { Provisioning } from './provisioning.ts'
import type {
  AuthenticatorRow,
  EmergencyPlanRow,
  GrantRow,
  IdentityRow,
  InviteRow,
  LocalIdentityRow,
} from './store/store.ts'

/** What an account has given or made, as far as it is set aside or was ended. */
export interface Suspect {
  readonly grants: readonly GrantRow[]
  readonly invites: readonly InviteRow[]
}

/** What an account has given or made since a moment, and is in force. */
interface Made extends Suspect {
  readonly authenticators: readonly AuthenticatorRow[]
  readonly identities: readonly IdentityRow[]
  readonly locals: readonly LocalIdentityRow[]
  readonly plans: readonly EmergencyPlanRow[]
}

/** What a panic has cut. What is suspended can be lifted, what has ended is to be made anew. */
export interface Cut extends Suspect {
  readonly authenticators: readonly AuthenticatorRow[]
  /** Disabled: by whoever had the account, somebody else could come as this person. */
  readonly identities: readonly IdentityRow[]
  /** Revoked: by which devices acted for the person. */
  readonly delegations: readonly string[]
  /** Revoked: for emergencies. */
  readonly plans: readonly string[]
  readonly locals: readonly LocalIdentityRow[]
}

export interface PanicOrder {
  readonly person: string
  /** What the account has done from then on, in milliseconds since the epoch, was somebody else's doing. */
  readonly since: number
  /** The session that asks: it is to hear the answer before it ends. */
  readonly asker?: number
}

/** What is undone when an account was in wrong hands, in one stroke. */
export class Panics {
  readonly #parts: PanicParts

  constructor(parts: PanicParts) {
    this.#parts = parts
  }

  /**
   * All of it is denied at once; resolves when it is stored.
   * @throws DomainError not_found; unavailable when some of it holds in memory only
   */
  async panic(order: PanicOrder): Promise<Cut> {
    const { person, since, asker } = order
    const { people, acts } = this.#parts
    if (people.get(person) === undefined) throw missing('person', person)
    const made = this.#madeBy(order)
    // Delegations first take effect together with everything else, and tell which they were when that is stored.
    const revoked = acts.revokeAllOf({ person }, since)
    revoked.catch(() => undefined)
    await allOf([
      () => people.takeBackProofs(person, asker === undefined ? {} : { asker }),
      ...this.#takings(order, made),
    ])
    // What the account had asked for before, and stood in line at that moment, has come to be meanwhile.
    const late = without(this.#madeBy(order), made)
    const revokedLate = acts.revokeAllOf({ person }, since)
    revokedLate.catch(() => undefined)
    await allOf(this.#takings(order, late))
    const delegations = [...(await revoked), ...(await revokedLate)]
    return this.#cut([made, late], delegations)
  }

  /** As far as some ecosystems go: what the account has given there is set aside, and nothing else happens to it. */
  async panicIn(
    { person, since }: PanicOrder,
    isHere: (ecosystem: string | null) => boolean,
  ): Promise<Suspect> {
    const given = this.#givenBy(person, (row) => row.createdAt >= since && isHere(row.ecosystem))
    await allOf(this.#suspensions(given))
    return this.#current(given)
  }

  /** What an account has given that is set aside now. */
  review(person: string): Suspect {
    const { grants, invites } = this.#parts
    const by = actor(person)
    return {
      grants: grants.givenBy(by).filter(isSuspended),
      invites: invites.list({ by, includeEnded: true }).filter(isSuspended),
    }
  }

  /** Whatever is set aside under this id. */
  find(id: string): GrantRow | InviteRow | AuthenticatorRow | undefined {
    const { grants, invites, authenticators } = this.#parts
    const found = grants.get(id) ?? invites.get(id)
    if (found !== undefined) return found.suspendedAt === null ? undefined : found
    const authenticator = authenticators.get(id)
    return authenticator?.status === 'suspended' ? authenticator : undefined
  }

  /** It counts again, once that is stored. @throws DomainError not_found, unavailable */
  async lift(id: string): Promise<void> {
    const { grants, invites, authenticators } = this.#parts
    if (this.find(id) === undefined) throw missing('suspended thing', id)
    if (grants.get(id) !== undefined) await grants.lift(id)
    else if (invites.get(id) !== undefined) await invites.lift(id)
    else await authenticators.lift(id)
  }

  #madeBy({ person, since }: PanicOrder): Made {
    const { identities, authenticators, locals, emergencies } = this.#parts
    const isLate = ({ createdAt }: { readonly createdAt: number }): boolean => createdAt >= since
    return {
      ...this.#givenBy(person, isLate),
      authenticators: authenticators.activeOf(person).filter(isLate),
      locals: locals
        .list()
        .filter((row) => row.status === 'active' && isLate(row) && isOf(row, person)),
      // The first one is whom the account is of: what came to it later may be anybody.
      identities: identities
        .of(person)
        .slice(1)
        .filter((row) => row.status === 'active' && isLate(row)),
      plans: emergencies.plans.list().filter((row) => row.owner === person && isLate(row)),
    }
  }

  #takings({ person, since }: PanicOrder, made: Made): (() => Promise<unknown>)[] {
    const { identities, authenticators, locals, emergencies, provisioning } = this.#parts
    return [
      () => provisioning.endOf(actor(person), since),
      ...made.identities.map(({ issuer, subject }) => () => {
        return identities.disable({ issuer, subject, reason: 'panic' })
      }),
      ...made.authenticators.map(
        ({ id }) =>
          () =>
            authenticators.suspend(id),
      ),
      ...made.locals.map(
        ({ id }) =>
          () =>
            locals.revoke(id),
      ),
      ...made.plans.map(
        ({ id }) =>
          () =>
            emergencies.revokePlan(id, actor(person)),
      ),
      ...this.#suspensions(made),
    ]
  }

  /** As it is now. */
  #cut(made: readonly Made[], delegations: readonly string[]): Cut {
    const { identities, authenticators, locals } = this.#parts
    return {
      ...this.#current({
        grants: made.flatMap(({ grants }) => grants),
        invites: made.flatMap(({ invites }) => invites),
      }),
      authenticators: made.flatMap((each) =>
        each.authenticators.flatMap(({ id }) => authenticators.get(id) ?? []),
      ),
      identities: made.flatMap((each) =>
        each.identities.flatMap(({ issuer, subject }) => identities.get(issuer, subject) ?? []),
      ),
      delegations,
      plans: made.flatMap(({ plans }) => plans.map(({ id }) => id)),
      locals: made.flatMap((each) => each.locals.flatMap(({ id }) => locals.get(id) ?? [])),
    }
  }

  #givenBy(person: string, isMeant: (row: GrantRow | InviteRow) => boolean): Suspect {
    const { grants, invites } = this.#parts
    const by = actor(person)
    return {
      grants: grants.givenBy(by).filter((row) => row.revokedAt === null && isMeant(row)),
      invites: invites.list({ by }).filter(isMeant),
    }
  }

  #suspensions({ grants, invites }: Suspect): (() => Promise<unknown>)[] {
    return [
      ...grants.map(
        ({ id }) =>
          () =>
            this.#parts.grants.suspend(id),
      ),
      ...invites.map(
        ({ id }) =>
          () =>
            this.#parts.invites.suspend(id),
      ),
    ]
  }

  #current({ grants, invites }: Suspect): Suspect {
    return {
      grants: grants.flatMap(({ id }) => this.#parts.grants.get(id) ?? []),
      invites: invites.flatMap(({ id }) => this.#parts.invites.get(id) ?? []),
    }
  }
}

/** What an account can have given or made. */
export interface PanicParts {
  readonly people: People
  readonly identities: Identities
  readonly grants: Grants
  readonly invites: Invites
  readonly authenticators: PersonalAuthenticators
  readonly acts: DeviceActs
  readonly locals: LocalIdentities
  readonly emergencies: Emergencies
  readonly provisioning: Provisioning
}

/**
 * Begins all takings, so that all of them work; what found no place in the line is asked for again, one after the
 * other.
 * @throws DomainError the first that could not be stored
 */
async function allOf(takings: readonly (() => Promise<unknown>)[]): Promise<void> {
  const outcomes = await Promise.allSettled(takings.map((take) => take()))
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') continue
    const { reason } = outcome as { reason: unknown }
    if (!(reason instanceof DomainError) || reason.code !== 'unavailable') throw reason
    await takings[index]?.()
  }
}

type Named = Pick<GrantRow, 'id'>

/** What has come since then: rows are replaced as they change, so that only their names tell. */
function without(made: Made, before: Made): Made {
  return {
    grants: made.grants.filter(isNoneOf(before.grants)),
    invites: made.invites.filter(isNoneOf(before.invites)),
    authenticators: made.authenticators.filter(isNoneOf(before.authenticators)),
    locals: made.locals.filter(isNoneOf(before.locals)),
    plans: made.plans.filter(isNoneOf(before.plans)),
    // Those of before are disabled by now.
    identities: made.identities,
  }
}

function isNoneOf(before: readonly Named[]): (row: Named) => boolean {
  const ids = new Set(before.map(({ id }) => id))
  return ({ id }) => !ids.has(id)
}

function isSuspended({ suspendedAt, revokedAt }: GrantRow | InviteRow): boolean {
  return suspendedAt !== null && revokedAt === null
}

function actor(person: string): string {
  return `person:${person}`
}

function isOf({ person, createdBy }: LocalIdentityRow, whose: string): boolean {
  return person === whose || createdBy === actor(whose)
}
