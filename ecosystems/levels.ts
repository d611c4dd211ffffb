import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { full } from './errors.ts'
import { Rows } from './rows.ts'
import type { CapabilityAction, CapabilityRow } from './store/store.ts'
import { isAtLeastAsStrict, strictest, type Terms } from './terms.ts'

/** The owner's word on single capabilities, where it differs from the class's. */
export class Levels {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #moved: (device: string) => void
  readonly #narrowed: (ecosystem: string) => void
  readonly #levels = new Rows<CapabilityRow>()
  readonly #keysByDevice = new Map<string, Set<string>>()

  /** `moved` is told of a device whose levels have moved, `narrowed` of an ecosystem in which less is open now. */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly moved: (device: string) => void
      readonly narrowed: (ecosystem: string) => void
    },
    rows: readonly CapabilityRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#moved = parts.moved
    this.#narrowed = parts.narrowed
    for (const row of rows) {
      this.#levels.put(levelKey(row), row)
      this.#index(row)
    }
  }

  /**
   * What is asked for: the owner's word, else what the class says. A word that is not stored can narrow that, and open
   * nothing that the class shuts meanwhile.
   */
  over(
    classes: Terms | undefined,
    capability: Omit<CapabilityRow, 'level' | 'conditions'>,
  ): Terms | undefined {
    const key = levelKey(capability)
    const owners = this.#levels.get(key)
    if (owners === undefined) return classes
    const { level, conditions } = owners
    if (this.#levels.stored(key) !== undefined) return { level, conditions }
    return classes === undefined ? undefined : strictest(classes, owners)
  }

  ofDevice(device: string): CapabilityRow[] {
    const rows: CapabilityRow[] = []
    for (const key of this.#keysByDevice.get(device) ?? []) {
      const row = this.#levels.get(key)
      if (row !== undefined) rows.push(row)
    }
    return rows
  }

  /**
   * What is stricter holds at once, what is laxer when it is stored; of what is both, its strictness at once.
   * @param effective what is asked for now, be it the owner's or the class's word; `undefined`: denied to all
   */
  set(row: CapabilityRow, effective: () => Terms | undefined): Promise<void> {
    const key = levelKey(row)
    this.#checkRoom(row, key)
    const order = this.#changes.next()
    const takes = isTaking(row, effective())
    if (takes) this.#narrow(key, order, row)
    const store = async (commit: Commit): Promise<void> => {
      this.#checkRoom(row, key)
      // What was laxer than the level in force may have become stricter while it waited.
      if (isTaking(row, effective())) this.#narrow(key, order, row)
      await commit([{ kind: 'capability.put', row }])
      this.#levels.put(key, row)
      this.#levels.settle(key, order)
      this.#index(row)
      this.#moved(row.device)
    }
    const name = `setting the level of ${row.action} ${row.uri} in ${row.ecosystem}`
    return takes ? this.#changes.take(name, store) : this.#changes.give(name, store)
  }

  #narrow(key: string, order: number, row: CapabilityRow): void {
    this.#levels.take(key, order, (stored) => ({
      ...row,
      ...(stored === undefined ? {} : strictest(stored, row)),
    }))
    this.#index(row)
    this.#moved(row.device)
    this.#narrowed(row.ecosystem)
  }

  #checkRoom(row: CapabilityRow, key: string): void {
    const keys = this.#keysByDevice.get(row.device)
    const max = this.#bounds.levelsPerDevice
    if (keys !== undefined && keys.size >= max && !keys.has(key))
      throw full(`levelsPerDevice of ${row.device}`, max)
  }

  #index(row: CapabilityRow): void {
    const keys = this.#keysByDevice.get(row.device)
    if (keys === undefined) this.#keysByDevice.set(row.device, new Set([levelKey(row)]))
    else keys.add(levelKey(row))
  }
}

/** Whether somebody can do less by it. What nobody could do before can only become more. */
function isTaking(next: Terms, before: Terms | undefined): boolean {
  return before !== undefined && !isAtLeastAsStrict(before, next)
}

/** None of the parts can hold a space. */
function levelKey(capability: {
  readonly device: string
  readonly uri: string
  readonly action: CapabilityAction
  readonly ecosystem: string
}): string {
  return `${capability.device} ${capability.action} ${capability.uri} ${capability.ecosystem}`
}
