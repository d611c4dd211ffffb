import type { Authenticator } from '../router/access.ts'
import { denied } from './refusals.ts'

/**
 * Whoever can open the management socket in the data folder: the folder's owner, as the file system has it. Nothing
 * more is asked, and on no other transport is it ever taken.
 */
export function operatorAuthenticator(): Authenticator {
  return {
    method: 'local',
    unasked: true,
    accepts: (_request, { peer }) => peer.operator,
    begin(_request, { peer }) {
      if (!peer.operator) throw denied()
      return {
        kind: 'operator',
        authid: 'operator',
        authrole: 'operator',
        authmethod: 'local',
        authprovider: 'latchkey',
      }
    },
  }
}
