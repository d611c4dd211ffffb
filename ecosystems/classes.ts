import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { DomainError, full, invalid } from './errors.ts'
import { checkId, checkLevel, checkPrefix, checkVerb } from './names.ts'
import { Rows } from './rows.ts'
import type { CapabilityAction, ClassCapability, DeviceClassRow } from './store/store.ts'
import { strictest, unconditional, type Terms } from './terms.ts'

export const capabilityActions: readonly CapabilityAction[] = ['call', 'subscribe', 'publish']

/** Kinds of devices: how they are called and at which level each of their verbs may be used. */
export class DeviceClasses {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #changed: (id: string) => void
  readonly #classes = new Rows<DeviceClassRow>()
  /** Ids of classes that are being made. */
  readonly #coming = new Set<string>()
  readonly #terms = new WeakMap<DeviceClassRow, ReadonlyMap<string, Terms>>()

  /** `changed` is told of a class whose levels have moved. */
  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly changed: (id: string) => void
    },
    rows: readonly DeviceClassRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#changed = parts.changed
    for (const row of rows) this.#classes.put(row.id, row)
  }

  get(id: string): DeviceClassRow | undefined {
    return this.#classes.get(id)
  }

  list(): DeviceClassRow[] {
    return [...this.#classes.values()]
  }

  /** What a class asks for a verb; `undefined`: its devices offer no such thing to anybody. */
  termsOf(id: string, action: CapabilityAction, verb: string): Terms | undefined {
    const row = this.#classes.get(id)
    if (row === undefined) return undefined
    let terms = this.#terms.get(row)
    if (terms === undefined) {
      terms = new Map(
        row.capabilities.map(({ action: does, verb: named, level, conditions = unconditional }) => [
          `${does} ${named}`,
          { level, conditions },
        ]),
      )
      this.#terms.set(row, terms)
    }
    return terms.get(`${action} ${verb}`)
  }

  /**
   * Makes a class. @throws DomainError conflict when there is one of this id; invalid_argument, invalid_state,
   * unavailable
   */
  async create(row: DeviceClassRow): Promise<DeviceClassRow> {
    const { id } = this.#check(row)
    if (this.#classes.get(id) !== undefined || this.#coming.has(id))
      throw new DomainError('conflict', `id: there is a class ${id} already`)
    this.#coming.add(id)
    try {
      return await this.put(row)
    } finally {
      this.#coming.delete(id)
    }
  }

  /**
   * Makes or replaces a class. What becomes stricter by it holds at once, what becomes laxer once it is stored.
   * @throws DomainError invalid_argument, invalid_state, unavailable
   */
  async put(row: DeviceClassRow): Promise<DeviceClassRow> {
    const checked = this.#check(row)
    const { id } = checked
    const order = this.#changes.next()
    const replaces = this.#classes.get(id) !== undefined
    if (replaces) {
      this.#classes.take(id, order, (stored) => stricter(stored, checked))
      this.#move(id)
    }
    const store = async (commit: Commit): Promise<DeviceClassRow> => {
      if (this.#classes.get(id) === undefined && this.#classes.size >= this.#bounds.classes)
        throw full('classes', this.#bounds.classes)
      await commit([{ kind: 'class.put', row: checked }])
      this.#classes.put(id, checked)
      this.#classes.settle(id, order)
      this.#move(id)
      return checked
    }
    return replaces
      ? this.#changes.take(`replacing class ${id}`, store)
      : this.#changes.give(`making class ${id}`, store)
  }

  #check(row: DeviceClassRow): DeviceClassRow {
    const max = this.#bounds.capabilitiesPerClass
    if (row.capabilities.length > max)
      throw invalid('capabilities', row.capabilities.length, `at most ${max}`)
    const seen = new Set<string>()
    const capabilities = row.capabilities.map((capability, index): ClassCapability => {
      const key = `capabilities[${index}]`
      const { action } = capability
      if (!capabilityActions.includes(action))
        throw invalid(`${key}.action`, action, capabilityActions.join(', '))
      const verb = checkVerb(`${key}.verb`, capability.verb)
      const level = checkLevel(`${key}.level`, capability.level)
      if (seen.has(`${action} ${verb}`))
        throw invalid(key, `${action} ${verb}`, 'each action and verb once')
      seen.add(`${action} ${verb}`)
      const { conditions } = capability
      return { verb, action, level, ...(conditions !== undefined && { conditions }) }
    })
    return { id: checkId('id', row.id), prefix: checkPrefix('prefix', row.prefix), capabilities }
  }

  #move(id: string): void {
    this.#changed(id)
    this.#changes.root.move()
  }
}

function termsOf({ level, conditions = unconditional }: ClassCapability): Terms {
  return { level, conditions }
}

/** What both rows allow: while one replaces the other, nothing may be open that either keeps shut. */
function stricter(stored: DeviceClassRow | undefined, next: DeviceClassRow): DeviceClassRow {
  if (stored === undefined) return { ...next, capabilities: [] }
  const capabilities = stored.capabilities.flatMap((old): ClassCapability[] => {
    const same = next.capabilities.find(
      (each) => each.action === old.action && each.verb === old.verb,
    )
    return same === undefined ? [] : [{ ...old, ...strictest(termsOf(old), termsOf(same)) }]
  })
  return { ...stored, capabilities }
}
