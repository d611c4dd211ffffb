import type { Clock } from '../clock.ts'

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
 * Asks for a JSON object.
 * @throws Error saying why there is none; UnexpectedStatus where the status is not 200
 */
export async function fetchJson(
  address: string,
  bounds: FetchBounds,
  clock: Clock,
  { headers = {}, form }: FetchOptions = {},
): Promise<Record<string, unknown>> {
  const abort = new AbortController()
  const { timeoutMs, maxBodyBytes } = bounds
  const disarm = clock.after(timeoutMs, () =>
    abort.abort(new Error(`no answer within ${timeoutMs} ms`)),
  )
  try {
    const response = await fetch(address, {
      headers: { accept: 'application/json', ...headers },
      // A redirect could lead to anywhere, past every check of the address.
      redirect: 'error',
      signal: abort.signal,
      ...(form !== undefined && { method: 'POST', body: form }),
    })
    if (response.status !== 200) throw new UnexpectedStatus(address, response.status)
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of response.body ?? []) {
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
    abort.abort()
  }
}

/** What undici throws says only "fetch failed"; the reason is within. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
