import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { Epoch, type EpochCounter } from './epochs.ts'
import { DomainError, full, missing } from './errors.ts'
import {
  best,
  checkLevels,
  composed,
  givesAtLeast,
  lesser,
  stepsOf,
  ways,
  type Levels,
  type Steps,
} from './level-map.ts'
import { PassingRows } from './passing-rows.ts'
import type { EcosystemEdgeRow } from './store/store.ts'

/** One way in which an ecosystem is spanned by another. */
export interface Above {
  /** The one that spans. */
  readonly ecosystem: string
  /** The level here of whoever has `parentLevel` there; `undefined`: none by this way. */
  readonly levels: (parentLevel: number) => number | undefined
  /** The ecosystems from the one that spans (it is the first) to this one (it is not among them). */
  readonly through: readonly string[]
}

/** The best level that each level above comes to, and on which way. */
type Reach = ReadonlyMap<string, Steps>

const nothing: readonly Above[] = []

/**
 * Which ecosystems span which: who has a level in a life has one in its house and its car. A graph without cycles,
 * across realms. What is above an ecosystem is worked out once after each change.
 */
export class Spans {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #require: (ecosystem: string) => void
  readonly #narrowed: (parent: string) => void
  readonly #edges: PassingRows<EcosystemEdgeRow>
  readonly #epoch = new Epoch()
  #parents = new Map<string, EcosystemEdgeRow[]>()
  #children = new Map<string, string[]>()
  #reach = new Map<string, Reach>()
  #above = new Map<string, readonly Above[]>()

  /**
   * `requireEcosystem` throws for what does not exist. `narrowed` is told of an ecosystem of whose levels something
   * less comes elsewhere now.
   */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly requireEcosystem: (id: string) => void
      readonly narrowed: (parent: string) => void
    },
    rows: readonly EcosystemEdgeRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#require = parts.requireEcosystem
    this.#narrowed = parts.narrowed
    this.#edges = new PassingRows(rows.map((row) => [edgeKey(row.parent, row.child), row]))
    this.#index()
  }

  /** Moves with every change of what spans what. */
  get epoch(): EpochCounter {
    return this.#epoch
  }

  /** All ways in which others span this ecosystem, directly or through others; at most `spansAbove` others. */
  above(ecosystem: string): readonly Above[] {
    if (!this.#parents.has(ecosystem)) return nothing
    let above = this.#above.get(ecosystem)
    if (above === undefined) {
      above = [...this.#reachOf(ecosystem)].flatMap(([from, steps]) =>
        ways(steps).map((way) => ({ ecosystem: from, ...way })),
      )
      this.#above.set(ecosystem, above)
    }
    return above
  }

  get(parent: string, child: string): EcosystemEdgeRow | undefined {
    return this.#edges.get(edgeKey(parent, child))
  }

  /** The same, or one that ended and that the store has yet. */
  known(parent: string, child: string): EcosystemEdgeRow | undefined {
    const key = edgeKey(parent, child)
    return this.#edges.get(key) ?? this.#edges.stored(key)
  }

  /** Those in which the ecosystem takes part, as what spans or as what is spanned; absent: all. */
  list(ecosystem?: string): EcosystemEdgeRow[] {
    const all = [...this.#edges.values()]
    if (ecosystem === undefined) return all
    return all.filter(({ parent, child }) => parent === ecosystem || child === ecosystem)
  }

  /**
   * Has one ecosystem span another, or changes the levels of that. What becomes less by it is less at once, what
   * becomes more is so once it is stored.
   * @param levels the child's level for levels of the parent. A level that is not named counts as the next worse
   *   one that is; one worse than all that are named gives nothing.
   * @throws DomainError not_found; conflict for a cycle; invalid_argument; invalid_state (a bound); unavailable
   */
  async span(edge: {
    readonly parent: string
    readonly child: string
    readonly levels: Levels
  }): Promise<EcosystemEdgeRow> {
    const { parent, child } = edge
    this.#require(parent)
    this.#require(child)
    const levels = checkLevels('levels', edge.levels)
    const key = edgeKey(parent, child)
    const order = this.#changes.next()
    const before = this.#edges.get(key)
    const narrows = before !== undefined && !givesAtLeast(levels, before.levels)
    const next: EcosystemEdgeRow = {
      parent,
      child,
      levels,
      createdAt: before?.createdAt ?? this.#changes.clock.now(),
    }
    if (narrows) {
      this.#edges.narrow(key, order, next, (stored) => ({
        ...stored,
        levels: lesser(stored.levels, levels),
      }))
      this.#move()
      this.#narrowed(parent)
    }
    const store = async (commit: Commit): Promise<EcosystemEdgeRow> => {
      this.#require(parent)
      this.#require(child)
      if (this.#edges.stored(key) === undefined) this.#checkPlace(parent, child)
      await commit([{ kind: 'ecosystemEdge.put', row: next }])
      this.#edges.put(key, order, next)
      this.#move()
      return next
    }
    const name = `${parent} spanning ${child}`
    return narrows ? this.#changes.take(name, store) : this.#changes.give(name, store)
  }

  /**
   * Ends it at once; resolves when that is stored.
   * @throws DomainError not_found; unavailable when it holds in memory only
   */
  async unspan(parent: string, child: string): Promise<EcosystemEdgeRow> {
    const key = edgeKey(parent, child)
    const row = this.known(parent, child)
    if (row === undefined) throw missing('span', `${parent} over ${child}`)
    const order = this.#changes.next()
    this.#edges.drop(key, order, row)
    this.#move()
    this.#narrowed(parent)
    return this.#changes.take(`${parent} no longer spanning ${child}`, async (commit) => {
      await commit([{ kind: 'ecosystemEdge.delete', row }])
      this.#edges.remove(key, order, row)
      this.#move()
      return row
    })
  }

  /** Ends all in which the ecosystem takes part, at once. `stored` is to be called when the store has forgotten `rows`. */
  leave(
    ecosystem: string,
    order: number,
  ): { readonly rows: readonly EcosystemEdgeRow[]; readonly stored: () => void } {
    // Those, too, that ended in memory only.
    const rows = [...this.#edges.known()].filter(
      ({ parent, child }) => parent === ecosystem || child === ecosystem,
    )
    for (const row of rows) this.#edges.drop(edgeKey(row.parent, row.child), order, row)
    if (rows.length > 0) this.#move()
    return {
      rows,
      stored: () => {
        for (const row of rows) this.#edges.remove(edgeKey(row.parent, row.child), order, row)
        if (rows.length > 0) this.#move()
      },
    }
  }

  #checkPlace(parent: string, child: string): void {
    if (parent === child || this.#below(child, this.#edges.known()).has(parent))
      throw new DomainError(
        'conflict',
        `parent and child: ${child} spans ${parent} already, and nothing can span itself`,
      )
    const { spansPerEcosystem, spansAbove } = this.#bounds
    if ((this.#children.get(parent)?.length ?? 0) >= spansPerEcosystem)
      throw full(`spansPerEcosystem of ${parent}`, spansPerEcosystem)
    if ((this.#parents.get(child)?.length ?? 0) >= spansPerEcosystem)
      throw full(`spansPerEcosystem over ${child}`, spansPerEcosystem)
    const added = [parent, ...this.#reachOf(parent).keys()]
    for (const below of [child, ...this.#below(child, this.#edges.values())]) {
      const above = new Set([...this.#reachOf(below).keys(), ...added])
      if (above.size > spansAbove) throw full(`spansAbove ${below}`, spansAbove)
    }
  }

  /** Everything that the ecosystem spans by these edges. */
  #below(ecosystem: string, edges: Iterable<EcosystemEdgeRow>): Set<string> {
    const all = [...edges]
    const found = new Set<string>()
    const pending = [ecosystem]
    for (let next = pending.pop(); next !== undefined; next = pending.pop())
      for (const { parent, child } of all)
        if (parent === next && !found.has(child)) {
          found.add(child)
          pending.push(child)
        }
    return found
  }

  /** What is above, with the best level of all ways. No deeper than `spansAbove`, as no way passes one twice. */
  #reachOf(ecosystem: string): Reach {
    const known = this.#reach.get(ecosystem)
    if (known !== undefined) return known
    const add = (from: string, steps: Steps): unknown =>
      reach.set(from, best(reach.get(from) ?? [], steps))
    const reach = new Map<string, Steps>()
    for (const { parent, levels } of this.#parents.get(ecosystem) ?? []) {
      add(parent, stepsOf(levels, [parent]))
      for (const [from, steps] of this.#reachOf(parent)) add(from, composed(steps, levels, parent))
    }
    this.#reach.set(ecosystem, reach)
    return reach
  }

  #move(): void {
    this.#index()
    this.#epoch.move()
    this.#changes.root.move()
  }

  #index(): void {
    this.#parents = new Map()
    this.#children = new Map()
    this.#reach = new Map()
    this.#above = new Map()
    for (const row of this.#edges.values()) {
      const parents = this.#parents.get(row.child)
      if (parents === undefined) this.#parents.set(row.child, [row])
      else parents.push(row)
      const children = this.#children.get(row.parent)
      if (children === undefined) this.#children.set(row.parent, [row.child])
      else children.push(row.child)
    }
  }
}

/** Neither part can hold a space. */
function edgeKey(parent: string, child: string): string {
  return `${parent} ${child}`
}
