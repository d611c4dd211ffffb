import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as requestByTls } from 'node:https'
import type { Clock } from '../clock.ts'

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Bounds on one request to an issuer. */
export interface FetchBounds {
  /** How long an answer may take, its body included. */
  readonly timeoutMs: number
  /** How long an answer may be. */
  readonly maxBodyBytes: number
}

/** What a request is besides a plain GET. */
export interface FetchOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as a form, by POST. */
  readonly form?: URLSearchParams
}

/** An issuer answered, and with something else than 200. */
export class UnexpectedStatus extends Error {
  override readonly name = 'UnexpectedStatus'
  readonly status: number

  constructor(address: string, status: number) {
    super(`${address} answered ${status}`)
    this.status = status
  }
}

/**
 * Why an issuer must not be asked at this address, or `undefined` if it may: without TLS whoever is on the way
 * could put his own words into the answer, so http is for this machine only.
 */
export function insecureAddress(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url === undefined) return `"${address}" is not a URL`
  if (url.username !== '' || url.password !== '') return `"${address}" carries a password`
  if (url.protocol === 'https:') return undefined
  if (url.protocol === 'http:' && isLoopback(url.hostname)) return undefined
  return `"${address}" is neither https nor http on a loopback host`
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    // URL has brought every spelling of an IPv4 address into this form.
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
  )
}

/** Where an issuer's discovery document is (OpenID Connect Discovery 1.0 §4). */
export function discoveryAddress(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/**
 * Asks for a JSON object. Not by `fetch`: that detaches the buffer of each body, and from the first one that anybody
 * detaches V8 checks at every byte that is read whether that one is still there, as long as the process lives
 * (measured: 0.9 times the calls).
 * @throws Error saying why there is none; UnexpectedStatus where the status is not 200
 */
export async function fetchJson(
  address: string,
  { timeoutMs, maxBodyBytes }: FetchBounds,
  clock: Clock,
  options: FetchOptions = {},
): Promise<Record<string, unknown>> {
  const asked = requestTo(new URL(address), options)
  let answer: IncomingMessage | undefined
  const disarm = clock.after(timeoutMs, () => {
    const late = new Error(`no answer within ${timeoutMs} ms`)
    answer?.destroy(late)
    asked.destroy(late)
  })
  try {
    answer = await answerOf(asked)
    const { statusCode = 0, headers } = answer
    // It could lead to anywhere, past every check of the address.
    if (redirects.has(statusCode) && headers.location !== undefined)
      throw new Error(`${address} answered with a redirect, and none is followed`)
    if (statusCode !== 200) throw new UnexpectedStatus(address, statusCode)
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBodyBytes)
        throw new Error(`${address} answered more than ${maxBodyBytes} bytes`)
      chunks.push(chunk)
    }
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    if (!isObject(body)) throw new Error(`${address} answered no JSON object`)
    return body
  } finally {
    disarm()
    // Of an answer that was taken whole the connection stays open for the next question.
    asked.destroy()
  }
}

function requestTo(url: URL, { headers = {}, form }: FetchOptions): ClientRequest {
  const body = form?.toString()
  const all = { accept: 'application/json', ...headers }
  const send = url.protocol === 'https:' ? requestByTls : request
  if (body === undefined) return send(url, { headers: all }).end()
  const type = 'application/x-www-form-urlencoded;charset=UTF-8'
  const sized = { ...all, 'content-type': type, 'content-length': Buffer.byteLength(body) }
  return send(url, { method: 'POST', headers: sized }).end(body)
}

function answerOf(asked: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.once('response', resolve)
    // For as long as it lives: it is destroyed when nobody waits for it any more.
    asked.on('error', reject)
  })
}

/** With what lies within it, where it says little itself: of a name with several addresses, none of which answers. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  if (cause instanceof Error) return `${error.message}: ${cause.message}`
  if (error.message !== '' || !('code' in error)) return error.message
  return String(error.code)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
