import { idTokenFormat } from './uma-exchange.ts'
import { grantTypes, protectionScope } from './grant-types.ts'
import { paths } from './paths.ts'

/** What the server says of itself (RFC 8414, RFC 8628 §4, UMA 2.0 Grant §2, UMA 2.0 Federated Authorization §2). */
export function metadataOf(issuer: string): Readonly<Record<string, unknown>> {
  return {
    issuer,
    jwks_uri: issuer + paths.jwks,
    token_endpoint: issuer + paths.token,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'none'],
    grant_types_supported: Object.values(grantTypes),
    // Nobody signs in here: people prove themselves to their own providers.
    response_types_supported: [],
    scopes_supported: [protectionScope],
    introspection_endpoint: issuer + paths.introspection,
    introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'bearer'],
    revocation_endpoint: issuer + paths.revocation,
    revocation_endpoint_auth_methods_supported: ['client_secret_basic'],
    device_authorization_endpoint: issuer + paths.deviceAuthorization,
    permission_endpoint: issuer + paths.permissions,
    resource_registration_endpoint: issuer + paths.resources,
    uma_profiles_supported: [idTokenFormat],
  }
}
