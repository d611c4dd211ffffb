import type { Clock } from '../clock.ts'
import { clientClock } from './timers.ts'

/** Client id of a device that has no secret yet, at every house. */
const clientId = 'latchkey_device'

const deviceCodeGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** How much longer each `slow_down` makes every wait from then on (RFC 8628 §3.5). */
const slowDownMs = 5_000

/** Without an answer a device waits twice as long each time, but never longer than this. */
const longestWaitMs = 60_000

const longestAnswerBytes = 65_536

/** What the device shows until its owner has claimed it. */
export interface ShownCode {
  /** `XXXX-XXXX`: for `latchkey device claim`. */
  readonly userCode: string
  /** A page that says what to do with it. */
  readonly verificationUri: string
  /** When another one takes its place, in milliseconds since the epoch. */
  readonly expiresAt: number
}

/** What a claimed device is given. */
export interface Claimed {
  /** Single-use provisioning code: the option `code` of `Device`. */
  readonly code: string
  /** The realm that it is good for, where the house says so. */
  readonly realm?: string
}

export interface ClaimOptions {
  /** Origin of the house's HTTP port, for instance `https://house.example`: its authorization server's issuer. */
  readonly server: string
  /** Told of each code; an unclaimed one is replaced when it ends. */
  readonly onCode: (shown: ShownCode) => void
  /** Aborted: the device waits no longer, and `claimByUserCode` rejects with its reason. */
  readonly stopped?: AbortSignal
  /** Of one request. Default 10,000. */
  readonly requestTimeoutMs?: number
  readonly clock?: Clock
}

/** The owner said no. */
export class ClaimDenied extends Error {
  override readonly name = 'ClaimDenied'
}

/** What the house says is not what RFC 8628 has it say, or it takes no devices. */
export class ClaimFailed extends Error {
  override readonly name = 'ClaimFailed'
}

interface Answer {
  readonly ok: boolean
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * Lets a device without a screen and without a provisioning code be claimed by its owner (RFC 8628): shows a code,
 * and asks for what it is good for no more often than it is told. Waits for as long as it takes, also for the house.
 * @throws ClaimDenied, ClaimFailed, and the reason of `stopped`
 */
export async function claimByUserCode(options: ClaimOptions): Promise<Claimed> {
  const house = new House(options)
  let waitMs = slowDownMs
  for (;;) {
    const claimed = await attempt(house, options)
    if (claimed === 'denied') throw new ClaimDenied('the owner said no')
    if (claimed === 'expired') {
      waitMs = slowDownMs
      continue
    }
    if (claimed !== 'unreachable') return claimed
    await house.wait(waitMs)
    waitMs = Math.min(2 * waitMs, longestWaitMs)
  }
}

/** One code, from its beginning to its end. */
async function attempt(
  house: House,
  { onCode, clock = clientClock }: ClaimOptions,
): Promise<Claimed | 'denied' | 'expired' | 'unreachable'> {
  const metadata = await house.metadata()
  if (metadata === undefined) return 'unreachable'
  const begun = await house.post(metadata.begin, { client_id: clientId })
  if (begun === undefined) return 'unreachable'
  if (!begun.ok) throw new ClaimFailed(`the house takes no devices: ${wordsOf(begun)}`)
  const { device_code: deviceCode, user_code: userCode, verification_uri: page } = begun.body
  const lifetimeMs = secondsIn(begun.body['expires_in'])
  if (!isText(deviceCode) || !isText(userCode) || !isText(page) || lifetimeMs === undefined)
    throw new ClaimFailed('the house answers without codes')
  const expiresAt = clock.now() + lifetimeMs
  onCode({ userCode, verificationUri: page, expiresAt })
  let intervalMs = secondsIn(begun.body['interval']) ?? slowDownMs
  while (clock.now() < expiresAt) {
    await house.wait(intervalMs)
    const poll = await house.post(metadata.poll, {
      grant_type: deviceCodeGrant,
      client_id: clientId,
      device_code: deviceCode,
    })
    if (poll === undefined) {
      intervalMs = Math.min(2 * intervalMs, longestWaitMs)
      continue
    }
    if (poll.ok) return claimedOf(poll)
    switch (poll.body['error']) {
      case 'authorization_pending':
        break
      case 'slow_down':
        intervalMs += slowDownMs
        break
      case 'access_denied':
        return 'denied'
      // A house that was started anew knows of no code that was shown before.
      case 'expired_token':
      case 'invalid_grant':
        return 'expired'
      default:
        throw new ClaimFailed(`the house refuses: ${wordsOf(poll)}`)
    }
  }
  return 'expired'
}

/** The house's HTTP port. */
class House {
  readonly #origin: string
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #stopped: AbortSignal | undefined

  constructor({ server, clock = clientClock, requestTimeoutMs = 10_000, stopped }: ClaimOptions) {
    const { protocol, hostname, origin } = new URL(server)
    const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
    // What comes back is a secret.
    if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback))
      throw new ClaimFailed(`server was ${server}: allowed is https, and http on loopback`)
    this.#origin = origin
    this.#clock = clock
    this.#timeoutMs = requestTimeoutMs
    this.#stopped = stopped
  }

  /** Where to begin and where to ask (RFC 8414). `undefined`: the house did not answer. */
  async metadata(): Promise<{ readonly begin: string; readonly poll: string } | undefined> {
    const found = await this.#ask('/.well-known/oauth-authorization-server', {})
    if (found === undefined) return undefined
    const { issuer, device_authorization_endpoint: begin, token_endpoint: poll } = found.body
    if (!found.ok || issuer !== this.#origin || !isText(begin) || !isText(poll))
      throw new ClaimFailed(`${this.#origin} is no authorization server that claims devices`)
    if ([begin, poll].some((each) => !URL.canParse(each) || new URL(each).origin !== this.#origin))
      throw new ClaimFailed(`${this.#origin} sends its devices elsewhere`)
    return { begin, poll }
  }

  /** `undefined`: the house did not answer. */
  post(address: string, parameters: Record<string, string>): Promise<Answer | undefined> {
    return this.#ask(address, { method: 'POST', body: new URLSearchParams(parameters) })
  }

  /** @throws the reason of `stopped` */
  async wait(ms: number): Promise<void> {
    this.#stopped?.throwIfAborted()
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel()
        this.#stopped?.removeEventListener('abort', done)
        resolve()
      }
      const cancel = this.#clock.after(ms, done)
      this.#stopped?.addEventListener('abort', done)
    })
    this.#stopped?.throwIfAborted()
  }

  async #ask(address: string, init: RequestInit): Promise<Answer | undefined> {
    this.#stopped?.throwIfAborted()
    const late = new AbortController()
    const cancel = this.#clock.after(this.#timeoutMs, () => late.abort())
    const signals = this.#stopped === undefined ? [late.signal] : [late.signal, this.#stopped]
    try {
      const response = await fetch(new URL(address, this.#origin), {
        ...init,
        redirect: 'error',
        signal: AbortSignal.any(signals),
      })
      const body = await readJson(response)
      // A proxy before a house that is down answers in its place; a house that has too much to do says so.
      const isBusy = response.status >= 500 || response.status === 429
      return body === undefined || isBusy ? undefined : { ok: response.ok, body }
    } catch {
      this.#stopped?.throwIfAborted()
      return undefined
    } finally {
      cancel()
    }
  }
}

/** `undefined`: it is no JSON object, or too long. */
async function readJson({ body }: Response): Promise<Answer['body'] | undefined> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    if (text.length > longestAnswerBytes) return undefined
  }
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}

function claimedOf({ body }: Answer): Claimed {
  const { access_token: code, token_type: type, realm } = body
  if (!isText(code) || type !== 'provisioning_code')
    throw new ClaimFailed('the house gave something that is no provisioning code')
  return { code, ...(isText(realm) && { realm }) }
}

function wordsOf({ body }: Answer): string {
  const words = [body['error_description'], body['error'], 'it does not say why'].find(isText)
  return (words ?? '').slice(0, 200)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** Milliseconds; of none at all nobody is to make requests without a pause. */
function secondsIn(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 ? value * 1000 : undefined
}
