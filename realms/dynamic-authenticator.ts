import { DynamicAuthenticator } from '../authenticators/dynamic.ts'
import type { StaticPrincipals } from '../authenticators/principals.ts'
import type { Offer } from '../authorizers/offers.ts'
import type { EngineLog } from '../router/log.ts'
import type { Realm } from '../router/realm.ts'
import { AskedComponent } from './asked-component.ts'
import type { AuthenticatorConfig } from './authenticator-definition.ts'
import type { RealmConfig } from './definition.ts'
import { ownRoles } from './principal-definition.ts'

export interface RealmAuthenticatorContext {
  readonly principals: StaticPrincipals
  /** A realm of the router, which may come to be later than this. */
  readonly realm: (uri: string) => Realm | undefined
  readonly log: EngineLog
}

/** A dynamic authenticator, and the realm that it is asked in. */
export class RealmAuthenticator {
  readonly authenticator: DynamicAuthenticator

  /** `uri`: the realm that is joined. */
  constructor(config: AuthenticatorConfig, uri: string, context: RealmAuthenticatorContext) {
    const component = new AskedComponent(config, () => context.realm(config.realm ?? uri))
    const { principals, log } = context
    this.authenticator = new DynamicAuthenticator({
      ask: (question) => component.ask(question),
      ownRoles,
      principals,
      log,
    })
  }
}

/** By which procedures authenticators, of whatever realm, ask in the realm `uri`. */
export function offersIn(uri: string, realms: readonly RealmConfig[]): Offer[] {
  return realms.flatMap(({ authenticator, uri: own }) =>
    authenticator !== undefined && (authenticator.realm ?? own) === uri ? [authenticator] : [],
  )
}
