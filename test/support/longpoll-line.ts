import http from 'node:http'
import https from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import { batchOf, messagesOf } from './batch.ts'
import type { Line } from './line.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

export interface HttpRequest {
  readonly method?: string
  readonly headers?: http.OutgoingHttpHeaders
  readonly body?: Buffer | string
  readonly agent?: http.Agent
  readonly tls?: ConnectionOptions | undefined
}

/** One HTTP request. Rejects when it is not answered in whole. */
export function ask(url: string, options: HttpRequest = {}): Promise<HttpAnswer> {
  const { method = 'POST', body = '', tls, ...rest } = options
  const client = url.startsWith('https:') ? https : http
  return new Promise((resolve, reject) => {
    const request = client.request(url, { method, ...rest, ...tls }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, headers, body: Buffer.concat(chunks) })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** Opens a long-poll transport. Rejects where it is refused. */
export async function openLongPoll(
  base: string,
  protocol: string,
  options: HttpRequest = {},
): Promise<string> {
  const body = JSON.stringify({ protocols: [protocol] })
  const answer = await ask(`${base}/open`, { ...options, body })
  if (answer.status !== 200)
    throw new Error(`not opened: ${answer.status} ${answer.body.toString()}`)
  const { protocol: chosen, transport } = JSON.parse(answer.body.toString()) as {
    protocol: string
    transport: string
  }
  if (chosen !== protocol) throw new Error(`${protocol} was asked for, not ${chosen}`)
  return transport
}

/** A long-poll client: always receiving, and sending one request after the other. */
export async function longPollLine(
  base: string,
  {
    format,
    batched,
    tls,
  }: { format: string; batched: boolean; tls?: ConnectionOptions | undefined },
  take: (message: Buffer) => void,
): Promise<Line> {
  const secure = base.startsWith('https:')
  const agent = new (secure ? https : http).Agent({ keepAlive: true, ...tls })
  const protocol = `wamp.2.${format}${batched ? '.batched' : ''}`
  const transport = await openLongPoll(base, protocol, { agent, tls })
  const post = (verb: string, body?: Buffer): Promise<HttpAnswer> =>
    ask(`${base}/${transport}/${verb}`, { agent, tls, ...(body !== undefined && { body }) })
  let gone = false
  let over: (code: number) => void = () => undefined
  const closed = new Promise<number>((resolve) => (over = resolve))
  const end = (): void => {
    gone = true
    over(0)
    // A request that hangs may have been answered by now; what is left of them is broken off.
    setImmediate(() => agent.destroy())
  }
  const receiveAll = async (): Promise<void> => {
    for (;;) {
      const { status, body } = await post('receive')
      if (status === 204) continue
      if (status !== 200 || gone) return
      for (const message of batched ? messagesOf(format, body) : [body]) take(message)
    }
  }
  receiveAll().then(end, end)
  const unsent: Buffer[] = []
  let sending: Promise<void> | undefined
  const sendAll = async (): Promise<void> => {
    const mayGoOn = (): boolean => unsent.length > 0 && !gone
    while (mayGoOn()) {
      // In batches, all that waits goes at once.
      const messages = batched ? unsent.splice(0) : unsent.splice(0, 1)
      const body = batched ? messages.map((message) => batchOf(format, message)) : messages
      // What is refused shows in what is received.
      await post('send', Buffer.concat(body)).catch(() => undefined)
    }
    sending = undefined
  }
  return {
    write(bytes) {
      unsent.push(bytes)
      sending ??= sendAll()
    },
    end() {
      void (sending ?? Promise.resolve()).then(() => post('close')).catch(() => undefined)
    },
    destroy() {
      if (gone) return
      gone = true
      // A router sees that such a client is lost only when it has not received for long: the tests do not wait for it.
      post('close').then(end, end)
    },
    socket: undefined,
    closed,
  }
}
