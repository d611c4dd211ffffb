import type { DomainLog } from './alarms.ts'
import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import type { EmergencyPlans } from './emergency-plans.ts'
import { DomainError, full, missing } from './errors.ts'
import type { GrantDraft } from './grant-changes.ts'
import type { Grants } from './grants.ts'
import { Listeners } from './listeners.ts'
import { randomName } from './names.ts'
import { Rows } from './rows.ts'
import type { EmergencyPlanRow, EmergencyRequestRow } from './store/store.ts'

/** What became of a request, as it is told. */
export interface EmergencyNews {
  readonly plan: EmergencyPlanRow
  readonly request: EmergencyRequestRow
  /** Who did it, as `kind:id`; `null`: the owner's silence. */
  readonly by: string | null
}

type EmergencyBounds = Pick<
  Bounds,
  'emergencyRequests' | 'emergencyGatherMs' | 'emergencyPauseMs' | 'endedEmergencies'
>

/** A store that failed when the wait was over is tried again after so long. */
const retryMs = 30_000

/**
 * Requests of those whom an owner trusts for when he cannot be reached. The owner hears of each and can say no, before
 * and after; if he is silent for as long as his plan says, it is granted.
 */
export class Emergencies {
  readonly plans: EmergencyPlans
  readonly #changes: Changes
  readonly #bounds: EmergencyBounds
  readonly #grants: Pick<Grants, 'draft' | 'mayGive' | 'get' | 'revoke'>
  readonly #isActive: (person: string) => boolean
  readonly #rows = new Rows<EmergencyRequestRow>()
  readonly #listeners: Listeners<EmergencyNews>
  #cancelTimer: (() => void) | undefined
  #closed = false

  constructor(
    parts: {
      readonly plans: EmergencyPlans
      readonly changes: Changes
      readonly bounds: EmergencyBounds
      readonly grants: Pick<Grants, 'draft' | 'mayGive' | 'get' | 'revoke'>
      /** Whether a person is in good standing. */
      readonly isActive: (person: string) => boolean
      readonly log: DomainLog
    },
    rows: readonly EmergencyRequestRow[],
  ) {
    this.plans = parts.plans
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#grants = parts.grants
    this.#isActive = parts.isActive
    this.#listeners = new Listeners('emergencies', parts.log)
    for (const row of rows.toSorted((a, b) => a.createdAt - b.createdAt))
      this.#rows.put(row.id, row)
    this.#forgetOldest()
    this.#arm()
  }

  get(id: string): EmergencyRequestRow | undefined {
    return this.#rows.get(id)
  }

  /** Those that are open, or in force; with `includeEnded` the last of the others, too. */
  list(includeEnded = false): EmergencyRequestRow[] {
    const now = this.#changes.clock.now()
    return [...this.#rows.values()].filter(
      (row) => includeEnded || isOpen(row) || this.endsAt(row) > now,
    )
  }

  /** When what was granted ends; 0: nothing was. */
  endsAt(row: EmergencyRequestRow): number {
    const ttlMs = this.plans.get(row.plan)?.ttlMs
    if (row.state !== 'granted' || row.decidedAt === null || ttlMs === undefined) return 0
    return row.decidedAt + ttlMs
  }

  /** Told of each change, when it is stored. Returns how to stop listening. */
  onChanged(listener: (news: EmergencyNews) => void): () => void {
    return this.#listeners.listen(listener)
  }

  /**
   * Asks by a plan. Who has asked already, was granted it, or was told no just now, gets what became of that; else it
   * is one more voice, and with the one that makes the quorum the wait begins.
   * @throws DomainError not_found (a plan that is not this person's to ask by); invalid_state (a bound); unavailable
   */
  request(plan: string, person: string): Promise<EmergencyRequestRow> {
    return this.#changes.give(
      'unlock.request',
      async (commit) => {
        const row = this.#planFor(plan, person)
        const now = this.#changes.clock.now()
        const answered = this.#answered(row, person, now)
        if (answered !== undefined) return answered
        const open = this.#openOf(plan)
        if (
          open?.requesters.some((each) => each.person === person && !this.#isStale(open, each.at))
        )
          return open
        const next = this.#joined(row, open ?? this.#fresh(row, now), person, now)
        await commit([{ kind: 'emergencyRequest.put', row: next }])
        this.#rows.put(next.id, next)
        this.#tell(next, `person:${person}`)
        this.#arm()
        return next
      },
      'outside',
    )
  }

  /** Grants it at once, by the owner's word. @throws DomainError not_found; invalid_state; unavailable */
  approve(id: string, by: string): Promise<EmergencyRequestRow> {
    return this.#changes.give('unlock.approve', (commit) => {
      const row = this.#require(id)
      if (!isOpen(row)) throw new DomainError('invalid_state', `request ${id} was ${row.state}`)
      return this.#grant(commit, row, by)
    })
  }

  /**
   * Says no: to what waits, and to what was granted, which is taken back at once. Resolves when it is stored.
   * @throws DomainError not_found; invalid_state; unavailable, when it holds in memory only
   */
  veto(id: string, by: string): Promise<EmergencyRequestRow> {
    const row = this.#require(id)
    if (row.state === 'withdrawn')
      throw new DomainError('invalid_state', `request ${id} was withdrawn`)
    return this.#end(row, 'vetoed', by)
  }

  /**
   * Ends a plan, and all that was asked for or granted by it, at once.
   * @throws DomainError not_found; unavailable, when it holds in memory only
   */
  async revokePlan(id: string, by: string): Promise<EmergencyPlanRow> {
    const revoked = this.plans.revoke(id)
    const ended = this.list()
      .filter((row) => row.plan === id)
      .map((row) => this.#end(row, 'withdrawn', by))
    const [plan] = await Promise.all([revoked, ...ended])
    return plan
  }

  close(): void {
    this.#closed = true
    this.#cancelTimer?.()
  }

  /** What was decided on the person's last request and holds still: granted, or denied a short while ago. */
  #answered(plan: EmergencyPlanRow, person: string, now: number): EmergencyRequestRow | undefined {
    return [...this.#rows.values()].findLast(
      (row) =>
        row.plan === plan.id &&
        ((row.state === 'granted' &&
          now < this.endsAt(row) &&
          row.requesters.some((each) => each.person === person)) ||
          (row.state === 'vetoed' && now < this.pausedUntil(row))),
    )
  }

  /** After a no, so long nobody is heard by the same plan. */
  pausedUntil({ decidedAt }: EmergencyRequestRow): number {
    return (decidedAt ?? 0) + this.#bounds.emergencyPauseMs
  }

  #joined(
    plan: EmergencyPlanRow,
    row: EmergencyRequestRow,
    person: string,
    at: number,
  ): EmergencyRequestRow {
    const voices = row.requesters.filter(
      (each) => each.person !== person && !this.#isStale(row, each.at),
    )
    const requesters = [...voices, { person, at }]
    const begins = row.state === 'gathering' && requesters.length >= plan.quorum
    return {
      ...row,
      requesters,
      ...(begins && { state: 'waiting', dueAt: at + plan.waitMs }),
    }
  }

  /** Whoever asked long ago, and found nobody to ask with him, is no voice any more. */
  #isStale(row: EmergencyRequestRow, at: number): boolean {
    return (
      row.state === 'gathering' && at + this.#bounds.emergencyGatherMs <= this.#changes.clock.now()
    )
  }

  #fresh(plan: EmergencyPlanRow, createdAt: number): EmergencyRequestRow {
    const { emergencyRequests } = this.#bounds
    if (this.list().length >= emergencyRequests) throw full('emergencyRequests', emergencyRequests)
    let id: string
    do id = `er_${randomName(12)}`
    while (this.#rows.get(id) !== undefined)
    return {
      id,
      plan: plan.id,
      requesters: [],
      state: 'gathering',
      dueAt: null,
      decidedBy: null,
      decidedAt: null,
      grants: [],
      createdAt,
    }
  }

  /**
   * All who have asked get it; where the owner has no right to it himself any more, nobody does. Whoever was shut out
   * meanwhile has no voice: those who are left must be as many as it takes, unless the owner himself agrees.
   */
  async #grant(
    commit: Commit,
    row: EmergencyRequestRow,
    by: string | null,
  ): Promise<EmergencyRequestRow> {
    const plan = this.plans.get(row.plan)
    const decidedAt = this.#changes.clock.now()
    const voices = row.requesters.filter(({ person }) => this.#isActive(person))
    const isEnough = by !== null || voices.length >= (plan?.quorum ?? Infinity)
    const drafts =
      plan?.revokedAt === null && isEnough ? this.#draftsOf(plan, voices, row.id, decidedAt) : []
    const next: EmergencyRequestRow = {
      ...row,
      state: drafts.length > 0 ? 'granted' : 'withdrawn',
      decidedBy: by,
      decidedAt,
      grants: drafts.map((draft) => draft.row.id),
    }
    await commit([
      ...drafts.flatMap(({ changes }) => changes),
      { kind: 'emergencyRequest.put', row: next },
    ])
    this.#rows.put(row.id, next)
    for (const { stored } of drafts) stored()
    // Somebody has said no while it was being stored: his word is next in line, and holds already.
    const now = this.#require(row.id)
    if (now.state === next.state) this.#tell(next, by)
    else for (const id of next.grants) void this.#grants.revoke(id).catch(() => undefined)
    return now
  }

  #draftsOf(
    plan: EmergencyPlanRow,
    voices: EmergencyRequestRow['requesters'],
    id: string,
    now: number,
  ): GrantDraft[] {
    const { ecosystem, level, uri, match, owner } = plan
    const terms = { ecosystem, level, uri, match, expiresAt: now + plan.ttlMs }
    const giver = { subject: { kind: 'person', id: owner }, cap: 1 } as const
    const permit = this.#grants.mayGive(giver, terms)
    if (permit === undefined || 'refusal' in permit) return []
    return voices.map(({ person }) =>
      this.#grants.draft({
        ...terms,
        subject: { kind: 'person', id: person },
        parent: permit.parent.id,
        source: 'emergency',
        sourceId: id,
        by: `person:${owner}`,
      }),
    )
  }

  async #end(
    known: EmergencyRequestRow,
    state: 'vetoed' | 'withdrawn',
    by: string,
  ): Promise<EmergencyRequestRow> {
    const { id } = known
    const decidedAt = this.#changes.clock.now()
    const order = this.#changes.next()
    const ended = (row: EmergencyRequestRow): EmergencyRequestRow => ({
      ...row,
      state,
      decidedBy: by,
      decidedAt,
    })
    this.#rows.take(id, order, (stored) => ended(stored ?? known))
    const revoked = known.grants.map((grant) => this.#grants.revoke(grant))
    const stored = this.#changes.take(`saying no to request ${id}`, async (commit) => {
      const row = ended(this.#rows.stored(id) ?? known)
      await commit([{ kind: 'emergencyRequest.put', row }])
      this.#rows.put(id, row)
      this.#rows.settle(id, order)
      this.#tell(row, by)
      this.#arm()
      this.#forgetOldest()
      return row
    })
    const [row] = await Promise.all([stored, ...revoked])
    // What was being granted at that moment.
    await Promise.all(
      row.grants
        .filter((each) => !known.grants.includes(each))
        .map((each) => this.#grants.revoke(each)),
    )
    return row
  }

  /** One timer, for what is due next. */
  #arm(delayMs = 0): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#closed) return
    let next = Infinity
    for (const { state, dueAt } of this.#rows.values())
      if (state === 'waiting' && dueAt !== null && dueAt < next) next = dueAt
    if (next === Infinity) return
    const wait = Math.max(next - this.#changes.clock.now(), delayMs)
    this.#cancelTimer = this.#changes.clock.after(wait, () => void this.#due())
  }

  async #due(): Promise<void> {
    const now = this.#changes.clock.now()
    let failed = false
    for (const { id, state, dueAt } of this.#rows.values()) {
      if (state !== 'waiting' || dueAt === null || dueAt > now) continue
      try {
        await this.#changes.give(`granting request ${id}`, async (commit) => {
          const row = this.#require(id)
          // He has spoken while it stood in line.
          if (row.state === 'waiting') await this.#grant(commit, row, null)
        })
      } catch {
        // The alarm was raised; it stays due.
        failed = true
      }
    }
    this.#forgetOldest()
    this.#arm(failed ? retryMs : 0)
  }

  #openOf(plan: string): EmergencyRequestRow | undefined {
    return [...this.#rows.values()].find((row) => row.plan === plan && isOpen(row))
  }

  #planFor(id: string, person: string): EmergencyPlanRow {
    const plan = this.plans.get(id)
    if (plan?.revokedAt !== null || !plan.delegates.includes(person)) throw missing('plan', id)
    return plan
  }

  #require(id: string): EmergencyRequestRow {
    const row = this.#rows.get(id)
    if (row === undefined) throw missing('request', id)
    return row
  }

  #tell(request: EmergencyRequestRow, by: string | null): void {
    const plan = this.plans.get(request.plan)
    if (plan !== undefined) this.#listeners.tell({ plan, request, by })
  }

  /** What is over is history: memory keeps the last ones, the store keeps all. */
  #forgetOldest(): void {
    const current = new Set(this.list().map(({ id }) => id))
    let excess = this.#rows.size - current.size - this.#bounds.endedEmergencies
    for (const { id } of this.#rows.values()) {
      if (excess <= 0) return
      if (current.has(id) || this.#rows.isTaken(id)) continue
      this.#rows.delete(id)
      excess -= 1
    }
  }
}

/** Whether the owner can still say no before anything is granted. */
export function isOpen({ state }: EmergencyRequestRow): boolean {
  return state === 'gathering' || state === 'waiting'
}
