import { DynamicAuthorizer } from '../authorizers/dynamic.ts'
import type { Schemas } from '../authorizers/schemas.ts'
import type { Trail } from '../authorizers/trace.ts'
import type { EngineLog } from '../router/log.ts'
import type { Realm } from '../router/realm.ts'
import type { AuthorizerConfig } from './authorizer-definition.ts'
import { flushUri, RealmJudge, watchOffers } from './realm-judge.ts'

export interface DynamicAuthorizerContext {
  readonly schemas: Schemas
  readonly trail?: Trail
  readonly log?: EngineLog
}

/** A dynamic authorizer, and the realm that it is asked in, which comes to be after it. */
export class RealmAuthorizer {
  readonly authorizer: DynamicAuthorizer
  readonly #procedure: string
  readonly #asked: RealmJudge

  constructor(config: AuthorizerConfig, { trail, ...context }: DynamicAuthorizerContext) {
    const { procedure, role, decides } = config
    this.#procedure = procedure
    this.#asked = new RealmJudge(config, context)
    this.authorizer = new DynamicAuthorizer({
      procedure,
      flush: flushUri(procedure),
      role,
      decides: new Set(decides),
      judge: this.#asked.judge,
      ...(trail !== undefined && { trail }),
    })
  }

  /** Begins to ask in the realm, and takes word there that rights have changed. */
  attach(realm: Realm): void {
    this.#asked.attach(realm)
    watchOffers(realm, (procedure) => {
      if (procedure === this.#procedure) this.#asked.judge.flush()
    })
  }
}
