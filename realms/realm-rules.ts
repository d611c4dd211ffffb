import type { Components } from '../authorizers/narrowed.ts'
import type { Verdict } from '../authorizers/judge.ts'
import type { AuthorizerRules } from '../ecosystems/authorizer-rules.ts'
import type { AuthorizerRow } from '../ecosystems/store/store.ts'
import type { AccessRequest, Authorizer } from '../router/access.ts'
import type { Realm } from '../router/realm.ts'
import { flushUri, RealmJudge, watchOffers, type RealmJudgeContext } from './realm-judge.ts'

/** The components of a realm that are asked because a rule of the house says so, as rules come and go. */
export class RealmRules implements Components {
  readonly #uri: string
  readonly #rules: AuthorizerRules
  readonly #context: RealmJudgeContext
  /** By procedure. */
  readonly #judges = new Map<string, { readonly row: AuthorizerRow; readonly asked: RealmJudge }>()
  #realm: Realm | undefined

  constructor(uri: string, rules: AuthorizerRules, context: Omit<RealmJudgeContext, 'root'>) {
    this.#uri = uri
    this.#rules = rules
    // What one of them says is kept beside what the house says, and falls with it.
    this.#context = { ...context, root: rules.root }
  }

  /**
   * Only components offer what is asked; who else could would decide. Which of them, the rules of the configuration
   * say. Only who offers it says that rights have changed. No opinion on anything else.
   */
  readonly authorize: Authorizer = ({ action, uri, match, principal, session }) => {
    if (this.#judges.size === 0 || match !== 'exact' || principal.kind === 'service')
      return undefined
    const isAsked = this.#judges.has(uri)
    const procedure = isAsked ? undefined : this.#flushedBy(uri)
    if (!isAsked && procedure === undefined) return undefined
    if (action === 'register' && (procedure !== undefined || principal.kind !== 'component'))
      return denied
    if (procedure === undefined || action !== 'call') return undefined
    return principal.kind === 'component' && this.#offers(session, procedure)
      ? { allow: true, disclose: true }
      : denied
  }

  /** Begins to ask in the realm. */
  attach(realm: Realm): void {
    this.#realm = realm
    this.#follow()
    // As long as the realm is there, and so is the house.
    this.#rules.onChanged((uri) => {
      if (uri === this.#uri) this.#follow()
    })
    watchOffers(realm, (procedure) => this.#judges.get(procedure)?.asked.judge.flush())
  }

  async ask({ procedure }: AuthorizerRow, request: AccessRequest): Promise<Verdict> {
    const known = this.#judges.get(procedure)
    if (known !== undefined) return known.asked.judge.ask(request)
    return { decision: failed, problem: `${procedure} is not asked any more` }
  }

  /** Who is asked follows the rules; what one has said falls with its rule, as the realm's epoch moves. */
  #follow(): void {
    const realm = this.#realm
    if (realm === undefined) return
    const rows = new Map(this.#rules.of(this.#uri).map((row) => [row.procedure, row]))
    for (const [procedure, { row, asked }] of this.#judges) {
      if (rows.get(procedure)?.timeoutMs === row.timeoutMs) continue
      asked.detach()
      this.#judges.delete(procedure)
    }
    for (const [procedure, row] of rows) {
      if (this.#judges.has(procedure)) continue
      const { timeoutMs } = row
      const asked = new RealmJudge({ procedure, timeoutMs }, this.#context)
      asked.attach(realm)
      this.#judges.set(procedure, { row, asked })
    }
  }

  #flushedBy(uri: string): string | undefined {
    for (const procedure of this.#judges.keys()) if (flushUri(procedure) === uri) return procedure
    return undefined
  }

  #offers(session: number, procedure: string): boolean {
    const registration = this.#realm?.dealer.registrations.get('exact', procedure)
    for (const { id } of registration?.callees.keys() ?? []) if (id === session) return true
    return false
  }
}

const denied = { allow: false, reason: 'wamp.error.not_authorized' }
const failed = { allow: false, reason: 'wamp.error.authorization_failed' }
