import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { DomainError, full, invalid, missing } from './errors.ts'
import type { GrantDraft, Grants } from './grants.ts'
import { identityKey } from './identities.ts'
import { InviteIndex } from './invite-index.ts'
import { boundOf, inviteeKey, sha256, type Invitee } from './invitee.ts'
import { checkText, randomName } from './names.ts'
import type { GrantRow, GrantTerms, InviteRow } from './store/store.ts'

/** 32 characters of five bits: 160 bits, which nobody guesses. */
const codeCharacters = 32

export interface InviteOrder {
  readonly ecosystem: string
  readonly to: Invitee
  readonly terms: GrantTerms
  /** How often it can be redeemed. Default 1. */
  readonly uses?: number
  readonly expiresAt: number
  /** The grant of whoever invites; `null`: the operator. */
  readonly parent: string | null
  /** Whether a code is wanted. Without one it waits for the invited one's next sign-in, and works once. */
  readonly code: boolean
  /** Who invites, as `kind:id`. */
  readonly by: string
}

/** What a sign-in has proven. */
export interface SignIn {
  readonly issuer: string
  readonly subject: string
  /** Only one that the provider says it has verified. */
  readonly email?: string
}

/** Invitations, each for one person, identity or verified address; counted, and forwarded in vain. */
export class Invites {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #grants: Grants
  readonly #requireEcosystem: (id: string) => void
  readonly #capOf: (ecosystem: string, issuer: string) => number
  readonly #identitiesOf: (person: string) => readonly { issuer: string; subject: string }[]
  readonly #index: InviteIndex

  /**
   * `requireEcosystem` throws for what does not exist. `capOf`: how far an ecosystem believes a provider; `Infinity`:
   * not at all.
   * `identitiesOf`: those by which a person can sign in.
   */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly grants: Grants
      readonly requireEcosystem: (id: string) => void
      readonly capOf: (ecosystem: string, issuer: string) => number
      readonly identitiesOf: (person: string) => readonly { issuer: string; subject: string }[]
    },
    rows: readonly InviteRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#grants = parts.grants
    this.#requireEcosystem = parts.requireEcosystem
    this.#capOf = parts.capOf
    this.#identitiesOf = parts.identitiesOf
    this.#index = new InviteIndex(parts.bounds.endedInvites, rows)
  }

  get(id: string): InviteRow | undefined {
    return this.#index.get(id)
  }

  /** Those that can still be redeemed; with `includeEnded` the last ones that cannot, too. */
  list(
    query: {
      readonly ecosystem?: string
      /** Who invited, as `kind:id`. */
      readonly by?: string
      readonly includeEnded?: boolean
    } = {},
  ): InviteRow[] {
    const { ecosystem, by, includeEnded = false } = query
    const now = this.#changes.clock.now()
    return [...this.#index.rows.values()].filter(
      (row) =>
        (includeEnded || isOpen(row, now)) &&
        (ecosystem === undefined || row.ecosystem === ecosystem) &&
        (by === undefined || row.createdBy === by),
    )
  }

  /**
   * Works once it is stored. The code is returned here and nowhere else, ever.
   * @throws DomainError not_found (ecosystem); invalid_argument; invalid_state (a bound); unavailable
   */
  async create(order: InviteOrder): Promise<{ readonly row: InviteRow; readonly code?: string }> {
    const { ecosystem, parent, uses = 1 } = order
    this.#requireEcosystem(ecosystem)
    const { inviteUses, inviteTtlMs, invitesPerEcosystem } = this.#bounds
    const createdAt = this.#changes.clock.now()
    const { expiresAt } = order
    if (!Number.isInteger(uses) || uses < 1 || uses > inviteUses)
      throw invalid('uses', uses, `1 to ${inviteUses} (inviteUses)`)
    if (!order.code && uses !== 1) throw invalid('uses', uses, '1 where there is no code')
    if (!(expiresAt > createdAt && expiresAt <= createdAt + inviteTtlMs))
      throw invalid('expiresAt', expiresAt, `within ${inviteTtlMs} ms from now (inviteTtlMs)`)
    const terms = this.#checkTerms(order)
    const code = order.code ? `iv_${randomName(codeCharacters)}` : undefined
    const bound = boundOf(order.to)
    const createdBy = checkText('by', order.by)
    return this.#changes.give('invite.create', async (commit) => {
      this.#requireEcosystem(ecosystem)
      if (this.#index.openIn(ecosystem, this.#changes.clock.now()) >= invitesPerEcosystem)
        throw full(`invitesPerEcosystem of ${ecosystem}`, invitesPerEcosystem)
      const row: InviteRow = {
        id: this.#index.freeId(),
        hash: code === undefined ? null : sha256(code),
        ecosystem,
        boundKind: order.to.kind,
        bound,
        terms,
        uses,
        used: 0,
        expiresAt,
        parent,
        createdBy,
        createdAt,
        revokedAt: null,
        suspendedAt: null,
      }
      await commit([{ kind: 'invite.put', row }])
      this.#index.put(row)
      this.#changes.root.move()
      return { row, ...(code !== undefined && { code }) }
    })
  }

  /** The invite that this person could redeem by this code now; `undefined` for anything else, whatever the reason. */
  redeemable(code: string, person: string): InviteRow | undefined {
    const row = this.#index.byHash(sha256(code))
    return row !== undefined && this.#isFor(row, person) && this.#isGood(row) ? row : undefined
  }

  /**
   * Makes the grant, and counts: both are one commit. Of many at the same time no more get it than it has uses.
   * @returns `undefined` when the invite is not, or no longer, for this person to redeem
   * @throws DomainError unavailable, when nothing was counted
   */
  async redeem(code: string, person: string): Promise<GrantRow | undefined> {
    const row = this.redeemable(code, person)
    return row === undefined ? undefined : this.#take(row.id, person)
  }

  /**
   * What waits for somebody who has signed in becomes his. Costs one look-up or two where nothing waits.
   * @throws DomainError unavailable: it waits on then
   */
  async claim(person: string, signIn: SignIn): Promise<readonly GrantRow[]> {
    const keys = [
      inviteeKey('person', person),
      inviteeKey('identity', identityKey(signIn.issuer, signIn.subject)),
    ]
    if (signIn.email !== undefined) {
      const bound = boundOf({ kind: 'email', address: signIn.email })
      keys.push(inviteeKey('email', bound))
    }
    const made: GrantRow[] = []
    for (const key of keys)
      for (const row of this.#index.waitingAt(key)) {
        if (row.boundKind === 'email') {
          if (!Number.isFinite(this.#capOf(row.ecosystem, signIn.issuer))) continue
          this.#index.prove(row.id, person, signIn.issuer)
        }
        if (row.hash !== null || !this.#isGood(row)) continue
        const grant = await this.#take(row.id, person)
        if (grant !== undefined) made.push(grant)
      }
    return made
  }

  /**
   * Cannot be redeemed from now on; what it has given stays given. Resolves when it is stored.
   * @throws DomainError not_found; unavailable when it holds in memory only
   */
  revoke(id: string): Promise<InviteRow> {
    const at = this.#changes.clock.now()
    return this.#narrow('revoking', id, (row) => ({ ...row, revokedAt: row.revokedAt ?? at }))
  }

  /** Cannot be redeemed until it is lifted. @throws DomainError not_found; unavailable when it holds in memory only */
  suspend(id: string): Promise<InviteRow> {
    const at = this.#changes.clock.now()
    return this.#narrow('suspending', id, (row) => ({ ...row, suspendedAt: row.suspendedAt ?? at }))
  }

  /** Ends a suspension, once that is stored. @throws DomainError not_found; unavailable */
  async lift(id: string): Promise<InviteRow> {
    this.#require(id)
    const order = this.#changes.next()
    return this.#changes.give(`lifting invite ${id}`, (commit) =>
      this.#store(commit, id, order, (row) => ({ ...row, suspendedAt: null })),
    )
  }

  /** Takes in its turn, when all that came before has been counted. */
  #take(id: string, person: string): Promise<GrantRow | undefined> {
    return this.#changes.give(
      'invite.redeem',
      async (commit) => {
        const row = this.#index.get(id)
        if (row === undefined || !this.#isGood(row)) return undefined
        const grant = this.#draft(row, person)
        if (grant === undefined) return undefined
        try {
          await commit([{ kind: 'invite.count', id }, ...grant.changes])
        } catch (error) {
          if (error instanceof DomainError && error.code === 'conflict') return undefined
          throw error
        }
        this.#index.put({ ...this.#index.stored(row), used: row.used + 1 })
        grant.stored()
        return grant.row
      },
      'outside',
    )
  }

  async #narrow(
    doing: string,
    id: string,
    narrow: (row: InviteRow) => InviteRow,
  ): Promise<InviteRow> {
    const known = this.#require(id)
    const order = this.#changes.next()
    this.#index.rows.take(id, order, (stored) => narrow(stored ?? known))
    return this.#changes.take(`${doing} invite ${id}`, (commit) =>
      this.#store(commit, id, order, narrow),
    )
  }

  async #store(
    commit: Commit,
    id: string,
    order: number,
    next: (row: InviteRow) => InviteRow,
  ): Promise<InviteRow> {
    const row = next(this.#index.stored(this.#require(id)))
    await commit([{ kind: 'invite.put', row }])
    this.#index.put(row)
    this.#index.rows.settle(id, order)
    this.#changes.root.move()
    return this.#index.rows.get(id) ?? row
  }

  #isFor(row: InviteRow, person: string): boolean {
    switch (row.boundKind) {
      case 'person':
        return row.bound === person
      case 'identity':
        return this.#identitiesOf(person).some(
          ({ issuer, subject }) => identityKey(issuer, subject) === row.bound,
        )
      case 'email':
        return Number.isFinite(this.#provenTo(row, person))
    }
  }

  /**
   * The best level for which it is proven that the invite is for the person. Of an address that is as far as those are
   * trusted now who say that it is his: who comes by another provider then has no more by it.
   */
  #provenTo(row: InviteRow, person: string): number {
    if (row.boundKind !== 'email') return 1
    const issuers = [...this.#index.provenBy(row.id, person)]
    return Math.min(...issuers.map((issuer) => this.#capOf(row.ecosystem, issuer)))
  }

  /** Whether it can be redeemed by anybody, and what is given by it would count. */
  #isGood(row: InviteRow): boolean {
    if (!isOpen(row, this.#changes.clock.now())) return false
    try {
      this.#requireEcosystem(row.ecosystem)
    } catch {
      return false
    }
    return this.#stands(row.parent)
  }

  /** Whether the grant by which somebody invited is there still, and all that it was given by. */
  #stands(parent: string | null): boolean {
    const now = this.#changes.clock.now()
    for (let id = parent; id !== null;) {
      const row = this.#grants.get(id)
      if (row === undefined || row.revokedAt !== null || row.suspendedAt !== null) return false
      if (row.expiresAt !== null && row.expiresAt <= now) return false
      id = row.parent
    }
    return true
  }

  /** `undefined`: what it was to give cannot be given any more. */
  #draft(row: InviteRow, person: string): GrantDraft | undefined {
    try {
      return this.#grants.draft({
        ...grantOf(row.terms, this.#changes.clock.now()),
        level: Math.max(row.terms.level, this.#provenTo(row, person)),
        subject: { kind: 'person', id: person },
        ecosystem: row.ecosystem,
        parent: row.parent,
        source: 'invite',
        sourceId: row.id,
        by: row.createdBy,
      })
    } catch (error) {
      const isVoid =
        error instanceof DomainError &&
        (error.code === 'not_found' || error.code === 'invalid_argument')
      if (isVoid) return undefined
      throw error
    }
  }

  /** As grants have them, found out now rather than by whoever comes to redeem. */
  #checkTerms({ terms, ecosystem, parent, by, to }: InviteOrder): GrantTerms {
    const { ttlMs, notBefore, expiresAt } = terms
    const { level, device, uri, match, actions, schedule, uses, delegable, purpose } =
      this.#grants.termsOf({
        ...grantOf(terms, this.#changes.clock.now()),
        subject: { kind: 'person', id: to.kind === 'person' ? to.id : to.kind },
        ecosystem,
        parent,
        by,
      })
    const own = { level, device, uri, match, actions, schedule, uses, delegable, purpose }
    return { ...own, ttlMs, notBefore, expiresAt }
  }

  #require(id: string): InviteRow {
    const row = this.#index.get(id)
    if (row === undefined) throw missing('invite', id)
    return row
  }
}

/** The terms of a grant that begins now: its time runs from then on, or from when it begins to hold. */
function grantOf({ ttlMs, ...terms }: GrantTerms, now: number): Omit<GrantTerms, 'ttlMs'> {
  const ends = [terms.expiresAt ?? Infinity]
  if (ttlMs !== null) ends.push(Math.max(now, terms.notBefore ?? 0) + ttlMs)
  const expiresAt = Math.min(...ends)
  return { ...terms, expiresAt: Number.isFinite(expiresAt) ? expiresAt : null }
}

/** Whether it could be redeemed at this moment. */
export function isOpen(row: InviteRow, now: number): boolean {
  return (
    row.revokedAt === null && row.suspendedAt === null && row.used < row.uses && row.expiresAt > now
  )
}
