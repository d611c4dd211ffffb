import { WampError } from '../../router/wire/errors.ts'
import type { OAuthClients } from '../authority-services.ts'
import type { ProcedureContext } from '../procedure.ts'
import { errorUris } from '../uris.ts'

/** @throws WampError `latchkey.error.invalid_state` where the configuration has no authorization server */
export function registryOf({ authority }: ProcedureContext): OAuthClients {
  if (authority !== undefined) return authority.clients
  throw new WampError(
    errorUris.invalidState,
    'there is no authorization server: the configuration has no "authority"',
  )
}
