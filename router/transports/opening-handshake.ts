import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { chooseSubprotocol, subprotocols, type Subprotocol } from '../wire/subprotocols.ts'

/** RFC 6455, 1.3. */
const keySuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** 16 octets in base64. */
const keyPattern = /^[+/0-9A-Za-z]{22}==$/
/** RFC 9110, 5.6.2. */
const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const version = '13'

/** Why an upgrade is no opening handshake of WebSocket (RFC 6455, 4.2.1), as an answer of HTTP. */
export interface HandshakeFault {
  readonly status: number
  readonly text: string
  /** More lines of the answer's head, each with its end. */
  readonly headers?: string
}

const badRequest: HandshakeFault = { status: 400, text: 'Bad Request' }
const otherMethod: HandshakeFault = { status: 405, text: 'Method Not Allowed' }
const otherVersion: HandshakeFault = {
  status: 426,
  text: 'Upgrade Required',
  headers: `Sec-WebSocket-Version: ${version}\r\n`,
}

/** What is wrong with an opening handshake apart from its subprotocols; `undefined`: nothing. */
export function handshakeFault({ method, headers }: IncomingMessage): HandshakeFault | undefined {
  if (method !== 'GET') return otherMethod
  if (headers.upgrade?.toLowerCase() !== 'websocket') return badRequest
  if (!keyPattern.test(headers['sec-websocket-key'] ?? '')) return badRequest
  return headers['sec-websocket-version'] === version ? undefined : otherVersion
}

/**
 * The first subprotocol of `Sec-WebSocket-Protocol` that the router speaks. `undefined`: none, or the header is no list
 * of different tokens.
 */
export function offeredSubprotocol(header: string | undefined): Subprotocol | undefined {
  if (header === undefined) return undefined
  // Most clients of ours offer one.
  const only = subprotocols.get(header)
  if (only !== undefined) return only
  const names = header.split(',').map((name) => name.trim())
  if (new Set(names).size < names.length) return undefined
  return names.every((name) => tokenPattern.test(name)) ? chooseSubprotocol(names) : undefined
}

/**
 * The answer by which the connection becomes one of WebSocket (RFC 6455, 4.2.2). No extension is negotiated.
 * @param cookie of a Set-Cookie header, if there is to be one
 */
export function handshakeAnswer(
  { headers }: IncomingMessage,
  subprotocol: string,
  cookie: string | undefined,
): string {
  const accept = hash('sha1', `${headers['sec-websocket-key'] ?? ''}${keySuffix}`, 'base64')
  const setCookie = cookie === undefined ? '' : `Set-Cookie: ${cookie}\r\n`
  return (
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n${setCookie}\r\n`
  )
}
