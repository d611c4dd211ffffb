import type { LocalPeer } from '../../router/local-peer.ts'
import type { Realm } from '../../router/realm.ts'
import type { Services } from '../procedure.ts'
import { servicePrincipal } from '../service-principal.ts'
import { answer } from './answer.ts'
import { catalogue } from './catalogue.ts'

/**
 * Offers every procedure of the catalogue in a realm. Each answers with one dictionary as its only positional
 * result. Errors, besides those of a procedure: `wamp.error.not_authorized` without the right, the same whether what
 * is named is there or not; `wamp.error.invalid_argument`; `wamp.error.unavailable` when a change could not be kept.
 */
export function serveManagement(realm: Realm, services: Services): LocalPeer {
  const peer = realm.local(servicePrincipal)
  for (const procedure of catalogue)
    peer.register(procedure.uri, async ({ args, kwargs, caller }) => ({
      args: [await answer(procedure, args, kwargs, { ...services, realm, caller })],
    }))
  return peer
}
