import type { Principal } from '../router/access.ts'

/** A component of the router's own: who offers its procedures, and who asks components of others. */
export const servicePrincipal: Principal = {
  kind: 'service',
  authid: 'latchkey',
  authrole: 'service',
  authmethod: 'local',
  authprovider: 'latchkey',
}
