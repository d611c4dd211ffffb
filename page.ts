import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { extname, join, relative, sep } from 'node:path'

/** What the page must know of this router; it reads it as `/latchkey.json`. */
export interface PageConfig {
  /** The realm to join. */
  readonly realm: string
  /** Address of the OpenID provider. */
  readonly issuer: string
  /** The page's client id with that provider. */
  readonly clientId: string
  /** Path of the WebSocket on the page's own origin, e.g. `/ws`. */
  readonly websocket: string
}

export interface PageOptions {
  /** Folder of the built page, `dist/console`. */
  readonly root: string
  readonly config: PageConfig
}

interface Resource {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
  readonly etag: string
}

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
}

/** Names below it carry a hash of their content, so what a browser once has is never old. */
const immutablePrefix = '/assets/'

function resource(path: string, body: Buffer, cacheControl: string): Resource {
  const type = contentTypes[extname(path)]
  if (type === undefined) throw new Error(`${path}: the page has no content type for this file`)
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`
  return { body, etag, headers: { 'content-type': type, 'cache-control': cacheControl, etag } }
}

/**
 * All that can be asked for, read once: a request only looks a name up here, so no name leads to another file of the
 * machine.
 */
function load(root: string): Map<string, Resource> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
  const resources = new Map<string, Resource>()
  for (const file of files) {
    if (!file.isFile()) continue
    const absolute = join(file.parentPath, file.name)
    const path = `/${relative(root, absolute).split(sep).join('/')}`
    const cacheControl = path.startsWith(immutablePrefix)
      ? 'public, max-age=31536000, immutable'
      : 'no-cache'
    resources.set(path, resource(path, readFileSync(absolute), cacheControl))
  }
  const index = resources.get('/index.html')
  if (index === undefined)
    throw new Error(`${root}: no index.html there; the page is made by npm run build`)
  return resources.set('/', index)
}

function securityHeaders({ issuer }: PageConfig): Record<string, string> {
  const policy = [
    "default-src 'self'",
    `connect-src 'self' ${new URL(issuer).origin}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    // The address carries the authorization code for a moment.
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  }
}

function knows(request: IncomingMessage, etag: string): boolean {
  const tags = request.headers['if-none-match']
  if (tags === undefined) return false
  return tags.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')))
}

/**
 * Serves the page at `/`, `/latchkey.json` and `/healthz`; GET and HEAD only. Reads the built page at once and throws
 * where it is not there.
 */
export function createPage({ root, config }: PageOptions): RequestListener {
  const resources = load(root)
  const { realm, issuer, clientId, websocket } = config
  const shown = Buffer.from(JSON.stringify({ realm, issuer, clientId, websocket }))
  resources.set('/latchkey.json', resource('/latchkey.json', shown, 'no-cache'))
  const health = Buffer.from(JSON.stringify({ status: 'ok' }))
  resources.set('/healthz', resource('/healthz.json', health, 'no-store'))
  const security = securityHeaders(config)

  const refuse = (
    response: ServerResponse,
    status: number,
    text: string,
    headers: Record<string, string> = {},
  ): void => {
    const plain = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' }
    response.writeHead(status, { ...security, ...plain, ...headers }).end(`${text}\n`)
  }

  return (request, response) => {
    // Whatever comes as a body is not for us, and unread it would hold the connection.
    request.resume()
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, 405, 'Method not allowed', { allow: 'GET, HEAD' })
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
    const found = resources.get(path)
    if (found === undefined) return refuse(response, 404, 'Not found')
    const headers = { ...security, ...found.headers }
    if (knows(request, found.etag)) return void response.writeHead(304, headers).end()
    // Node leaves the body of an answer to HEAD out.
    response.writeHead(200, { ...headers, 'content-length': found.body.length }).end(found.body)
  }
}
