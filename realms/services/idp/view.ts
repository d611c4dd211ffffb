import type { IdpRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'

/** A trusted provider as it goes over the wire. */
export function idpView(row: IdpRow): Dict {
  return {
    issuer: row.issuer,
    client_id: row.clientId,
    jwks_uri: row.jwksUri,
    events_audience: row.eventsAudience,
    introspection_endpoint: row.introspection?.endpoint ?? null,
    status: row.status,
    everywhere: row.everywhere,
    acr_map: row.acrMap,
    created_at: row.createdAt,
  }
}
