import type { GranteeKind, GrantRow } from './store/store.ts'

const none: readonly GrantRow[] = []

/** Grants by who holds them, by what they were given by, and by who gave them. */
export class GrantIndex {
  /** Those that are not ended. */
  readonly #held = new Map<string, readonly GrantRow[]>()
  readonly #below = new Map<string, Set<string>>()
  readonly #givenBy = new Map<string, Set<string>>()

  /** `holds`: whether it can still be of use; else only what was given by it is kept. */
  put(row: GrantRow, holds: boolean): void {
    const key = holdingKey(row.subjectKind, row.subject, row.ecosystem)
    const held = this.#held.get(key) ?? none
    const at = held.findIndex(({ id }) => id === row.id)
    if (holds) this.#held.set(key, at === -1 ? [...held, row] : held.with(at, row))
    else if (at !== -1) this.#drop(key, held.toSpliced(at, 1))
    if (row.parent !== null) add(this.#below, row.parent, row.id)
    add(this.#givenBy, row.createdBy, row.id)
  }

  delete(row: GrantRow): void {
    this.put(row, false)
    if (row.parent !== null) remove(this.#below, row.parent, row.id)
    remove(this.#givenBy, row.createdBy, row.id)
  }

  held(kind: GranteeKind, id: string, ecosystem: string | null): readonly GrantRow[] {
    return this.#held.get(holdingKey(kind, id, ecosystem)) ?? none
  }

  /** These, and the ids of all that was given by them, directly or through others. */
  withBelow(ids: Iterable<string>): string[] {
    const found = new Set<string>(ids)
    const pending = [...found]
    for (let next = pending.pop(); next !== undefined; next = pending.pop())
      for (const child of this.#below.get(next) ?? [])
        if (!found.has(child)) {
          found.add(child)
          pending.push(child)
        }
    return [...found]
  }

  /** Ids of what somebody gave, as `kind:id`. */
  givenBy(actor: string): Iterable<string> {
    return this.#givenBy.get(actor) ?? []
  }

  #drop(key: string, left: readonly GrantRow[]): void {
    if (left.length === 0) this.#held.delete(key)
    else this.#held.set(key, left)
  }
}

/** An identity's key has spaces, but none of the others has. */
function holdingKey(kind: GranteeKind, id: string, ecosystem: string | null): string {
  return `${kind} ${ecosystem ?? ''} ${id}`
}

function add(sets: Map<string, Set<string>>, key: string, id: string): void {
  const set = sets.get(key)
  if (set === undefined) sets.set(key, new Set([id]))
  else set.add(id)
}

function remove(sets: Map<string, Set<string>>, key: string, id: string): void {
  const set = sets.get(key)
  set?.delete(id)
  if (set?.size === 0) sets.delete(key)
}
