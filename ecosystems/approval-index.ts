import { randomName } from './names.ts'
import type { ApprovalRow } from './store/store.ts'
import { hashOf } from './tickets.ts'

/** What somebody asks an owner for. */
export type Wish = Pick<
  ApprovalRow,
  'realm' | 'requesterKind' | 'requester' | 'ecosystem' | 'device' | 'uri' | 'action'
>

/** Nothing but the wish, of whatever comes with it. */
export function sameWish(wish: Wish): Wish {
  const { realm, requesterKind, requester, ecosystem, device, uri, action } = wish
  return { realm, requesterKind, requester, ecosystem, device, uri, action }
}

/** Requests by their tickets and by what they are for; those that are over are kept as far as there is room. */
export class ApprovalIndex {
  readonly #maxEnded: number
  readonly #rows = new Map<string, ApprovalRow>()
  readonly #byTicket = new Map<string, string>()
  /** Id of the last request of each wish. */
  readonly #byWish = new Map<string, string>()
  /** Ids of those whose time is not over, oldest first, by requester and in all. */
  readonly #open = new Set<string>()
  readonly #openOf = new Map<string, Set<string>>()
  /** Ids of the others, oldest first. */
  readonly #ended = new Set<string>()

  constructor(maxEnded: number) {
    this.#maxEnded = maxEnded
  }

  /** How many have time left. */
  get open(): number {
    return this.#open.size
  }

  get(id: string): ApprovalRow | undefined {
    return this.#rows.get(id)
  }

  byTicket(ticket: string): ApprovalRow | undefined {
    const id = this.#byTicket.get(hashOf(ticket))
    return id === undefined ? undefined : this.#rows.get(id)
  }

  /** The last request of the same, unless it was agreed to: what was agreed to once may be asked for again. */
  same(wish: Wish): ApprovalRow | undefined {
    const id = this.#byWish.get(wishKey(wish))
    const row = id === undefined ? undefined : this.#rows.get(id)
    return row?.state === 'approved' ? undefined : row
  }

  /** Those of one requester that have time left, oldest first. */
  openOf(wish: Wish): ApprovalRow[] {
    const ids = this.#openOf.get(requesterKey(wish)) ?? []
    return Array.from(ids).flatMap((id) => this.#rows.get(id) ?? [])
  }

  values(): MapIterator<ApprovalRow> {
    return this.#rows.values()
  }

  put(row: ApprovalRow): void {
    if (!this.#rows.has(row.id)) {
      this.#open.add(row.id)
      const key = requesterKey(row)
      const own = this.#openOf.get(key)
      if (own === undefined) this.#openOf.set(key, new Set([row.id]))
      else own.add(row.id)
    }
    this.#rows.set(row.id, row)
    this.#byTicket.set(row.ticket, row.id)
    this.#byWish.set(wishKey(row), row.id)
    if (row.state === 'approved') this.#end(row)
  }

  /** Those whose time is over by now count no more; returns their ids. */
  retire(now: number): string[] {
    const over: string[] = []
    for (const id of this.#open) {
      const row = this.#rows.get(id)
      // All have the same time: those behind it are younger.
      if (row !== undefined && row.expiresAt > now) break
      if (row !== undefined) this.#end(row)
      over.push(id)
    }
    return over
  }

  freeId(): string {
    let id: string
    do id = `ar_${randomName(16)}`
    while (this.#rows.has(id))
    return id
  }

  #end(row: ApprovalRow): void {
    this.#open.delete(row.id)
    const key = requesterKey(row)
    const own = this.#openOf.get(key)
    own?.delete(row.id)
    if (own?.size === 0) this.#openOf.delete(key)
    this.#ended.add(row.id)
    for (const id of this.#ended) {
      if (this.#ended.size <= this.#maxEnded) return
      this.#forget(id)
    }
  }

  #forget(id: string): void {
    const row = this.#rows.get(id)
    this.#ended.delete(id)
    this.#rows.delete(id)
    if (row === undefined) return
    this.#byTicket.delete(row.ticket)
    if (this.#byWish.get(wishKey(row)) === id) this.#byWish.delete(wishKey(row))
  }
}

function requesterKey({ realm, requesterKind, requester }: Wish): string {
  return `${realm} ${requesterKind} ${requester}`
}

function wishKey(wish: Wish): string {
  return `${requesterKey(wish)} ${wish.ecosystem} ${wish.action} ${wish.uri}`
}
