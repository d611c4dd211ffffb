import type { Outside } from './outside.ts'

/** An HTTP answer, read. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

/** A client of the authorization server that was registered by a procedure. */
export interface RegisteredClient {
  readonly id: string
  readonly secret: string
}

export const umaTicketGrant = 'urn:ietf:params:oauth:grant-type:uma-ticket'
export const jwtBearerGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
export const idTokenFormat = 'http://openid.net/specs/openid-connect-core-1_0.html#IDToken'

/** What a client of OAuth does, by nothing but `fetch`. */
export class OAuthCaller {
  readonly #origin: string

  constructor({ http }: Pick<Outside, 'http'>) {
    this.#origin = http
  }

  /** The server's metadata: endpoints are found there, as any client finds them. */
  async metadata(): Promise<Record<string, string>> {
    const { body } = await this.get('/.well-known/uma2-configuration')
    return body as Record<string, string>
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return read(await fetch(this.#url(path), { headers }))
  }

  /** A form, by a client that proves itself by HTTP Basic; without one by nobody. */
  async form(
    path: string,
    client: RegisteredClient | undefined,
    parameters: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<HttpAnswer> {
    const authorization = client && {
      authorization: `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`,
    }
    const body = new URLSearchParams(parameters)
    return read(
      await fetch(this.#url(path), {
        method: 'POST',
        headers: { ...authorization, ...headers },
        body,
      }),
    )
  }

  /** JSON, with a bearer's token. */
  async json(
    method: string,
    path: string,
    token: string | undefined,
    body?: unknown,
  ): Promise<HttpAnswer> {
    return read(
      await fetch(this.#url(path), {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    )
  }

  #url(path: string): string {
    return path.startsWith('http') ? path : this.#origin + path
  }
}

async function read(response: Response): Promise<HttpAnswer> {
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : { text },
  }
}

/** A house with an authorization server, a resource server's client and a requesting one's. */
export async function registerClients(
  outside: Outside,
): Promise<{ readonly server: RegisteredClient; readonly requesting: RegisteredClient }> {
  const make = async (id: string, use: string): Promise<RegisteredClient> => {
    const made = await outside.manage('client.create', { id, use })
    return { id, secret: String(made['secret']) }
  }
  return {
    server: await make('house_tools', 'resource_server'),
    requesting: await make('friends_app', 'requesting'),
  }
}

/** A protection API token of the person whose ID token this is. */
export async function protectionToken(
  oauth: OAuthCaller,
  client: RegisteredClient,
  idToken: string,
): Promise<string> {
  const { status, body } = await oauth.form('/oauth/token', client, {
    grant_type: jwtBearerGrant,
    assertion: idToken,
    scope: 'uma_protection',
  })
  if (status !== 200) throw new Error(`no protection token: ${JSON.stringify(body)}`)
  return String(body['access_token'])
}
