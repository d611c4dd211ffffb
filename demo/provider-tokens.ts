import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Provider } from 'oidc-provider'
import { z } from 'zod'
import type { Person } from './people.ts'
import { pageClientId } from './provider-configuration.ts'
import { DemoError, providerSocket } from './provider-files.ts'
import { acrs as words } from './token.ts'
import type { Acr } from './token.ts'

const longestRequestBytes = 1024

const requestSchema = z.strictObject({ person: z.string(), acr: z.enum(words).optional() })

/** How somebody has signed in, in the provider's own words (`amr`, OpenID Connect Core §2; RFC 8176). */
const methods: Readonly<Record<Acr, readonly string[]>> = {
  password: ['pwd'],
  gold: ['pwd', 'otp', 'mfa'],
}

/**
 * Gives ID tokens to the owner of the folder, who could sign in as anybody there anyway: over a socket that only the
 * owner can open, and from the provider's own class, so that they are no different from those of a sign-in.
 */
export class TokenSocket {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** @throws DemoError when another provider runs in the folder, or its path is too long */
  static async open(
    dir: string,
    provider: () => Provider,
    people: readonly Person[],
  ): Promise<TokenSocket> {
    const path = providerSocket(dir)
    if (await answers(path))
      throw new DemoError(`a provider is running in ${dir} already: stop it, or use another folder`)
    await rm(path, { force: true })
    const server = createServer((incoming, response) => {
      serve(provider, people, incoming, response).catch((error: unknown) => {
        console.error(error)
        if (!response.headersSent) answer(response, 500, { error: 'the provider failed' })
      })
    })
    server.maxConnections = 16
    await listenAlone(server, path)
    return new TokenSocket(server)
  }

  /** Node removes the file with the socket. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}

/** Whether somebody listens there; a file that a killed process left behind does not. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request({ socketPath: path, path: '/', method: 'HEAD' })
    probe.once('response', (response) => {
      response.resume()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
    probe.end()
  })
}

/** The mode is right from the first moment on: `listen` binds before it returns, under a mask. */
async function listenAlone(server: Server, path: string): Promise<void> {
  const listening = once(server, 'listening')
  const mask = process.umask(0o177)
  try {
    server.listen(path)
  } finally {
    process.umask(mask)
  }
  await listening
}

async function serve(
  running: () => Provider,
  people: readonly Person[],
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(incoming)
  const parsed = requestSchema.safeParse(body)
  if (incoming.method !== 'POST' || incoming.url !== '/token' || !parsed.success)
    return answer(response, 400, { error: 'allowed is POST /token with {"person": …, "acr": …}' })
  const { person: name, acr = 'password' } = parsed.data
  const person = people.find((candidate) => candidate.name === name)
  if (person === undefined) {
    const names = people.map((candidate) => candidate.name).join(', ')
    const error = `there is no person ${JSON.stringify(name)}; the people are ${names}`
    return answer(response, 404, { error })
  }
  const provider = running()
  const client = await provider.Client.find(pageClientId)
  const signIn = { acr, amr: methods[acr], auth_time: Math.floor(Date.now() / 1_000) }
  const claims = { sub: person.subject, name: person.name, ...signIn }
  const token = new provider.IdToken(claims, { client })
  Object.assign(token, { scope: 'openid profile' })
  answer(response, 200, { token: await token.issue({ use: 'idtoken' }) })
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function readBody(incoming: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of incoming.setEncoding('utf8')) {
    text += String(chunk)
    if (text.length > longestRequestBytes) return undefined
  }
  try {
    return JSON.parse(text)
  } catch {
    // Refused like any other body that is not the one allowed.
    return undefined
  }
}
