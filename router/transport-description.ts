import type { Transport } from './transport.ts'
import type { Dict } from './wire/message.ts'

/**
 * What others may know of a session's transport: `transport` in the session meta API
 * (rfc/text/advanced/meta_api_sessions.md). Without cookies and keying material, which prove who one is.
 */
export function describeTransport({
  peer,
  serializer,
  subprotocol = serializer.subprotocol,
}: Pick<Transport, 'peer' | 'serializer' | 'subprotocol'>): Dict {
  const { certificate, origin, userAgent } = peer
  return {
    type: peer.transport,
    protocol: subprotocol,
    peer: peer.address,
    encrypted: peer.encrypted === true,
    ...(origin !== undefined && { origin }),
    ...(userAgent !== undefined && { user_agent: userAgent }),
    ...(certificate !== undefined && { certificate: { subject: certificate.subject } }),
  }
}
