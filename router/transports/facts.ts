import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { PeerCertificate, PeerFacts } from '../access.ts'

const longestUserAgent = 200
/** RFC 9266, 2: label and length; the context is present and empty. */
const exporterLabel = 'EXPORTER-Channel-Binding'
const exporterBytes = 32

/** What a socket by itself tells of its other end. */
export function socketFacts(
  socket: Socket,
): Pick<PeerFacts, 'address' | 'encrypted' | 'channelBinding' | 'certificate'> {
  const address = socket.remoteAddress ?? ''
  if (!(socket instanceof TLSSocket)) return { address }
  const certificate = certificateOf(socket)
  return {
    address,
    encrypted: true,
    channelBinding: (type) => channelBinding(socket, type),
    ...(certificate !== undefined && { certificate }),
  }
}

/** What the HTTP request tells by which a transport was opened; of its cookies only where they count. */
export function requestFacts(
  { headers }: IncomingMessage,
  cookiesCount: boolean,
): Pick<PeerFacts, 'cookies' | 'origin' | 'userAgent'> {
  const { cookie, origin, 'user-agent': userAgent } = headers
  return {
    ...(cookie !== undefined && cookiesCount && { cookies: cookiesOf(cookie) }),
    ...(origin !== undefined && { origin }),
    ...(userAgent !== undefined && { userAgent: userAgent.slice(0, longestUserAgent) }),
  }
}

function channelBinding(socket: TLSSocket, type: string): Uint8Array | undefined {
  if (socket.destroyed) return undefined
  if (type === 'tls-exporter') {
    return socket.exportKeyingMaterial(exporterBytes, exporterLabel, Buffer.alloc(0))
  }
  // Not defined for TLS 1.3 (RFC 9266, 3). It is the first Finished: the client's, but for a resumed session.
  if (type !== 'tls-unique' || socket.getProtocol() !== 'TLSv1.2') return undefined
  return socket.isSessionReused() ? socket.getFinished() : socket.getPeerFinished()
}

function certificateOf(socket: TLSSocket): PeerCertificate | undefined {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return undefined
  // Absent where the certificate is of nobody but its alternative names (RFC 5280, 4.1.2.6), whatever the type says.
  const { subject = '' } = certificate as { readonly subject?: string }
  return {
    subject: subject.replaceAll('\n', ', '),
    fingerprint256: certificate.fingerprint256,
    subjectAltNames: alternativeNames(certificate.subjectAltName ?? ''),
    validTo: Date.parse(certificate.validTo),
    authorized: socket.authorized,
  }
}

/**
 * Takes the list of names apart that Node writes as one text. A name that has a comma or a quote in it is quoted
 * there: without a look at that, one name could pass for two (CVE-2021-44532). What is quoted otherwise is no name.
 */
export function alternativeNames(text: string): string[] {
  return (text.match(/(?:[^,"]|"(?:[^"\\]|\\.)*")+/g) ?? []).flatMap((entry) => {
    const [, kind = '', name = ''] = /^([^:]*):(.*)$/s.exec(entry.trim()) ?? []
    if (!name.startsWith('"')) return [`${kind}:${name}`]
    const plain = unquotedName(name)
    return plain === undefined ? [] : [`${kind}:${plain}`]
  })
}

function unquotedName(name: string): string | undefined {
  try {
    return String(JSON.parse(name))
  } catch {
    // Thrown on, one certificate that is made for it would stop the router.
    return undefined
  }
}

/**
 * Of two cookies of one name the first counts: browsers send the one of the longer path first (RFC 6265, 5.4). Taken
 * apart without a pattern: one that allows for blanks on all sides takes minutes for a header that is made for it.
 */
export function cookiesOf(header: string): Readonly<Record<string, string>> {
  const cookies = new Map<string, string>()
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    const name = pair.slice(0, Math.max(equals, 0)).trim()
    const value = unquoted(pair.slice(equals + 1).trim())
    if (name === '' || /\s/.test(name) || value.includes('"') || cookies.has(name)) continue
    cookies.set(name, value)
  }
  return Object.fromEntries(cookies)
}

function unquoted(value: string): string {
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"')
  return isQuoted ? value.slice(1, -1) : value
}
