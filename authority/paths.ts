/** Where each part of the authorization server is, on the WebSocket's HTTP port. */
export const paths = {
  metadata: '/.well-known/oauth-authorization-server',
  umaMetadata: '/.well-known/uma2-configuration',
  jwks: '/oauth/jwks',
  token: '/oauth/token',
  introspection: '/oauth/introspect',
  revocation: '/oauth/revoke',
  deviceAuthorization: '/oauth/device_authorization',
  /** For people: what to do with a user code. */
  device: '/oauth/device',
  permissions: '/oauth/uma/permissions',
  resources: '/oauth/uma/resources',
} as const

/** All below it is ours, and whatever is not there is not there. */
export const prefix = '/oauth/'
