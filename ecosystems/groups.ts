import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import { Epochs, type EpochCounter } from './epochs.ts'
import { DomainError, full, missing } from './errors.ts'
import { checkId, checkText, randomName } from './names.ts'
import { PassingRows } from './passing-rows.ts'
import { Rows } from './rows.ts'
import type { GroupMemberRow, GroupRow, SubjectKind } from './store/store.ts'

/** Who can be in a group. */
export interface Member {
  readonly kind: SubjectKind
  readonly id: string
}

/** Groups that end: in memory they have. */
interface Ending {
  readonly groups: () => GroupRow[]
  readonly stored: () => void
}

const none: readonly string[] = []

/** People and devices that are given something together. Whoever is taken out loses it with the next message. */
export class Groups {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #requireEcosystem: (id: string) => void
  readonly #requireMember: (member: Member) => void
  readonly #lost: (member: Member) => void
  readonly #groups = new Rows<GroupRow>()
  /** How many groups each ecosystem has ever had: what was granted to one must never be another's. */
  readonly #everIn = new Map<string, number>()
  readonly #members: PassingRows<GroupMemberRow>
  readonly #membersOf = new Map<string, Map<string, GroupMemberRow>>()
  readonly #groupsOf = new Map<string, readonly string[]>()
  readonly #epochs = new Epochs()

  /**
   * `requireEcosystem` and `requireMember` throw for what does not exist. `lost` is told of whoever is in fewer groups
   * now.
   */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly requireEcosystem: (id: string) => void
      readonly requireMember: (member: Member) => void
      readonly lost: (member: Member) => void
    },
    rows: {
      readonly groups: readonly GroupRow[]
      readonly groupMembers: readonly GroupMemberRow[]
    },
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#requireEcosystem = parts.requireEcosystem
    this.#requireMember = parts.requireMember
    this.#lost = parts.lost
    for (const row of rows.groups) {
      this.#groups.put(row.id, row)
      this.#everIn.set(row.ecosystem, (this.#everIn.get(row.ecosystem) ?? 0) + 1)
    }
    this.#members = new PassingRows(rows.groupMembers.map((row) => [memberKey(row), row]))
    for (const row of rows.groupMembers) this.#index(row)
  }

  /** `undefined` for one that was deleted, too. */
  get(id: string): GroupRow | undefined {
    const row = this.#groups.get(id)
    return row?.status === 'active' ? row : undefined
  }

  /** The same, or one that ended and of which the store does not know it yet. */
  known(id: string): GroupRow | undefined {
    return this.#groups.isTaken(id) ? this.#groups.get(id) : this.get(id)
  }

  list(ecosystem?: string): GroupRow[] {
    return [...this.#groups.values()].filter(
      (row) => row.status === 'active' && (ecosystem === undefined || row.ecosystem === ecosystem),
    )
  }

  membersOf(id: string): GroupMemberRow[] {
    return [...(this.#membersOf.get(id)?.values() ?? [])]
  }

  /** Ids of the groups that a person or a device is in. */
  of(subject: Member): readonly string[] {
    return this.#groupsOf.get(subjectKey(subject)) ?? none
  }

  /** Moves when the subject is let into a group or taken out of one. */
  epochOf(subject: Member): EpochCounter {
    return this.#epochs.of(subjectKey(subject))
  }

  /** @throws DomainError not_found (ecosystem); conflict (id); invalid_argument; invalid_state (a bound); unavailable */
  async create(group: {
    readonly id?: string
    readonly ecosystem: string
    readonly name?: string
    readonly by: string
  }): Promise<GroupRow> {
    const { ecosystem } = group
    const wanted = group.id === undefined ? undefined : checkId('id', group.id)
    const name = group.name === undefined ? undefined : checkText('name', group.name)
    const createdBy = checkText('by', group.by)
    return this.#changes.give('group.create', async (commit) => {
      this.#requireEcosystem(ecosystem)
      if (wanted !== undefined && this.#groups.get(wanted) !== undefined)
        throw new DomainError('conflict', `id: there is, or was, a group ${wanted} already`)
      const { groupsPerEcosystem } = this.#bounds
      const ever = this.#everIn.get(ecosystem) ?? 0
      if (ever >= groupsPerEcosystem)
        throw full(`groupsPerEcosystem of ${ecosystem}`, groupsPerEcosystem)
      const id = wanted ?? this.#freeId()
      const createdAt = this.#changes.clock.now()
      const row: GroupRow = {
        id,
        ecosystem,
        name: name ?? id,
        status: 'active',
        createdBy,
        createdAt,
      }
      await commit([{ kind: 'group.put', row }])
      this.#groups.put(id, row)
      this.#everIn.set(ecosystem, ever + 1)
      this.#changes.root.move()
      return row
    })
  }

  /**
   * Works once it is stored. Who is in already stays so.
   * @throws DomainError not_found (group, member); invalid_state (a bound); unavailable
   */
  async add(id: string, member: Member, by: string): Promise<GroupMemberRow> {
    const addedBy = checkText('by', by)
    this.#requireMember(member)
    this.#require(id)
    const order = this.#changes.next()
    return this.#changes.give(`adding to group ${id}`, async (commit) => {
      this.#require(id)
      const addedAt = this.#changes.clock.now()
      const row: GroupMemberRow = {
        group: id,
        kind: member.kind,
        member: member.id,
        addedBy,
        addedAt,
      }
      const key = memberKey(row)
      const known = this.#members.get(key)
      if (known !== undefined) return known
      const { membersPerGroup, groupsPerMember } = this.#bounds
      if ((this.#membersOf.get(id)?.size ?? 0) >= membersPerGroup)
        throw full(`membersPerGroup of ${id}`, membersPerGroup)
      if (this.of(member).length >= groupsPerMember)
        throw full(`groupsPerMember of ${member.id}`, groupsPerMember)
      await commit([{ kind: 'groupMember.put', row }])
      this.#members.put(key, order, row)
      this.#index(row)
      this.#move(member)
      return row
    })
  }

  /**
   * Takes somebody out, at once; resolves when that is stored.
   * @throws DomainError not_found (group, or no such member of it); unavailable when it holds in memory only
   */
  async remove(id: string, member: Member): Promise<GroupMemberRow> {
    const key = memberKey({ group: id, kind: member.kind, member: member.id })
    const row = this.#members.get(key) ?? this.#members.stored(key)
    if (row === undefined) throw missing('member', member.id)
    const order = this.#changes.next()
    this.#drop([row], order)
    return this.#changes.take(`taking ${member.id} out of group ${id}`, async (commit) => {
      await commit([{ kind: 'groupMember.delete', row }])
      this.#members.remove(key, order, row)
      this.#reindex([row])
      return row
    })
  }

  /**
   * Ends a group, at once: what it was given nobody has by it any more. Its id is not used again.
   * @throws DomainError not_found; unavailable when it holds in memory only
   */
  async delete(id: string): Promise<GroupRow> {
    // One whose end the store has refused can be ended again.
    if (this.known(id) === undefined) throw missing('group', id)
    const order = this.#changes.next()
    const leaving = this.#end([id], order)
    return this.#changes.take(`deleting group ${id}`, async (commit) => {
      const groups = leaving.groups()
      await commit(groups.map((row) => ({ kind: 'group.put', row })))
      leaving.stored()
      const [row] = groups
      if (row === undefined) throw missing('group', id)
      return row
    })
  }

  /** Ends all of an ecosystem in memory. `groups` are what is to be stored; `stored` is to be called when it is. */
  leave(ecosystem: string, order: number): Ending {
    const ids = [...this.#groups.values()]
      .filter(
        (row) =>
          row.ecosystem === ecosystem && (row.status === 'active' || this.#groups.isTaken(row.id)),
      )
      .map(({ id }) => id)
    return this.#end(ids, order)
  }

  #end(ids: readonly string[], order: number): Ending {
    const known = ids.flatMap((id) => this.#groups.get(id) ?? [])
    for (const row of known) this.#groups.take(row.id, order, (stored) => gone(stored ?? row))
    const members = known.flatMap((row) => this.membersOf(row.id))
    this.#reindex(members)
    const groups = (): GroupRow[] => known.map((row) => gone(this.#groups.stored(row.id) ?? row))
    return {
      groups,
      stored: () => {
        for (const row of groups()) {
          this.#groups.put(row.id, row)
          this.#groups.settle(row.id, order)
        }
        this.#changes.root.move()
      },
    }
  }

  #drop(rows: readonly GroupMemberRow[], order: number): void {
    for (const row of rows) this.#members.drop(memberKey(row), order, row)
    this.#reindex(rows)
  }

  /** Brings the index in line with what holds. */
  #reindex(rows: readonly GroupMemberRow[]): void {
    for (const row of rows) {
      const member: Member = { kind: row.kind, id: row.member }
      const holds =
        this.get(row.group) !== undefined && this.#members.get(memberKey(row)) !== undefined
      if (holds) {
        this.#index(row)
        this.#move(member)
        continue
      }
      const others = this.of(member).filter((group) => group !== row.group)
      if (others.length === this.of(member).length) continue
      const key = subjectKey(member)
      if (others.length === 0) this.#groupsOf.delete(key)
      else this.#groupsOf.set(key, others)
      const members = this.#membersOf.get(row.group)
      members?.delete(memberKey(row))
      if (members?.size === 0) this.#membersOf.delete(row.group)
      this.#move(member)
      this.#lost(member)
    }
  }

  #index(row: GroupMemberRow): void {
    if (this.get(row.group) === undefined) return
    const member: Member = { kind: row.kind, id: row.member }
    const groups = this.of(member)
    if (!groups.includes(row.group)) this.#groupsOf.set(subjectKey(member), [...groups, row.group])
    const members = this.#membersOf.get(row.group)
    if (members === undefined) this.#membersOf.set(row.group, new Map([[memberKey(row), row]]))
    else members.set(memberKey(row), row)
  }

  #require(id: string): GroupRow {
    const row = this.get(id)
    if (row === undefined) throw missing('group', id)
    return row
  }

  #freeId(): string {
    let id: string
    do id = `gr_${randomName(8)}`
    while (this.#groups.get(id) !== undefined)
    return id
  }

  #move(member: Member): void {
    this.#epochs.move(subjectKey(member))
    this.#changes.root.move()
  }
}

/** None of the parts can hold a space. */
function memberKey(row: Pick<GroupMemberRow, 'group' | 'kind' | 'member'>): string {
  return `${row.group} ${row.kind} ${row.member}`
}

function subjectKey({ kind, id }: Member): string {
  return `${kind} ${id}`
}

function gone(row: GroupRow): GroupRow {
  return { ...row, status: 'deleted' }
}
