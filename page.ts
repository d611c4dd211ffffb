import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

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
  /** Folder of the built page. Default `dist/console`, from source and when built alike. */
  readonly root?: string
  /** Absent: there is no page, only `/healthz`. */
  readonly config: PageConfig | undefined
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
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
}

/** This file is `page.ts` at the root or `dist/page.js`. */
const builtPage = fileURLToPath(new URL('dist/console', rootOf(import.meta.url)))

/** Names below it carry a hash of their content, so what a browser once has is never old. */
const immutablePrefix = '/assets/'

function rootOf(module: string): URL {
  return new URL(module.endsWith('.ts') ? '.' : '..', module)
}

function resource(type: string, body: Buffer, cacheControl: string): Resource {
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
    const type = contentTypes[extname(file.name)]
    if (type === undefined) throw new Error(`${absolute}: there is no content type for this file`)
    resources.set(path, resource(type, readFileSync(absolute), cacheControl))
  }
  const index = resources.get('/index.html')
  if (index === undefined)
    throw new Error(`${root}: no index.html there; the page is made by npm run build`)
  return resources.set('/', index)
}

function securityHeaders(config: PageConfig | undefined): Record<string, string> {
  const provider = config === undefined ? '' : ` ${new URL(config.issuer).origin}`
  const policy = [
    "default-src 'self'",
    `connect-src 'self'${provider}`,
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

function json(value: object, cacheControl: string): Resource {
  const type = 'application/json; charset=utf-8'
  return resource(type, Buffer.from(JSON.stringify(value)), cacheControl)
}

/**
 * Serves the page at `/`, `/latchkey.json` and `/healthz`; GET and HEAD only. Reads the built page at once.
 * @throws Error naming the folder when the page is not there
 */
export function createPage({ root = builtPage, config }: PageOptions): RequestListener {
  const resources = config === undefined ? new Map<string, Resource>() : load(root)
  if (config !== undefined) {
    const { realm, issuer, clientId, websocket } = config
    const shown = { realm, issuer, clientId, websocket }
    resources.set('/latchkey.json', json(shown, 'no-cache'))
  }
  resources.set('/healthz', json({ status: 'ok' }, 'no-store'))
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
