import { TokensFull, type TokenRow, type TokenRows } from './tokens.ts'

/** The rows as long as the process lives. */
export class MemoryTokens implements TokenRows {
  readonly #kinds = new Map<string, Map<string, TokenRow>>()

  async put(row: TokenRow, max: number): Promise<void> {
    const rows = this.#kinds.get(row.kind) ?? new Map<string, TokenRow>()
    if (rows.size >= max && !rows.has(row.hash)) throw new TokensFull(row.kind, max)
    rows.set(row.hash, structuredClone(row))
    this.#kinds.set(row.kind, rows)
  }

  async get(kind: string, hash: string, now: number): Promise<TokenRow | undefined> {
    const row = this.#kinds.get(kind)?.get(hash)
    return row === undefined || hasExpired(row, now) ? undefined : structuredClone(row)
  }

  async list(kind: string, now: number, owner?: string): Promise<TokenRow[]> {
    const rows = [...(this.#kinds.get(kind)?.values() ?? [])]
    return structuredClone(
      rows
        .filter((row) => !hasExpired(row, now) && (owner === undefined || row.owner === owner))
        .toSorted((a, b) => a.createdAt - b.createdAt || (a.hash < b.hash ? -1 : 1)),
    )
  }

  async consume(kind: string, hash: string, now: number): Promise<boolean> {
    const row = this.#kinds.get(kind)?.get(hash)
    if (row === undefined || row.consumedAt !== null || hasExpired(row, now)) return false
    this.#kinds.get(kind)?.set(hash, { ...row, consumedAt: now })
    return true
  }

  async destroy(kind: string, hash: string): Promise<boolean> {
    return this.#kinds.get(kind)?.delete(hash) ?? false
  }

  async revoke(grantId: string): Promise<readonly Pick<TokenRow, 'kind' | 'hash'>[]> {
    return this.#remove((row) => row.grantId === grantId)
  }

  async expire(now: number): Promise<number> {
    return this.#remove((row) => hasExpired(row, now)).length
  }

  #remove(condition: (row: TokenRow) => boolean): Pick<TokenRow, 'kind' | 'hash'>[] {
    const gone: Pick<TokenRow, 'kind' | 'hash'>[] = []
    for (const [kind, rows] of this.#kinds)
      for (const [hash, row] of rows)
        if (condition(row)) {
          rows.delete(hash)
          gone.push({ kind, hash })
        }
    return gone
  }
}

function hasExpired({ expiresAt }: TokenRow, now: number): boolean {
  return expiresAt !== null && expiresAt <= now
}
