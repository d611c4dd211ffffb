import type { Clock } from '../clock.ts'
import { TokensFull, type TokenRow, type TokenRows } from '../ecosystems/store/tokens.ts'
import type { EngineLog } from '../router/log.ts'
import type { AuthorityLimits } from './limits.ts'
import { digestOf } from './secrets.ts'

/** How something is kept. */
export interface Terms {
  /** Absent: it has no end of its own. */
  readonly ttlMs?: number
  readonly owner?: string
  readonly grantId?: string
}

/** Keeps what was handed out by the digest of its name, and forgets what has expired. */
export class Safekeeping {
  readonly clock: Clock
  readonly #rows: TokenRows
  readonly #limits: Pick<AuthorityLimits, 'rows' | 'sweepMs'>
  readonly #log: EngineLog
  /** What was taken back and the store may still have: a failing disk gives nothing back. */
  readonly #taken = new Set<string>()
  #cancel: (() => void) | undefined
  #sweeping: Promise<unknown> = Promise.resolve()

  constructor(
    rows: TokenRows,
    parts: {
      readonly clock: Clock
      readonly limits: Pick<AuthorityLimits, 'rows' | 'sweepMs'>
      readonly log: EngineLog
    },
  ) {
    this.#rows = rows
    this.clock = parts.clock
    this.#limits = parts.limits
    this.#log = parts.log
    this.#plan()
  }

  /** @throws TokensFull, StoreUnavailable */
  async put(kind: string, name: string, payload: TokenRow['payload'], terms: Terms): Promise<void> {
    const createdAt = this.clock.now()
    const row: TokenRow = {
      kind,
      hash: digestOf(name),
      payload,
      grantId: terms.grantId ?? null,
      owner: terms.owner ?? null,
      createdAt,
      expiresAt: terms.ttlMs === undefined ? null : createdAt + terms.ttlMs,
      consumedAt: null,
    }
    try {
      await this.#rows.put(row, this.#limits.rows)
    } catch (error) {
      // What has expired since the last sweep keeps nobody out.
      if (!(error instanceof TokensFull) || (await this.#rows.expire(createdAt)) === 0) throw error
      await this.#rows.put(row, this.#limits.rows)
    }
    this.#taken.delete(keyOf(row))
  }

  async get(kind: string, name: string): Promise<TokenRow | undefined> {
    const row = await this.#rows.get(kind, digestOf(name), this.clock.now())
    return row === undefined || this.#taken.has(keyOf(row)) ? undefined : row
  }

  async list(kind: string, owner?: string): Promise<TokenRow[]> {
    const rows = await this.#rows.list(kind, this.clock.now(), owner)
    return rows.filter((row) => !this.#taken.has(keyOf(row)))
  }

  /** Uses it up: of many at once one gets `true`. */
  async consume(kind: string, name: string): Promise<boolean> {
    const hash = digestOf(name)
    if (this.#taken.has(keyOf({ kind, hash }))) return false
    return this.#rows.consume(kind, hash, this.clock.now())
  }

  /** Gone from this moment on, whether or not that can be stored. @throws StoreUnavailable */
  async destroy(kind: string, name: string): Promise<boolean> {
    const hash = digestOf(name)
    const key = keyOf({ kind, hash })
    this.#taken.add(key)
    const wasThere = await this.#rows.destroy(kind, hash)
    this.#taken.delete(key)
    return wasThere
  }

  async revoke(grantId: string): Promise<void> {
    await this.#rows.revoke(grantId)
  }

  /** Ends the sweeping; resolves when the one under way has ended. */
  async close(): Promise<void> {
    this.#cancel?.()
    await this.#sweeping
  }

  #plan(): void {
    this.#cancel = this.clock.after(this.#limits.sweepMs, () => {
      this.#sweeping = this.#rows.expire(this.clock.now()).catch((error: unknown) => {
        this.#log('warn', 'expired tokens cannot be removed', { error: String(error) })
      })
      this.#plan()
    })
  }
}

function keyOf({ kind, hash }: Pick<TokenRow, 'kind' | 'hash'>): string {
  return `${kind} ${hash}`
}
