import { bareRoles, routerRoles } from './features.ts'
import type { Session } from './session.ts'
import { Constant } from './wire/constant.ts'
import { emptyDict, WELCOME, type Dict } from './wire/message.ts'

/** Three quarters of WELCOME, and the same in each: written once, a join costs a third less of the router itself. */
const roles = new Constant(routerRoles)

/** How a session can be resumed, and whether it was. */
export interface ResumptionTicket {
  readonly resumed: boolean
  /** `undefined`: it cannot be resumed. */
  readonly token: string | undefined
}

/** Sends WELCOME; a client that takes no message as long as that is not told what it might use besides. */
export function welcome(session: Session, agent: string, ticket?: ResumptionTicket): void {
  const { authid, authrole, authmethod, authprovider, authextra = emptyDict } = session.principal
  const details: Dict = {
    realm: session.realm.uri,
    roles,
    agent,
    authid,
    authrole,
    authmethod,
    authprovider,
    authextra,
    ...(ticket !== undefined && resumptionDetails(ticket)),
  }
  if (session.send({ type: WELCOME, session: session.id, details })) return
  const short = { ...details, roles: bareRoles }
  if (session.send({ type: WELCOME, session: session.id, details: short })) return
  const text = 'WELCOME is longer than the client takes'
  session.abort('wamp.error.payload_size_exceeded', text)
}

/** Clients in wide use read `resume_token`; the specification has `resume-ticket`. */
function resumptionDetails({ resumed, token }: ResumptionTicket): Dict {
  if (token === undefined) return { resumed, resumable: false }
  return { resumed, resumable: true, 'resume-ticket': token, resume_token: token }
}
