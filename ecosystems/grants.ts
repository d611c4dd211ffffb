import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import { Epochs, type EpochCounter } from './epochs.ts'
import { full, invalid, missing } from './errors.ts'
import { checkLevel, checkText, randomName } from './names.ts'
import { Rows } from './rows.ts'
import type { GranteeKind, GrantRow, SubjectKind } from './store/store.ts'

/** Who may be granted something. */
export interface Subject {
  readonly kind: SubjectKind
  readonly id: string
}

/** Who has which level where. Without a grant nobody has any. */
export class Grants {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #requireSubject: (subject: Subject) => void
  readonly #requireEcosystem: (id: string) => void
  readonly #grants = new Rows<GrantRow>()
  /** Ids of the grants in force, by subject and ecosystem. */
  readonly #inForce = new Map<string, Set<string>>()
  /** Ids of revoked ones, oldest first. */
  readonly #revoked = new Set<string>()
  readonly #epochs = new Epochs()

  /** `requireSubject` and `requireEcosystem` throw for what does not exist. */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly requireSubject: (subject: Subject) => void
      readonly requireEcosystem: (id: string) => void
    },
    rows: readonly GrantRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#requireSubject = parts.requireSubject
    this.#requireEcosystem = parts.requireEcosystem
    for (const row of rows.toSorted((a, b) => (a.revokedAt ?? 0) - (b.revokedAt ?? 0))) {
      this.#grants.put(row.id, row)
      this.#index(row)
    }
    this.#forgetOldest()
  }

  get(id: string): GrantRow | undefined {
    return this.#grants.get(id)
  }

  /** Those in force; with `includeRevoked` the last revoked ones too. */
  list(
    query: {
      readonly ecosystem?: string
      readonly subject?: Subject
      readonly includeRevoked?: boolean
    } = {},
  ): GrantRow[] {
    const { ecosystem, subject, includeRevoked = false } = query
    return [...this.#grants.values()].filter(
      (row) =>
        (includeRevoked || row.revokedAt === null) &&
        (ecosystem === undefined || row.ecosystem === ecosystem) &&
        (subject === undefined || (row.subjectKind === subject.kind && row.subject === subject.id)),
    )
  }

  /** The subject's level in an ecosystem: 1 is the highest; `Infinity` without a grant. */
  levelOf(subject: Subject, ecosystem: string): number {
    return this.grantOf(subject, ecosystem)?.level ?? Infinity
  }

  /** The grant in force that gives the subject most in an ecosystem. */
  grantOf(subject: Subject, ecosystem: string): GrantRow | undefined {
    let best: GrantRow | undefined
    for (const id of this.#inForce.get(holdingKey(subject.kind, subject.id, ecosystem)) ?? []) {
      const grant = this.#grants.get(id)
      if (grant !== undefined && (best === undefined || grant.level < best.level)) best = grant
    }
    return best
  }

  /** Moves when the subject gets or loses a grant, and for one without when anybody gets his first. */
  epochOf(subject: Subject): EpochCounter {
    return this.#epochs.of(subjectKey(subject.kind, subject.id))
  }

  /**
   * Works once it is stored.
   * @param grant `by`: who gives it, as `kind:id`
   * @throws DomainError not_found for an unknown subject or ecosystem; invalid_argument; unavailable
   */
  async create(grant: {
    readonly subject: Subject
    readonly ecosystem: string
    readonly level: number
    readonly by: string
  }): Promise<GrantRow> {
    const { ecosystem } = grant
    const subject = checkSubject(grant.subject)
    const level = checkLevel('level', grant.level)
    const createdBy = checkText('by', grant.by)
    this.#requireSubject(subject)
    this.#requireEcosystem(ecosystem)
    return this.#changes.give('grant.create', async (commit) => {
      this.#checkRoom(subject, ecosystem)
      const row: GrantRow = {
        id: this.#freeId(),
        subjectKind: subject.kind,
        subject: subject.id,
        ecosystem,
        device: null,
        uri: null,
        match: 'exact',
        actions: null,
        effect: 'level',
        level,
        notBefore: null,
        expiresAt: null,
        schedule: null,
        uses: null,
        delegable: 0,
        parent: null,
        purpose: null,
        source: 'grant',
        sourceId: null,
        createdBy,
        createdAt: this.#changes.clock.now(),
        revokedAt: null,
        suspendedAt: null,
      }
      await commit([{ kind: 'grant.put', row }])
      this.#grants.put(row.id, row)
      this.#index(row)
      this.#move(row)
      return row
    })
  }

  /**
   * The store has it now: made by another change, in that change's own commit (an invite that is redeemed, an
   * ecosystem that gets its owner).
   */
  adopt(row: GrantRow): void {
    this.#grants.put(row.id, row)
    this.#index(row)
    this.#move(row)
  }

  /**
   * Denied at once; resolves when it is stored. A grant that was revoked before stays as it was.
   * @throws DomainError not_found; unavailable when it holds in memory only
   */
  async revoke(id: string): Promise<GrantRow> {
    const known = this.#grants.get(id)
    if (known === undefined) throw missing('grant', id)
    const order = this.#changes.next()
    const revokedAt = known.revokedAt ?? this.#changes.clock.now()
    if (this.#grants.stored(id)?.revokedAt === null) {
      const row = this.#grants.take(id, order, (stored) => ({ ...(stored ?? known), revokedAt }))
      this.#index(row)
      this.#move(row)
    }
    return this.#changes.take(`revoking grant ${id}`, async (commit) => {
      const stored = this.#grants.stored(id) ?? known
      const row: GrantRow = { ...stored, revokedAt: stored.revokedAt ?? revokedAt }
      if (stored.revokedAt === null) await commit([{ kind: 'grant.put', row }])
      this.#grants.put(id, row)
      this.#grants.settle(id, order)
      this.#forgetOldest()
      return row
    })
  }

  #checkRoom(subject: Subject, ecosystem: string): void {
    const { grants, grantsPerSubject } = this.#bounds
    if (this.#grants.size - this.#revoked.size >= grants) throw full('grants', grants)
    const own = this.#inForce.get(holdingKey(subject.kind, subject.id, ecosystem))?.size ?? 0
    if (own >= grantsPerSubject)
      throw full(`grantsPerSubject of ${subject.id} in ${ecosystem}`, grantsPerSubject)
  }

  #index(row: GrantRow): void {
    const key = holdingKey(row.subjectKind, row.subject, row.ecosystem)
    const held = this.#inForce.get(key)
    if (row.revokedAt === null) {
      if (held === undefined) this.#inForce.set(key, new Set([row.id]))
      else held.add(row.id)
      return
    }
    this.#revoked.add(row.id)
    held?.delete(row.id)
    if (held?.size === 0) this.#inForce.delete(key)
  }

  /** Revoked grants are history: memory keeps the last ones, the store keeps all. */
  #forgetOldest(): void {
    for (const id of this.#revoked) {
      if (this.#revoked.size <= this.#bounds.revokedGrants) return
      if (this.#grants.isTaken(id)) continue
      this.#revoked.delete(id)
      this.#grants.delete(id)
    }
  }

  #freeId(): string {
    let id: string
    do id = `g_${randomName(12)}`
    while (this.#grants.get(id) !== undefined)
    return id
  }

  #move(row: GrantRow): void {
    this.#epochs.move(subjectKey(row.subjectKind, row.subject))
    this.#changes.root.move()
  }
}

function checkSubject(subject: Subject): Subject {
  if (subject.kind !== 'person' && subject.kind !== 'device')
    throw invalid('subject.kind', subject.kind, 'person, device')
  return subject
}

function subjectKey(kind: GranteeKind, id: string): string {
  return `${kind} ${id}`
}

function holdingKey(kind: GranteeKind, id: string, ecosystem: string | null): string {
  return `${kind} ${id} ${ecosystem}`
}
