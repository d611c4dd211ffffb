import type { Dict } from '../../../router/wire/message.ts'
import type { OAuthClient } from '../../authority-services.ts'

/** A client of the authorization server as it goes over the wire. */
export function clientView({ id, name, use, configured, createdAt }: OAuthClient): Dict {
  return { id, name, use, configured, created_at: createdAt }
}
