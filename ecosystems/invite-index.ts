import { inviteeKey } from './invitee.ts'
import { randomName } from './names.ts'
import { Rows } from './rows.ts'
import type { InviteRow } from './store/store.ts'

const none: readonly InviteRow[] = []

/** People that can have proven one address, and providers by which each has: one that verifies it gives it to one. */
const mostProving = 8
const noIssuers: ReadonlySet<string> = new Set()

/** Invites, found by what they are looked for by. Those that can no longer be redeemed are history: the last are kept. */
export class InviteIndex {
  readonly rows: Rows<InviteRow> = new Rows<InviteRow>()
  readonly #maxEnded: number
  readonly #idsByHash = new Map<string, string>()
  /** Ids of those that are not ended, by whom they are for, and by ecosystem. */
  readonly #waiting = new Map<string, Set<string>>()
  readonly #open = new Map<string, Set<string>>()
  /** Who has proven the address that an invite is for, and by which issuers, since the start. */
  readonly #proven = new Map<string, Map<string, Set<string>>>()
  /** Oldest first. */
  readonly #ended = new Set<string>()

  constructor(maxEnded: number, rows: readonly InviteRow[]) {
    this.#maxEnded = maxEnded
    for (const row of rows) this.put(row)
  }

  get(id: string): InviteRow | undefined {
    return this.rows.get(id)
  }

  /** What its next row is made from. */
  stored(row: InviteRow): InviteRow {
    return this.rows.stored(row.id) ?? row
  }

  byHash(hash: string): InviteRow | undefined {
    const id = this.#idsByHash.get(hash)
    return id === undefined ? undefined : this.rows.get(id)
  }

  /** Those that wait for the one with this key. */
  waitingAt(key: string): readonly InviteRow[] {
    const ids = this.#waiting.get(key)
    if (ids === undefined) return none
    return [...ids].flatMap((id) => this.rows.get(id) ?? [])
  }

  /** How many of an ecosystem are not ended. Those whose time is over end by this. */
  openIn(ecosystem: string, now: number): number {
    for (const id of this.#open.get(ecosystem) ?? []) {
      const row = this.rows.get(id)
      if (row !== undefined && row.expiresAt <= now) this.#end(row)
    }
    this.#forgetOldest()
    return this.#open.get(ecosystem)?.size ?? 0
  }

  /** The person has proven the address that the invite is for. */
  prove(id: string, person: string, issuer: string): void {
    let people = this.#proven.get(id)
    if (people === undefined) this.#proven.set(id, (people = new Map()))
    const issuers = people.get(person)
    if (issuers === undefined) {
      if (people.size < mostProving) people.set(person, new Set([issuer]))
    } else if (issuers.size < mostProving) issuers.add(issuer)
  }

  /** By whom the person has proven it. */
  provenBy(id: string, person: string): ReadonlySet<string> {
    return this.#proven.get(id)?.get(person) ?? noIssuers
  }

  /** The store has this row now. */
  put(row: InviteRow): void {
    this.rows.put(row.id, row)
    if (row.hash !== null) this.#idsByHash.set(row.hash, row.id)
    if (row.revokedAt !== null || row.used >= row.uses) {
      this.#end(row)
      this.#forgetOldest()
      return
    }
    add(this.#waiting, inviteeKey(row.boundKind, row.bound), row.id)
    add(this.#open, row.ecosystem, row.id)
  }

  freeId(): string {
    let id: string
    do id = `i_${randomName(12)}`
    while (this.rows.get(id) !== undefined)
    return id
  }

  #end(row: InviteRow): void {
    remove(this.#waiting, inviteeKey(row.boundKind, row.bound), row.id)
    remove(this.#open, row.ecosystem, row.id)
    this.#proven.delete(row.id)
    this.#ended.add(row.id)
  }

  #forgetOldest(): void {
    for (const id of this.#ended) {
      if (this.#ended.size <= this.#maxEnded) return
      if (this.rows.isTaken(id)) continue
      const hash = this.rows.get(id)?.hash
      if (hash !== undefined && hash !== null) this.#idsByHash.delete(hash)
      this.#ended.delete(id)
      this.rows.delete(id)
    }
  }
}

function add(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key)
  if (ids === undefined) index.set(key, new Set([id]))
  else ids.add(id)
}

function remove(index: Map<string, Set<string>>, key: string, id: string): void {
  const ids = index.get(key)
  ids?.delete(id)
  if (ids?.size === 0) index.delete(key)
}
