import type { IncomingMessage, ServerResponse } from 'node:http'

/** What serves the requests of one path. */
export interface Route {
  takes(request: IncomingMessage): boolean
  serve(request: IncomingMessage, response: ServerResponse): void
}

/** An answer that is no success, as JSON. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly body: Readonly<Record<string, string>>
  readonly retryAfterSeconds: number | undefined

  constructor(
    status: number,
    body: Readonly<Record<string, string>>,
    options: ErrorOptions & { readonly retryAfterSeconds?: number } = {},
  ) {
    super(Object.values(body).join(': '), options)
    this.status = status
    this.body = body
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** No page of another origin reads an answer, and nobody keeps one. */
const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** Answers, if the client is still there. `body`: as JSON; absent: an empty answer. */
export function answer(
  response: ServerResponse,
  status: number,
  body?: object,
  more: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed || response.headersSent) return
  const text = body === undefined ? '' : JSON.stringify(body)
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  response
    .writeHead(status, {
      ...headers,
      ...type,
      'content-length': String(Buffer.byteLength(text)),
      ...more,
    })
    .end(text)
}

/** Answers with a refusal. */
export function refuse(response: ServerResponse, refusal: Refusal): void {
  const { status, body, retryAfterSeconds } = refusal
  answer(response, status, body, {
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  })
}

/** The path of a request, without its query. */
export function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? ''
}

/** The media type of a request's body, in lower case, without parameters. */
export function mediaTypeOf({ headers: { 'content-type': type = '' } }: IncomingMessage): string {
  return (type.split(';', 1)[0] ?? '').trim().toLowerCase()
}

/** Reads the whole body. `undefined`: it is longer than `maxBytes`, or the client broke it off. */
export function readText(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    request.resume()
    return Promise.resolve(undefined)
  }
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      // Read on, so that the answer reaches a client that reads it only after it has written all.
      if (bytes > maxBytes) resolve(undefined)
      else chunks.push(chunk)
    })
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
    request.once('error', () => resolve(undefined))
    request.once('close', () => resolve(undefined))
  })
}
