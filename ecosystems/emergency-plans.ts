import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import { full, invalid, missing } from './errors.ts'
import { checkLevel, checkPolicyUri, randomName } from './names.ts'
import { Rows } from './rows.ts'
import type { EmergencyPlanRow } from './store/store.ts'

/** What an owner provides for. */
export type NewPlan = Omit<EmergencyPlanRow, 'id' | 'match' | 'createdAt' | 'revokedAt'>

type PlanBounds = Pick<
  Bounds,
  | 'emergencyPlans'
  | 'plansPerOwner'
  | 'delegatesPerPlan'
  | 'emergencyWaitMs'
  | 'emergencyTtlMs'
  | 'endedEmergencies'
>

/** Who may ask for what when its owner cannot be reached. A plan alone gives nothing. */
export class EmergencyPlans {
  readonly #changes: Changes
  readonly #bounds: PlanBounds
  readonly #require: (plan: NewPlan) => void
  readonly #rows = new Rows<EmergencyPlanRow>()
  /** Ids of those that are revoked, in that order. */
  readonly #revoked = new Set<string>()

  /** `require` throws for people and ecosystems that do not exist. */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: PlanBounds
      readonly require: (plan: NewPlan) => void
    },
    rows: readonly EmergencyPlanRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#require = parts.require
    for (const row of rows.toSorted((a, b) => (a.revokedAt ?? 0) - (b.revokedAt ?? 0)))
      this.#put(row)
  }

  get(id: string): EmergencyPlanRow | undefined {
    return this.#rows.get(id)
  }

  /** Those that are not revoked; with `includeRevoked` the last of the others, too. */
  list(includeRevoked = false): EmergencyPlanRow[] {
    return [...this.#rows.values()].filter((row) => includeRevoked || row.revokedAt === null)
  }

  /** Works once it is stored. @throws DomainError not_found; invalid_argument; invalid_state (a bound); unavailable */
  async create(plan: NewPlan): Promise<EmergencyPlanRow> {
    const terms = this.#checked(plan)
    this.#require(terms)
    return this.#changes.give('emergency.create', async (commit) => {
      this.#require(terms)
      this.#checkRoom(terms.owner)
      const createdAt = this.#changes.clock.now()
      const row: EmergencyPlanRow = { ...terms, id: this.#freeId(), createdAt, revokedAt: null }
      await commit([{ kind: 'emergencyPlan.put', row }])
      this.#put(row)
      return row
    })
  }

  /**
   * Nobody can ask by it from now on. Resolves when it is stored.
   * @throws DomainError not_found; unavailable, when it holds in memory only
   */
  async revoke(id: string): Promise<EmergencyPlanRow> {
    const known = this.#rows.get(id)
    if (known === undefined) throw missing('plan', id)
    const at = this.#changes.clock.now()
    const order = this.#changes.next()
    const revoked = (row: EmergencyPlanRow): EmergencyPlanRow => ({
      ...row,
      revokedAt: row.revokedAt ?? at,
    })
    this.#rows.take(id, order, (stored) => revoked(stored ?? known))
    return this.#changes.take(`revoking plan ${id}`, async (commit) => {
      const row = revoked(this.#rows.stored(id) ?? known)
      await commit([{ kind: 'emergencyPlan.put', row }])
      this.#rows.settle(id, order)
      this.#put(row)
      return row
    })
  }

  /** The store has this row now. Of revoked ones memory keeps the last, the store keeps all. */
  #put(row: EmergencyPlanRow): void {
    this.#rows.put(row.id, row)
    if (row.revokedAt === null) return
    this.#revoked.add(row.id)
    for (const id of this.#revoked) {
      if (this.#revoked.size <= this.#bounds.endedEmergencies) return
      this.#revoked.delete(id)
      this.#rows.delete(id)
    }
  }

  #checked(plan: NewPlan): Omit<EmergencyPlanRow, 'id' | 'createdAt' | 'revokedAt'> {
    const { delegatesPerPlan, emergencyWaitMs, emergencyTtlMs } = this.#bounds
    const { owner, ecosystem, uri, level, quorum, waitMs, ttlMs } = plan
    const delegates = [...new Set(plan.delegates)]
    const notify = [...new Set(plan.notify)]
    if (delegates.length < 1 || delegates.length > delegatesPerPlan || delegates.includes(owner))
      throw invalid('delegates', delegates, `1 to ${delegatesPerPlan} others (delegatesPerPlan)`)
    if (notify.length > delegatesPerPlan)
      throw invalid('notify', notify.length, `at most ${delegatesPerPlan} (delegatesPerPlan)`)
    if (!Number.isInteger(quorum) || quorum < 1 || quorum > delegates.length)
      throw invalid('quorum', quorum, `1 to ${delegates.length}, as many as there are delegates`)
    if (!(waitMs >= shortestWaitMs && waitMs <= emergencyWaitMs))
      throw invalid('wait', waitMs, `${shortestWaitMs} to ${emergencyWaitMs} ms (emergencyWaitMs)`)
    if (!(ttlMs >= 1 && ttlMs <= emergencyTtlMs))
      throw invalid('ttl', ttlMs, `1 to ${emergencyTtlMs} ms (emergencyTtlMs)`)
    const match = uri?.endsWith('.') === true ? 'prefix' : 'exact'
    if (uri !== null) checkPolicyUri('uri', uri, match)
    checkLevel('level', level)
    return { owner, delegates, ecosystem, uri, match, level, waitMs, ttlMs, quorum, notify }
  }

  #checkRoom(owner: string): void {
    const { emergencyPlans, plansPerOwner } = this.#bounds
    const plans = this.list()
    if (plans.length >= emergencyPlans) throw full('emergencyPlans', emergencyPlans)
    if (plans.filter((row) => row.owner === owner).length >= plansPerOwner)
      throw full(`plansPerOwner of ${owner}`, plansPerOwner)
  }

  #freeId(): string {
    let id: string
    do id = `ep_${randomName(12)}`
    while (this.#rows.get(id) !== undefined)
    return id
  }
}

/** Less is no time to say no in. */
const shortestWaitMs = 60_000
