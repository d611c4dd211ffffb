import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errors } from 'oidc-provider'
import type { Provider } from 'oidc-provider'
import type { Clock } from '../clock.ts'
import type { Person } from './people.ts'
import { SignInAttempts } from './provider-attempts.ts'
import { signInPath } from './provider-configuration.ts'
import { problemPage, signInPage } from './provider-pages.ts'
import type { Page } from './provider-pages.ts'

const longestFormBytes = 4096

/** The sign-in page: where oidc-provider sends whoever it does not know, and what gives it back who that is. */
export class SignIn {
  readonly #provider: Provider
  readonly #passwords: ReadonlyMap<string, { readonly subject: string; readonly digest: Buffer }>
  /** Compared with for unknown names, so that their answer takes as long as any. */
  readonly #nobody = randomBytes(32)
  readonly #attempts: SignInAttempts

  constructor(provider: Provider, people: readonly Person[], clock: Clock) {
    this.#provider = provider
    this.#passwords = new Map(
      people.map(({ name, subject, password }) => [name, { subject, digest: digestOf(password) }]),
    )
    this.#attempts = new SignInAttempts(clock)
  }

  /** Answers a request below `signInPath`. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const interaction = await this.#interaction(request, response)
    if (interaction === undefined) return
    const parts = {
      action: signInPath + interaction.uid,
      client: interaction.client,
      returnOrigin: interaction.returnOrigin,
    }
    if (request.method === 'GET' || request.method === 'HEAD')
      return send(response, 200, signInPage(parts))
    if (request.method !== 'POST') {
      response.setHeader('allow', 'GET, HEAD, POST')
      return send(response, 405, problemPage('This did not work', ['There is nothing here.']))
    }
    // The cookie is SameSite=Lax already; this keeps other ports of the same host out, which are the same site.
    const { origin } = request.headers
    if (origin !== undefined && origin !== this.#provider.issuer)
      return send(response, 403, problemPage('This did not work', ['The form is another page’s.']))
    const form = await readForm(request)
    if (form === undefined)
      return send(response, 413, problemPage('This did not work', ['The form is too long.']))
    const name = (form.get('name') ?? '').trim().toLowerCase()
    const counted = this.#passwords.has(name) ? name : ''
    const waitMs = this.#attempts.waitMs(counted)
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1000)
      const problem = `Too many wrong passwords. Try again in ${seconds} s.`
      response.setHeader('retry-after', seconds)
      return send(response, 429, signInPage({ ...parts, name, problem }))
    }
    const subject = this.#subjectOf(name, form.get('password') ?? '')
    if (subject === undefined) {
      this.#attempts.failed(counted)
      const problem = 'Name or password is wrong.'
      return send(response, 401, signInPage({ ...parts, name, problem }))
    }
    await this.#provider.interactionFinished(
      request,
      response,
      { login: { accountId: subject, acr: 'password', amr: ['pwd'] } },
      { mergeWithLastSubmission: false },
    )
  }

  #subjectOf(name: string, password: string): string | undefined {
    const known = this.#passwords.get(name)
    const equal = timingSafeEqual(digestOf(password), known?.digest ?? this.#nobody)
    return equal ? known?.subject : undefined
  }

  /** What is to be signed in to. One that is over or another browser's is answered here. */
  async #interaction(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<{ uid: string; client: string; returnOrigin: string | undefined } | undefined> {
    try {
      const { uid, params } = await this.#provider.interactionDetails(request, response)
      const { client_id: clientId, redirect_uri: redirectUri } = params
      const client = typeof clientId === 'string' && (await this.#provider.Client.find(clientId))
      return {
        uid,
        client: (client && client.clientName) || 'the demo house',
        returnOrigin: typeof redirectUri === 'string' ? new URL(redirectUri).origin : undefined,
      }
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error
      const lines = ['Go back to the page where you came from, and begin the sign-in again.']
      send(response, 400, problemPage('This sign-in is over', lines))
      return undefined
    }
  }
}

function digestOf(password: string): Buffer {
  return createHash('sha256').update(password).digest()
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('a request is read as bytes')
    length += chunk.length
    if (length > longestFormBytes) return undefined
    chunks.push(chunk)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}

/** Sends a page. A body that was not read to its end costs the connection. */
export function send(response: ServerResponse, status: number, { html, headers }: Page): void {
  if (!response.req.complete) response.setHeader('connection', 'close')
  response.writeHead(status, headers).end(response.req.method === 'HEAD' ? undefined : html)
}
