import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpProblem, invalidRequest } from './http-problem.ts'

/** One request to an endpoint of our own and its answer. */
export class Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly path: string
  readonly #bodyBytes: number

  /** @param bodyBytes how much of a body is read */
  constructor(request: IncomingMessage, response: ServerResponse, bodyBytes: number) {
    this.request = request
    this.response = response
    this.path = pathOf(request)
    this.#bodyBytes = bodyBytes
  }

  get method(): string {
    return this.request.method ?? ''
  }

  /** @throws HttpProblem 405 for any other */
  allow(...methods: readonly string[]): void {
    if (methods.includes(this.method)) return
    throw new HttpProblem(405, 'unsupported_method_type', `allowed: ${methods.join(', ')}`, {
      allow: methods.join(', '),
    })
  }

  /** @throws HttpProblem 413, 415, 400 */
  async json(): Promise<unknown> {
    const text = await this.#text('application/json')
    try {
      return JSON.parse(text) as unknown
    } catch {
      throw invalidRequest('the body is no JSON')
    }
  }

  /** Each parameter once (RFC 6749 §3.2). @throws HttpProblem 413, 415, 400 */
  async form(): Promise<ReadonlyMap<string, string>> {
    const text = await this.#text('application/x-www-form-urlencoded')
    const parameters = new Map<string, string>()
    for (const [name, value] of new URLSearchParams(text)) {
      if (parameters.has(name)) throw invalidRequest(`${name} is there twice`)
      if (value !== '') parameters.set(name, value)
    }
    return parameters
  }

  send(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}): void {
    const { request, response } = this
    // What was not read to its end costs the connection, as its rest would be taken for the next request.
    const close = request.complete ? {} : { connection: 'close' }
    const plain = { 'cache-control': 'no-store', ...close, ...headers }
    if (body === undefined) return void response.writeHead(status, plain).end()
    const text = JSON.stringify(body)
    response
      .writeHead(status, { 'content-type': 'application/json', ...plain })
      .end(this.method === 'HEAD' ? undefined : text)
  }

  refuse({ status, error, message, headers }: HttpProblem): void {
    this.send(status, { error, error_description: message }, headers)
  }

  async #text(type: string): Promise<string> {
    const given = (this.request.headers['content-type'] ?? '').split(';', 1)[0]?.trim()
    if (given?.toLowerCase() !== type)
      throw new HttpProblem(415, 'invalid_request', `the body must be ${type}`)
    const tooLong = new HttpProblem(
      413,
      'invalid_request',
      `the body may have ${this.#bodyBytes} bytes`,
    )
    if (Number(this.request.headers['content-length'] ?? 0) > this.#bodyBytes) throw tooLong
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of this.request as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > this.#bodyBytes) throw tooLong
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  }
}

/** Without the query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0] ?? '/'
}
