import type { Authenticator } from '../../../router/access.ts'
import type { Realm, RealmDefinition } from '../../../router/realm.ts'
import { startOpenRouter, type OpenRouter } from '../../support/open-router.ts'
import type { WampClient } from '../../support/wamp-client.ts'
import type { Scene } from './scene.ts'

/** A component whose role is its name. */
const byName: Authenticator = {
  method: 'anonymous',
  begin: ({ authid = 'guest' }) => ({
    kind: 'component',
    authid,
    authrole: authid,
    authmethod: 'anonymous',
    authprovider: 'test',
  }),
}

/** A router of a suite's own, for realms that are not open to everybody, and the ways of the scene to it. */
export interface OwnRouter {
  readonly realm: Realm
  /** By the first way, as a component of this name and role. */
  join(name: string, details?: Record<string, unknown>): Promise<WampClient>
  /** By the second way. */
  joinOther(name: string, details?: Record<string, unknown>): Promise<WampClient>
}

/** Starts it before the suite's cases, and stops it after them. */
export function ownRouter(
  scene: () => Scene,
  definition: Partial<RealmDefinition>,
  prepare: (realm: Realm) => void = () => undefined,
): () => OwnRouter {
  let open: OpenRouter

  before(async () => {
    open = await startOpenRouter({ realm: { authenticators: [byName], ...definition } })
    prepare(open.realm1)
  })
  after(() => open.stop())
  afterEach(() => open.dropClients())

  const joined = async (
    connecting: Promise<WampClient>,
    authid: string,
    details: Record<string, unknown> = {},
  ): Promise<WampClient> => {
    const client = await connecting
    await client.join('realm1', { authid, ...details })
    return client
  }
  return () => ({
    realm: open.realm1,
    join: (name, details) => joined(scene().way.connect(open), name, details),
    joinOther: (name, details) => joined(scene().otherWay.connect(open), name, details),
  })
}
