import { accounted } from '../authorizers/accounted.ts'
import { chain } from '../authorizers/chain.ts'
import { ecosystemAuthorizer } from '../authorizers/ecosystem.ts'
import { offersAuthorizer, type Offer } from '../authorizers/offers.ts'
import { Schemas } from '../authorizers/schemas.ts'
import { staticAuthorizer } from '../authorizers/static.ts'
import { validated } from '../authorizers/validated.ts'
import type { Clock } from '../clock.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { HouseProofs } from '../ecosystems/proofs/house-proofs.ts'
import type { Authorizer } from '../router/access.ts'
import type { EngineLog } from '../router/log.ts'
import type { Realm } from '../router/realm.ts'
import { proofEffects } from './attestation.ts'
import { countedUsage } from './counted-usage.ts'
import type { RealmConfig } from './definition.ts'
import { disguised } from './disguise.ts'
import { RealmAuthorizer } from './dynamic-authorizer.ts'
import { countedUses } from './grant-uses.ts'
import { RealmRules } from './realm-rules.ts'
import { askedOwners } from './owners-word.ts'

/** How a realm decides, and what is to be done once the realm is there. */
export interface Authorization {
  readonly authorizer: Authorizer
  /** Whom integrators' rules name. */
  readonly components: RealmRules
  attach(realm: Realm): void
}

/**
 * The authorizers of a realm in their order: who may answer for an authenticator; the integrator's own, for the roles that it decides for; who may
 * answer where the house asks; rules of the configuration; the house, and whom its rules name. Around them the schemas of payloads, and the record of everything where it is wanted.
 */
export function authorizationOf(
  config: RealmConfig,
  context: {
    readonly ecosystems: Ecosystems
    readonly proofs: Pick<HouseProofs, 'assertions' | 'pseudonyms'>
    readonly clock: Clock
    readonly log: EngineLog
    /** By which authenticators ask in this realm. */
    readonly offers: readonly Offer[]
  },
): Authorization {
  const { ecosystems, proofs, clock, log, offers } = context
  const trail = ecosystems.audit
  const { assurances, directory } = ecosystems
  const disguise = disguised(proofs.pseudonyms, ecosystems)
  const effects = {
    ...disguise,
    ...proofEffects(proofs.assertions, { assurances, directory, ...disguise }),
    ...countedUses(ecosystems.uses),
    ...askedOwners(ecosystems.approvals),
  }
  const schemas = new Schemas(config.schemas ?? {})
  const dynamic =
    config.authorizer === undefined
      ? undefined
      : new RealmAuthorizer(config.authorizer, { schemas, trail, log })
  const rules = new RealmRules(config.uri, ecosystems.authorizerRules, { schemas, log })
  const decided = chain(
    [
      ...(offers.length === 0 ? [] : [offersAuthorizer(offers)]),
      ...(dynamic === undefined ? [] : [dynamic.authorizer.authorize]),
      rules.authorize,
      staticAuthorizer(config.rules, { clock, trail }),
      ecosystemAuthorizer({ ecosystems, clock, log, effects, components: rules }),
    ],
    { log },
  )
  const fitting = validated(decided, config.payloads ?? [], schemas)
  return {
    authorizer: countedUsage(
      config.accounting === 'all' ? accounted(fitting, trail) : fitting,
      ecosystems.usage,
    ),
    components: rules,
    attach(realm) {
      dynamic?.attach(realm)
      rules.attach(realm)
    },
  }
}
