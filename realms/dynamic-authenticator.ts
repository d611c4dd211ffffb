import { DynamicAuthenticator, type AuthenticatorQuestion } from '../authenticators/dynamic.ts'
import type { StaticPrincipals } from '../authenticators/principals.ts'
import type { LocalPeer } from '../router/local-peer.ts'
import type { EngineLog } from '../router/log.ts'
import type { Realm } from '../router/realm.ts'
import { WampError } from '../router/wire/errors.ts'
import type { PayloadValues } from '../router/wire/payload.ts'
import type { AuthenticatorConfig } from './authenticator-definition.ts'
import { ownRoles } from './principal-definition.ts'
import { servicePrincipal } from './service-principal.ts'

export interface RealmAuthenticatorContext {
  readonly principals: StaticPrincipals
  /** A realm of the router, which may come to be later than this. */
  readonly realm: (uri: string) => Realm | undefined
  readonly log: EngineLog
}

/** A dynamic authenticator, and the realm that it is asked in. */
export class RealmAuthenticator {
  readonly authenticator: DynamicAuthenticator
  readonly #config: AuthenticatorConfig
  readonly #realm: () => Realm | undefined
  #peer: LocalPeer | undefined

  /** `uri`: the realm that is joined. */
  constructor(config: AuthenticatorConfig, uri: string, context: RealmAuthenticatorContext) {
    this.#config = config
    this.#realm = () => context.realm(config.realm ?? uri)
    const { principals, log } = context
    this.authenticator = new DynamicAuthenticator({
      ask: (question) => this.#ask(question),
      ownRoles,
      principals,
      log,
    })
  }

  /** Only a component that proved to have the role is asked, whoever else may have come to offer the name. */
  async #ask(question: AuthenticatorQuestion): Promise<PayloadValues> {
    const { procedure, role, timeoutMs } = this.#config
    const realm = this.#realm()
    const registration = realm?.dealer.registrations.get('exact', procedure)
    if (realm === undefined || registration === undefined)
      throw new WampError('wamp.error.no_such_procedure', `nobody offers ${procedure}`)
    for (const { principal } of registration.callees.keys()) {
      if (principal.kind !== 'component' || principal.authrole !== role)
        throw new Error(`${procedure} is offered by ${principal.kind} ${principal.authid}`)
    }
    this.#peer ??= realm.local(servicePrincipal)
    return this.#peer.call(procedure, question, undefined, { timeout: timeoutMs })
  }
}
