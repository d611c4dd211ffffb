import { DynamicAuthorizer } from '../authorizers/dynamic.ts'
import type { Schemas } from '../authorizers/schemas.ts'
import type { Trail } from '../authorizers/trace.ts'
import type { Principal } from '../router/access.ts'
import type { EngineLog } from '../router/log.ts'
import type { Realm } from '../router/realm.ts'
import { WampError } from '../router/wire/errors.ts'
import type { PayloadValues } from '../router/wire/payload.ts'
import { AskedComponent } from './asked-component.ts'
import type { AuthorizerConfig } from './authorizer-definition.ts'
import { Questions } from './questions.ts'
import { servicePrincipal } from './service-principal.ts'

export interface DynamicAuthorizerContext {
  readonly schemas: Schemas
  readonly trail?: Trail
  readonly log?: EngineLog
}

/** A dynamic authorizer, and the realm that it is asked in, which comes to be after it. */
export class RealmAuthorizer {
  readonly authorizer: DynamicAuthorizer
  readonly #config: AuthorizerConfig
  readonly #log: EngineLog | undefined
  #realm: Realm | undefined
  #questions: Questions | undefined

  constructor(config: AuthorizerConfig, context: DynamicAuthorizerContext) {
    this.#config = config
    this.#log = context.log
    const component = new AskedComponent(config, () => this.#realm)
    this.authorizer = new DynamicAuthorizer({
      ...context,
      procedure: config.procedure,
      flush: flushUri(config),
      role: config.role,
      decides: new Set(config.decides),
      ask: (question, asker) => {
        const ask = async (): Promise<PayloadValues> => component.ask(question())
        return this.#questions === undefined ? ask() : this.#questions.ask(ask, asker)
      },
      principals: () => this.#principals(),
    })
  }

  /** Begins to ask in the realm, and takes word there that rights have changed. */
  attach(realm: Realm): void {
    const { procedure } = this.#config
    this.#realm = realm
    this.#questions = new Questions({ clock: realm.clock, limits: realm.limits, log: this.#log })
    realm.local(servicePrincipal).register(flushUri(this.#config), ({ args, kwargs }) => {
      const [first] = args
      const authid = first ?? kwargs['authid'] ?? undefined
      if (authid !== undefined && typeof authid !== 'string') {
        const text = 'authid must be a string, or absent for everybody'
        throw new WampError('wamp.error.invalid_argument', text)
      }
      this.authorizer.flush(authid)
      this.#reassess(authid)
    })
    realm.dealer.observe({
      added: () => undefined,
      removed: (_callee, { procedure: uri, match }) => {
        if (match === 'exact' && uri === procedure) this.authorizer.flush()
      },
    })
    // It keeps what it offers, but word that rights have changed can no longer come from it.
    realm.observeDetached(({ ledger }) => {
      for (const { procedure: uri, match } of ledger.registrations.values()) {
        if (match === 'exact' && uri === procedure) this.authorizer.flush()
      }
    })
  }

  /** Those of one name are few; what all have is looked at when it is used. */
  #reassess(authid: string | undefined): void {
    if (authid === undefined) return
    for (const session of this.#realm?.sessionsOf(undefined, authid) ?? []) {
      this.#realm?.reassess(session)
    }
  }

  *#principals(): Iterable<Principal> {
    for (const { principal } of this.#realm?.sessions.values() ?? []) yield principal
  }
}

/** The procedure by which the authorizer says that rights have changed: `[authid]`, or nothing for everybody. */
export function flushUri({ procedure }: AuthorizerConfig): string {
  return `${procedure}.flush`
}
