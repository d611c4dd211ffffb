import type { DomainLog } from './alarms.ts'
import { ApprovalIndex, sameWish, type Wish } from './approval-index.ts'
import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import { DomainError, invalid, missing, RateLimited } from './errors.ts'
import type { Grants } from './grants.ts'
import { Listeners } from './listeners.ts'
import type { ApprovalRow, GrantRow } from './store/store.ts'
import { ticketOf } from './tickets.ts'

export type { Wish } from './approval-index.ts'

/** What whoever asks is told of his request. */
export interface Asked {
  readonly row: ApprovalRow
  /** By which its requester asks what became of it. It names the request, and gives nothing by itself. */
  readonly ticket: string
  /** How long to wait between two such questions, in milliseconds. */
  readonly intervalMs: number
}

/** What an owner agrees to. */
export interface Agreement {
  /** Who agrees, as `kind:id`. */
  readonly by: string
  readonly level: number
  readonly expiresAt: number
  /** Good for one call. */
  readonly once: boolean
  /** The grant of whoever agrees; `null`: the operator. */
  readonly parent: string | null
}

export type ApprovalListener = (row: ApprovalRow) => void

/** What became of a request: `unknown` when it is over, or there never was one. */
export type ApprovalState = 'pending' | 'approved' | 'denied' | 'unknown'

type ApprovalBounds = Pick<
  Bounds,
  | 'approvals'
  | 'approvalsPerRequester'
  | 'approvalWaitMs'
  | 'approvalIntervalMs'
  | 'approvalTtlMs'
  | 'endedApprovals'
>

/** Who waits for an owner's word, and what it was. */
export class Approvals {
  readonly #changes: Changes
  readonly #bounds: ApprovalBounds
  readonly #grants: Pick<Grants, 'draft'>
  readonly #index: ApprovalIndex
  /** When each request was last asked about. */
  readonly #polled = new Map<string, number>()
  readonly #requested: Listeners<ApprovalRow>
  readonly #decided: Listeners<ApprovalRow>

  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: ApprovalBounds
      readonly grants: Pick<Grants, 'draft'>
      readonly log: DomainLog
    },
    rows: readonly ApprovalRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#grants = parts.grants
    this.#requested = new Listeners('requests', parts.log)
    this.#decided = new Listeners('answers to requests', parts.log)
    this.#index = new ApprovalIndex(parts.bounds.endedApprovals)
    for (const row of rows.toSorted((a, b) => a.createdAt - b.createdAt)) this.#index.put(row)
    this.#sweep()
  }

  /** How long a request waits for its owner, in milliseconds. */
  get waitMs(): number {
    return this.#bounds.approvalWaitMs
  }

  /** How long what is agreed to may hold, in milliseconds. */
  get longestMs(): number {
    return this.#bounds.approvalTtlMs
  }

  get(id: string): ApprovalRow | undefined {
    return this.#index.get(id)
  }

  /** Those that wait, oldest first; with `includeEnded` the last ones that do not any more, too. */
  list(query: { readonly realm?: string; readonly includeEnded?: boolean } = {}): ApprovalRow[] {
    const { realm, includeEnded = false } = query
    const now = this.#changes.clock.now()
    return [...this.#index.values()].filter(
      (row) =>
        (realm === undefined || row.realm === realm) && (includeEnded || isWaiting(row, now)),
    )
  }

  /** Told of each request when it is stored. Returns how to stop listening. */
  onRequested(listener: ApprovalListener): () => void {
    return this.#requested.listen(listener)
  }

  /** Told of each answer when it is stored. Returns how to stop listening. */
  onDecided(listener: ApprovalListener): () => void {
    return this.#decided.listen(listener)
  }

  /**
   * Asks the owner, once this is stored. What was asked for already, by the same party, is not asked again while it
   * waits, nor within the same time after a no: the same ticket comes back.
   * @throws RateLimited approvalsPerRequester, approvals; unavailable
   */
  async request(wish: Wish): Promise<Asked & { readonly state: ApprovalState }> {
    const known = this.#open(wish)
    if (known !== undefined) return this.#asked(known)
    const row = await this.#changes.give(
      'approval.request',
      async (commit) => {
        const meanwhile = this.#open(wish)
        if (meanwhile !== undefined) return meanwhile
        const createdAt = this.#changes.clock.now()
        this.#checkRoom(wish, createdAt)
        const id = this.#index.freeId()
        const made: ApprovalRow = {
          ...sameWish(wish),
          id,
          ticket: ticketOf(id).hash,
          state: 'pending',
          createdAt,
          expiresAt: createdAt + this.#bounds.approvalWaitMs,
          decidedBy: null,
          decidedAt: null,
          grant: null,
        }
        await commit([{ kind: 'approval.put', row: made }])
        this.#index.put(made)
        this.#requested.tell(made)
        return made
      },
      'outside',
    )
    return this.#asked(row)
  }

  /** What became of a request, whoever asks. */
  state(ticket: string): ApprovalState {
    const row = this.#index.byTicket(ticket)
    if (row === undefined) return 'unknown'
    return stateOf(row, this.#changes.clock.now())
  }

  /**
   * The same for its requester, who is not to ask more often than every `intervalMs`. `undefined`: there is none of his.
   * @throws RateLimited approvalIntervalMs
   */
  poll(
    ticket: string,
    requester: Pick<Wish, 'realm' | 'requesterKind' | 'requester'>,
  ): Asked | undefined {
    const row = this.#index.byTicket(ticket)
    if (row === undefined || !isOf(row, requester)) return undefined
    const now = this.#changes.clock.now()
    if (stateOf(row, now) === 'unknown') return undefined
    if (row.state === 'pending') {
      const { approvalIntervalMs } = this.#bounds
      const next = (this.#polled.get(row.id) ?? -Infinity) + approvalIntervalMs
      // Who comes too early has to wait anew, as RFC 8628 has it for its slow_down.
      this.#polled.set(row.id, now)
      if (now < next) throw new RateLimited('approvalIntervalMs', approvalIntervalMs)
    }
    return this.#asked(row)
  }

  /**
   * The requester may do what he asked for, once that is stored: the answer and the grant are one commit.
   * @throws DomainError not_found; invalid_state when it was answered before, or is over; invalid_argument; unavailable
   */
  async approve(
    id: string,
    { by, level, expiresAt, once, parent }: Agreement,
  ): Promise<{ readonly row: ApprovalRow; readonly grant: GrantRow }> {
    this.#requireWaiting(id)
    return this.#changes.give('approval.approve', async (commit) => {
      const known = this.#requireWaiting(id)
      const now = this.#changes.clock.now()
      if (!(expiresAt > now && expiresAt <= now + this.#bounds.approvalTtlMs))
        throw invalid('expiresAt', expiresAt, `within ${this.#bounds.approvalTtlMs} ms from now`)
      if (once && known.action === 'subscribe')
        throw invalid('once', once, 'not where somebody wants to listen: that is never used up')
      const draft = this.#grants.draft({
        subject: { kind: known.requesterKind, id: known.requester },
        ecosystem: known.ecosystem,
        device: known.device,
        uri: known.uri,
        actions: [known.action],
        effect: 'allow',
        level,
        expiresAt,
        uses: once ? { [known.uri]: 1 } : null,
        parent,
        source: 'approval',
        sourceId: id,
        by,
      })
      const row: ApprovalRow = {
        ...known,
        state: 'approved',
        decidedBy: by,
        decidedAt: now,
        grant: draft.row.id,
      }
      await commit([...draft.changes, { kind: 'approval.put', row }])
      draft.stored()
      this.#index.put(row)
      this.#polled.delete(id)
      this.#decided.tell(row)
      return { row, grant: draft.row }
    })
  }

  /**
   * The same request is answered with a no from then on, until its time is over.
   * @throws DomainError not_found; invalid_state when it was answered before, or is over; unavailable
   */
  async deny(id: string, by: string): Promise<ApprovalRow> {
    this.#requireWaiting(id)
    return this.#changes.give('approval.deny', async (commit) => {
      const known = this.#requireWaiting(id)
      const decidedAt = this.#changes.clock.now()
      const row: ApprovalRow = { ...known, state: 'denied', decidedBy: by, decidedAt }
      await commit([{ kind: 'approval.put', row }])
      this.#index.put(row)
      this.#polled.delete(id)
      this.#decided.tell(row)
      return row
    })
  }

  /** The request of the same that waits, or to which the owner has just said no. */
  #open(wish: Wish): ApprovalRow | undefined {
    const row = this.#index.same(wish)
    return row === undefined || row.expiresAt <= this.#changes.clock.now() ? undefined : row
  }

  #asked(row: ApprovalRow): Asked & { readonly state: ApprovalState } {
    const { ticket } = ticketOf(row.id)
    const { approvalIntervalMs: intervalMs } = this.#bounds
    return { row, ticket, intervalMs, state: stateOf(row, this.#changes.clock.now()) }
  }

  #requireWaiting(id: string): ApprovalRow {
    const row = this.#index.get(id)
    if (row === undefined) throw missing('approval', id)
    if (row.state !== 'pending')
      throw new DomainError('invalid_state', `approval ${id} was ${row.state} before`)
    if (row.expiresAt <= this.#changes.clock.now())
      throw new DomainError('invalid_state', `approval ${id} is over: nobody has answered in time`)
    return row
  }

  #checkRoom(wish: Wish, now: number): void {
    this.#sweep()
    const { approvals, approvalsPerRequester } = this.#bounds
    const own = this.#index.openOf(wish)
    const [oldest] = own
    if (oldest !== undefined && own.length >= approvalsPerRequester)
      throw new RateLimited('approvalsPerRequester', oldest.expiresAt - now)
    if (this.#index.open >= approvals)
      throw new RateLimited('approvals', this.#bounds.approvalWaitMs)
  }

  /** Those that nobody has answered in time make room. */
  #sweep(): void {
    for (const id of this.#index.retire(this.#changes.clock.now())) this.#polled.delete(id)
  }
}

/** What became of a request at this moment. */
export function stateOf(row: ApprovalRow, now: number): ApprovalState {
  return row.state === 'pending' && row.expiresAt <= now ? 'unknown' : row.state
}

function isWaiting(row: ApprovalRow, now: number): boolean {
  return row.state === 'pending' && row.expiresAt > now
}

function isOf(
  row: ApprovalRow,
  { realm, requesterKind, requester }: Pick<Wish, 'realm' | 'requesterKind' | 'requester'>,
): boolean {
  return row.realm === realm && row.requesterKind === requesterKind && row.requester === requester
}
