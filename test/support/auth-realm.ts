import { systemClock, type Clock } from '../../clock.ts'
import type { CookieJar } from '../../authenticators/cookie-jar.ts'
import { Ecosystems } from '../../ecosystems/ecosystems.ts'
import { Issuers } from '../../ecosystems/issuers.ts'
import { MemoryStore } from '../../ecosystems/store/memory.ts'
import { authenticationOf } from '../../realms/authentication.ts'
import { realmSchema } from '../../realms/definition.ts'
import type { Realm, RealmDefinition } from '../../router/realm.ts'
import type { Router } from '../../router/router.ts'
import { allowAll } from './open-router.ts'

/** A realm in whose configuration it says who may join, in a router of a test. */
export interface AuthRealm {
  readonly realm: Realm
  readonly ecosystems: Ecosystems
  /** What was logged: why somebody was refused. */
  readonly reasons: unknown[]
  close(): Promise<void>
}

/** Adds a realm as the configuration would make it; everybody who has joined may do everything. */
export async function addAuthRealm(
  router: Router,
  config: object,
  more: {
    readonly clock?: Clock
    readonly cookies?: CookieJar
    readonly definition?: Partial<RealmDefinition>
  } = {},
): Promise<AuthRealm> {
  const { clock = systemClock, cookies, definition } = more
  const reasons: unknown[] = []
  const ecosystems = await Ecosystems.open(new MemoryStore(), { clock })
  const parsed = realmSchema.parse(config)
  const { authenticators } = await authenticationOf(parsed, {
    ecosystems,
    issuers: new Issuers(ecosystems.idps, { clock }),
    realm: (uri) => router.realm(uri),
    cookies,
    clock,
    log: (_level, _message, details) =>
      reasons.push(details !== undefined && 'reason' in details ? details.reason : details),
  })
  const realm = router.addRealm({
    uri: parsed.uri,
    authenticators,
    authorizer: allowAll,
    ...definition,
  })
  return { realm, ecosystems, reasons, close: () => ecosystems.close() }
}
