import type { Changes } from './changes.ts'
import { DomainError } from './errors.ts'
import type { GrantRow, GrantUseRow } from './store/store.ts'

/** What counts every use of a grant, whatever is called. */
export const anyUri = '*'

interface Counter extends Omit<GrantUseRow, 'used'> {
  used: number
}

/** How often grants were used that are good for so many times. Counted in memory first, so that no two get the last. */
export class Uses {
  readonly #changes: Changes
  readonly #above: (row: GrantRow) => readonly GrantRow[]
  readonly #givenBack: (row: GrantRow) => void
  readonly #counters = new Map<string, Counter>()

  /** `above`: the grants by which one was given, which count its uses too. `givenBack`: it can be used again. */
  constructor(
    parts: {
      readonly changes: Changes
      readonly above: (row: GrantRow) => readonly GrantRow[]
      readonly givenBack: (row: GrantRow) => void
    },
    rows: readonly GrantUseRow[],
  ) {
    this.#changes = parts.changes
    this.#above = parts.above
    this.#givenBack = parts.givenBack
    for (const row of rows) this.#counters.set(counterKey(row.grant, row.uri), { ...row })
  }

  /** The store has this grant and its counters now. */
  add({ id, uses }: GrantRow): void {
    for (const row of usesOf({ id, uses })) {
      const key = counterKey(id, row.uri)
      if (!this.#counters.has(key)) this.#counters.set(key, { ...row })
    }
  }

  forget({ id, uses }: GrantRow): void {
    for (const uri of Object.keys(uses ?? {})) this.#counters.delete(counterKey(id, uri))
  }

  /** By URI, and by `*`. */
  usedOf({ id, uses }: GrantRow): Readonly<Record<string, number>> {
    const used = Object.keys(uses ?? {}).map((uri): [string, number] => [
      uri,
      this.#counters.get(counterKey(id, uri))?.used ?? 0,
    ])
    return Object.fromEntries(used)
  }

  /** Whether each call of the URI by this grant is counted. */
  counts(row: GrantRow, uri: string): boolean {
    if (limits(row, uri)) return true
    return row.parent !== null && this.#above(row).some((each) => limits(each, uri))
  }

  hasLeft(row: GrantRow, uri: string): boolean {
    return this.#countersOf(row, uri).every((counter) => counter.used < counter.uses)
  }

  /**
   * Counts one use; resolves when that is stored. Used by itself and by all that were given by it: nobody has more by
   * giving it on.
   * @throws DomainError invalid_state when it is used up; unavailable or conflict when the use could not be stored
   */
  async take(row: GrantRow, uri: string): Promise<void> {
    const counters = this.#countersOf(row, uri)
    if (counters.some((counter) => counter.used >= counter.uses))
      throw new DomainError('invalid_state', `grant ${row.id} is used up for ${uri}`)
    for (const counter of counters) counter.used += 1
    let begun = false
    try {
      await this.#changes.give(`using grant ${row.id}`, async (commit) => {
        begun = true
        await commit(
          counters.map(({ grant, uri: key }) => ({ kind: 'grantUse.count', grant, uri: key })),
        )
      })
    } catch (error) {
      // What may have been stored counts as stored: a disk that fails at the wrong moment opens no door twice.
      const isCertain = !begun || (error instanceof DomainError && error.code === 'conflict')
      if (isCertain) {
        for (const counter of counters) counter.used -= 1
        this.#givenBack(row)
      }
      throw error
    }
  }

  /** A grant whose counter is not there has no use left. */
  #countersOf(row: GrantRow, uri: string): Counter[] {
    const above = row.parent === null ? [] : this.#above(row)
    return [row, ...above].flatMap((each) =>
      [uri, anyUri]
        .filter((key) => each.uses !== null && Object.hasOwn(each.uses, key))
        .map(
          (key) =>
            this.#counters.get(counterKey(each.id, key)) ?? {
              grant: each.id,
              uri: key,
              used: 0,
              uses: 0,
            },
        ),
    )
  }
}

/** The counters that a new grant has. */
export function usesOf({ id, uses }: Pick<GrantRow, 'id' | 'uses'>): GrantUseRow[] {
  return Object.entries(uses ?? {}).map(([uri, most]) => ({ grant: id, uri, used: 0, uses: most }))
}

function limits({ uses }: GrantRow, uri: string): boolean {
  return uses !== null && (Object.hasOwn(uses, uri) || Object.hasOwn(uses, anyUri))
}

function counterKey(grant: string, uri: string): string {
  return `${grant} ${uri}`
}
