import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { full } from './errors.ts'
import { Rows } from './rows.ts'
import type { CapabilityAction, CapabilityRow } from './store/store.ts'

/** The owner's word on single capabilities, where it differs from the class's. */
export class Levels {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #moved: (device: string) => void
  readonly #levels = new Rows<CapabilityRow>()
  readonly #keysByDevice = new Map<string, Set<string>>()

  /** `moved` is told of a device whose levels have moved. */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly moved: (device: string) => void
    },
    rows: readonly CapabilityRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#moved = parts.moved
    for (const row of rows) {
      this.#levels.put(levelKey(row), row)
      this.#index(row)
    }
  }

  get(capability: Omit<CapabilityRow, 'level' | 'conditions'>): number | undefined {
    return this.#levels.get(levelKey(capability))?.level
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
   * A stricter level holds at once, a laxer one when it is stored.
   * @param effective the level in force now, be it the owner's or the class's; `undefined`: denied to all
   */
  set(row: CapabilityRow, effective: () => number | undefined): Promise<void> {
    const key = levelKey(row)
    this.#checkRoom(row, key)
    const order = this.#changes.next()
    const takes = row.level < (effective() ?? 0)
    if (takes) this.#narrow(key, order, row)
    const store = async (commit: Commit): Promise<void> => {
      this.#checkRoom(row, key)
      // What was laxer than the level in force may have become stricter while it waited.
      if (row.level < (effective() ?? 0)) this.#narrow(key, order, row)
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
      level: Math.min(stored?.level ?? row.level, row.level),
    }))
    this.#index(row)
    this.#moved(row.device)
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

/** None of the parts can hold a space. */
function levelKey(capability: {
  readonly device: string
  readonly uri: string
  readonly action: CapabilityAction
  readonly ecosystem: string
}): string {
  return `${capability.device} ${capability.action} ${capability.uri} ${capability.ecosystem}`
}
