/** One line of the trace: a change, a denial, or a use of level 1. Only ever appended. */
export interface AuditRow {
  /** Given by the store, from 1 on. */
  readonly seq: number
  readonly at: number
  readonly realm: string
  /** `kind:id` of who did it, for instance `person:p_3k`. */
  readonly actor: string
  /** WAMP session id, 0 where there is none. */
  readonly session: number
  /** call, register, subscribe, publish, or the management procedure's noun and verb (`grant.create`). */
  readonly action: string
  /** URI or id that it was about. */
  readonly target: string
  readonly outcome: 'allow' | 'deny' | 'change' | 'failure'
  /** Name of the check that decided, or what was changed. */
  readonly reason: string
  readonly decisionId: string | null
  readonly details: Readonly<Record<string, unknown>>
}
