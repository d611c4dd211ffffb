import { randomBytes } from 'node:crypto'
import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import { DomainError, full } from './errors.ts'
import type { Identities } from './identities.ts'
import type { People } from './people.ts'
import type { IdentityRow, PersonRow } from './store/store.ts'

/** One more identity is to lead to a person: both ends of it are to be proven while this is good. */
export interface LinkTicket {
  readonly ticket: string
  /** What the other account's token must carry: no token that was made for anything else links anything. */
  readonly nonce: string
  readonly person: string
  /** The session that asked. */
  readonly session: number
  readonly expiresAt: number
}

/**
 * Identities that are made to lead to one person. Never by an address or a name that two of them share: only by a proof
 * of each, in one session, within minutes.
 */
export class Links {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #people: People
  readonly #identities: Identities
  readonly #belongings: (person: string) => readonly string[]
  /** All are good for as long, so the first one ends first. */
  readonly #open = new Map<string, LinkTicket>()

  constructor(parts: {
    readonly changes: Changes
    readonly bounds: Bounds
    readonly people: People
    readonly identities: Identities
    /** What a person has here, in words; nobody is merged away who has anything. */
    readonly belongings: (person: string) => readonly string[]
  }) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#people = parts.people
    this.#identities = parts.identities
    this.#belongings = parts.belongings
  }

  /** A person has one open ticket: a further one takes its place. @throws DomainError invalid_state (a bound) */
  start(person: string, session: number): LinkTicket {
    this.#prune()
    for (const [key, open] of this.#open) if (open.person === person) this.#open.delete(key)
    const { links, linkTtlMs } = this.#bounds
    if (this.#open.size >= links) throw full('links', links)
    const made: LinkTicket = {
      ticket: randomBytes(16).toString('base64url'),
      nonce: randomBytes(16).toString('base64url'),
      person,
      session,
      expiresAt: this.#changes.clock.now() + linkTtlMs,
    }
    this.#open.set(made.ticket, made)
    return made
  }

  /** Takes a ticket out, whatever comes of it; `undefined` for one that is unknown, used, over or of another session. */
  take(ticket: string, person: string, session: number): LinkTicket | undefined {
    this.#prune()
    const found = this.#open.get(ticket)
    if (found?.person !== person || found.session !== session) return undefined
    this.#open.delete(ticket)
    return found
  }

  /**
   * The identity leads to this person from now on, once that is stored. Whoever it led to before must have nothing else
   * here, and is disabled: rights are never handed over by it.
   * @param stands whether whoever asks is still who he was, when it is his turn: he may have been shut out meanwhile
   * @throws DomainError conflict where its person has something here; invalid_state for a disabled identity or person,
   * and when the person has `identitiesPerPerson`; unavailable
   */
  async link(
    person: string,
    { issuer, subject }: { readonly issuer: string; readonly subject: string },
    stands: () => boolean = () => true,
  ): Promise<{ readonly row: IdentityRow; readonly changed: boolean }> {
    return this.#changes.give('identity.link', async (commit) => {
      if (!stands()) throw new DomainError('invalid_state', 'the account was shut out meanwhile')
      const known = this.#identities.get(issuer, subject)
      if (known?.status === 'disabled')
        throw new DomainError('invalid_state', 'this identity is disabled, and stays known as such')
      const leads = known === undefined || known.status === 'unlinked' ? undefined : known
      if (leads?.person === person) return { row: leads, changed: false }
      const { identitiesPerPerson } = this.#bounds
      if (this.#identities.of(person).length >= identitiesPerPerson)
        throw full('identitiesPerPerson', identitiesPerPerson)
      const former = leads === undefined ? undefined : this.#emptied(leads)
      const createdAt = this.#changes.clock.now()
      const active = { status: 'active', disabledBy: null } as const
      const row: IdentityRow = { issuer, subject, person, ...active, createdAt }
      await commit([
        { kind: 'identity.put', row },
        ...(former === undefined ? [] : [{ kind: 'person.put', row: former } as const]),
      ])
      this.#identities.put(row)
      if (former !== undefined) this.#people.put(former)
      this.#people.moved(person)
      return { row, changed: true }
    })
  }

  /** The person that an identity leads to, as somebody whom nothing leads to any more. */
  #emptied({ person, issuer, subject }: IdentityRow): PersonRow {
    const row = this.#people.get(person)
    if (row?.status !== 'active')
      throw new DomainError('invalid_state', 'the account of this identity is disabled')
    const others = this.#identities
      .of(person)
      .filter((each) => each.issuer !== issuer || each.subject !== subject)
    const has = [...(others.length > 0 ? ['another identity'] : []), ...this.#belongings(person)]
    if (has.length > 0)
      throw new DomainError(
        'conflict',
        `this identity has an account of its own here, with ${has.join(', ')}: that must be given up first`,
      )
    return { ...row, status: 'disabled' }
  }

  #prune(): void {
    const now = this.#changes.clock.now()
    for (const [key, { expiresAt }] of this.#open) {
      if (expiresAt > now) return
      this.#open.delete(key)
    }
  }
}
