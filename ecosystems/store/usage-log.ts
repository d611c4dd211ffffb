/** How often somebody used or heard something in one minute. */
export interface UsageRow {
  /** Beginning of the minute, in milliseconds since the epoch. */
  readonly at: number
  readonly realm: string
  /** `kind:id`. */
  readonly reader: string
  /** What was called, or what was listened to: a URI or a pattern. */
  readonly uri: string
  readonly action: 'call' | 'subscribe'
  readonly count: number
}

/** All of one reader with one URI. */
export interface UsageSum extends Omit<UsageRow, 'at' | 'realm'> {
  /** The first and the last minute in which it was. */
  readonly firstAt: number
  readonly lastAt: number
}

export interface UsageQuery {
  readonly realm: string
  /** Only from then on. */
  readonly since: number
  readonly limit: number
}

/** What was used and heard, for those whose it is. Forgotten after a time. */
export interface UsageLog {
  /**
   * Appends, and lets go what was before `before`, and the oldest of more than `keep` rows.
   * @throws StoreUnavailable
   */
  append(
    rows: readonly UsageRow[],
    bounds: { readonly before: number; readonly keep: number },
  ): Promise<void>
  /** The last ones first. @throws StoreUnavailable */
  list(query: UsageQuery): Promise<UsageSum[]>
}
