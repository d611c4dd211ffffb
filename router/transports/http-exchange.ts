import type { IncomingMessage, ServerResponse } from 'node:http'

/** One request and its answer, with the headers that any answer to it has. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly headers: Readonly<Record<string, string>>
}

/** Answers, if the client is still there. `written` is called when the body has left; never, if it cannot. */
export function reply(
  { request, response, headers }: Exchange,
  status: number,
  content: string | Buffer,
  type: string = 'text/plain; charset=utf-8',
  written?: () => void,
): void {
  if (response.destroyed || response.headersSent) return
  const body = typeof content === 'string' && content !== '' ? `${content}\n` : content
  if (body.length === 0) {
    // An answer 204 has no length (RFC 9110, 8.6).
    const length = status === 204 ? {} : { 'content-length': '0' }
    response.writeHead(status, { ...headers, ...length }).end()
    return
  }
  const length = Buffer.byteLength(body)
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': length })
  const { socket } = request
  response.write(body, () => {
    // Node says so, without an error, of what was under way on a connection that broke, too.
    if (!socket.destroyed) written?.()
  })
  response.end()
}

/**
 * Reads the whole body. A number: it is longer than `maxBytes`, of which so many have come or are to come; what there
 * is of it is thrown away. `undefined`: the client broke it off.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | number | undefined> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > maxBytes) {
    request.resume()
    return Promise.resolve(announced)
  }
  // While it waited its turn.
  if (request.destroyed) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      // Read on, so that the answer reaches a client that reads it only after it has written all.
      if (bytes > maxBytes) resolve(bytes)
      else chunks.push(chunk)
    })
    request.once('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)))
    request.once('error', () => resolve(undefined))
    request.once('close', () => resolve(undefined))
  })
}
