import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { Epochs, type EpochCounter } from './epochs.ts'
import { full, invalid, missing } from './errors.ts'
import { checkLevel, checkPolicyUri, checkText, randomName } from './names.ts'
import { PassingRows } from './passing-rows.ts'
import { covers, meets, type Pattern } from './pattern.ts'
import type { CapabilityAction, LevelPolicyRow } from './store/store.ts'

const none: readonly LevelPolicyRow[] = []
const allActions: readonly CapabilityAction[] = ['call', 'subscribe', 'publish']

/** What is to be said of a level. */
export type LevelPolicy = Pick<
  LevelPolicyRow,
  'ecosystem' | 'level' | 'uri' | 'match' | 'effect'
> & {
  /** Default: all. */
  readonly actions?: readonly CapabilityAction[]
}

/**
 * What levels mean in an ecosystem beyond what its capabilities ask for. A yes is for its level and all better ones,
 * a no for its level and all worse ones, so that a better level never has less. A no works at once.
 */
export class LevelPolicies {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #requireEcosystem: (id: string) => void
  readonly #narrowed: (ecosystem: string) => void
  readonly #rows: PassingRows<LevelPolicyRow>
  readonly #byEcosystem = new Map<string, readonly LevelPolicyRow[]>()
  readonly #epochs = new Epochs()

  /** `requireEcosystem` throws for what does not exist. `narrowed` is told of an ecosystem in which less is open now. */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly requireEcosystem: (id: string) => void
      readonly narrowed: (ecosystem: string) => void
    },
    rows: readonly LevelPolicyRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#requireEcosystem = parts.requireEcosystem
    this.#narrowed = parts.narrowed
    this.#rows = new PassingRows(rows.map((row) => [row.id, row]))
    for (const row of rows) this.#byEcosystem.set(row.ecosystem, [...this.of(row.ecosystem), row])
  }

  get(id: string): LevelPolicyRow | undefined {
    return this.#rows.get(id)
  }

  /** The same, or one that was taken back and that the store has yet. */
  known(id: string): LevelPolicyRow | undefined {
    return this.#rows.get(id) ?? this.#rows.stored(id)
  }

  of(ecosystem: string): readonly LevelPolicyRow[] {
    return this.#byEcosystem.get(ecosystem) ?? none
  }

  /** A no goes before a yes; `undefined`: nothing is said, and the required level decides. */
  effectAt(
    ecosystem: string,
    level: number,
    action: CapabilityAction,
    asked: Pattern,
  ): 'allow' | 'deny' | undefined {
    let effect: 'allow' | undefined
    for (const row of this.of(ecosystem)) {
      const reached = row.effect === 'deny' ? level >= row.level : level <= row.level
      if (!reached || !row.actions.includes(action)) continue
      // A pattern that reaches something forbidden is forbidden; one that reaches more than is allowed is not allowed.
      if (row.effect === 'deny' && meets(row, asked)) return 'deny'
      if (row.effect === 'allow' && covers(row, asked)) effect = 'allow'
    }
    return effect
  }

  /** Moves with what is said about the ecosystem. */
  epochOf(ecosystem: string): EpochCounter {
    return this.#epochs.of(ecosystem)
  }

  /**
   * Says something of a level. A no works at once, a yes once it is stored. What is said already stays as it is.
   * @throws DomainError not_found (ecosystem); invalid_argument; invalid_state (a bound); unavailable
   */
  async set(policy: LevelPolicy, by: string): Promise<LevelPolicyRow> {
    const { ecosystem, match, effect } = policy
    this.#requireEcosystem(ecosystem)
    const level = checkLevel('level', policy.level)
    const uri = checkPolicyUri('uri', policy.uri, match)
    const actions = allActions.filter((each) => (policy.actions ?? allActions).includes(each))
    if (actions.length === 0) throw invalid('actions', policy.actions, allActions.join(', '))
    const said = { ecosystem, level, uri, match, actions, effect }
    const same = this.#same(said)
    const id = same?.id ?? this.#freeId()
    const createdBy = same?.createdBy ?? checkText('by', by)
    const createdAt = same?.createdAt ?? this.#changes.clock.now()
    const row: LevelPolicyRow = { id, ...said, createdBy, createdAt }
    if (same === undefined) this.#checkRoom(ecosystem)
    const order = this.#changes.next()
    if (effect === 'deny' && same === undefined) {
      this.#rows.hold(id, order, row)
      this.#move(id, ecosystem)
      this.#narrowed(ecosystem)
    }
    const store = async (commit: Commit): Promise<LevelPolicyRow> => {
      if (this.#rows.stored(id) !== undefined) return row
      if (this.#rows.get(id) === undefined) this.#checkRoom(ecosystem)
      await commit([{ kind: 'levelPolicy.put', row }])
      this.#rows.put(id, order, row)
      this.#move(id, ecosystem)
      return row
    }
    const name = `policy for level ${level} of ${ecosystem}`
    return effect === 'deny' ? this.#changes.take(name, store) : this.#changes.give(name, store)
  }

  /**
   * Takes back what was said: a yes at once, a no once that is stored.
   * @throws DomainError not_found; unavailable
   */
  async remove(id: string): Promise<LevelPolicyRow> {
    const row = this.known(id)
    if (row === undefined) throw missing('policy', id)
    const order = this.#changes.next()
    if (row.effect === 'allow') {
      this.#rows.drop(id, order, row)
      this.#move(id, row.ecosystem)
      this.#narrowed(row.ecosystem)
    }
    const store = async (commit: Commit): Promise<LevelPolicyRow> => {
      await commit([{ kind: 'levelPolicy.delete', row }])
      this.#rows.remove(id, order, row)
      this.#move(id, row.ecosystem)
      return row
    }
    const name = `removing policy ${id}`
    return row.effect === 'allow'
      ? this.#changes.take(name, store)
      : this.#changes.give(name, store)
  }

  /** One that says the same, be it that the store does not know it yet. */
  #same(said: Omit<LevelPolicyRow, 'id' | 'createdBy' | 'createdAt'>): LevelPolicyRow | undefined {
    return this.of(said.ecosystem).find(
      (row) =>
        row.level === said.level &&
        row.uri === said.uri &&
        row.match === said.match &&
        row.effect === said.effect &&
        row.actions.join() === said.actions.join(),
    )
  }

  #checkRoom(ecosystem: string): void {
    const max = this.#bounds.policiesPerEcosystem
    if (this.of(ecosystem).length >= max) throw full(`policiesPerEcosystem of ${ecosystem}`, max)
  }

  #freeId(): string {
    let id: string
    do id = `lp_${randomName(8)}`
    while (this.#rows.has(id))
    return id
  }

  #move(id: string, ecosystem: string): void {
    const row = this.#rows.get(id)
    const others = this.of(ecosystem).filter((each) => each.id !== id)
    this.#byEcosystem.set(ecosystem, row === undefined ? others : [...others, row])
    this.#epochs.move(ecosystem)
    this.#changes.root.move()
  }
}
