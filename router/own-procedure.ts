import type { Peer } from './peer.ts'
import type { PayloadValues } from './wire/payload.ts'

/**
 * A procedure under `wamp.` that the router itself answers, after the caller's right to it was decided as for any
 * other. It is no registration: nobody can take its name, and it is listed nowhere.
 * Throws WampError to answer with ERROR; anything else it throws tells the caller nothing, and is logged.
 */
export type OwnProcedure = (
  caller: Peer,
  values: PayloadValues,
) => PayloadValues | void | Promise<PayloadValues | void>
