import { createHash, randomBytes } from 'node:crypto'

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

/** A browser without a screen: cookies, redirects and forms. */
export class Browser {
  readonly #cookies = new Map<string, Cookie>()

  /** One request; redirects are not followed. */
  async fetch(address: string | URL, init: RequestInit = {}): Promise<Response> {
    const url = new URL(address)
    const cookie = [...this.#cookies.values()]
      .filter(({ path }) => url.pathname === path || url.pathname.startsWith(withSlash(path)))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    const headers = new Headers({ accept: 'text/html', ...(cookie !== '' && { cookie }) })
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value)
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    return response
  }

  /** Follows redirects as far as `origin` serves them; the answer is the page, or where it leads elsewhere. */
  async open(address: string | URL, init?: RequestInit): Promise<Response | URL> {
    const { origin } = new URL(address)
    let response = await this.fetch(address, init)
    for (let hops = 0; response.status >= 300 && response.status < 400; hops++) {
      if (hops === 10) throw new Error('the redirects never end')
      const next = new URL(response.headers.get('location') ?? '', response.url)
      if (next.origin !== origin) return next
      response = await this.fetch(next)
    }
    return response
  }

  /** Sends the form of a page. */
  async submit(page: Response, fields: Readonly<Record<string, string>>): Promise<Response | URL> {
    const html = await page.text()
    const action = /<form[^>]* action="([^"]*)"/.exec(html)?.[1]
    if (action === undefined) throw new Error(`the page has no form: ${html}`)
    const body = new URLSearchParams(fields)
    for (const hidden of html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g))
      body.append(hidden[1] ?? '', hidden[2] ?? '')
    return this.open(new URL(action, page.url), { method: 'POST', body })
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/; */)
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    const attribute = (key: string): string | undefined =>
      attributes.find((text) => text.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1)
    const path = attribute('path') ?? '/'
    const expires = attribute('expires')
    const id = `${path} ${name}`
    if (value === '' || (expires !== undefined && Date.parse(expires) < Date.now()))
      this.#cookies.delete(id)
    else this.#cookies.set(id, { name, value, path })
  }
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}

/** What a client of the provider asks it for. */
export interface AuthorizationRequest {
  readonly address: URL
  readonly verifier: string
  readonly redirectUri: string
  readonly clientId: string
}

/** The address of a sign-in by code with PKCE (RFC 7636). */
export function authorizationRequest(
  issuer: string,
  redirectUri: string,
  clientId: string,
  extra: Readonly<Record<string, string>> = {},
): AuthorizationRequest {
  const verifier = randomBytes(32).toString('base64url')
  const address = new URL('/auth', issuer)
  address.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid profile',
    state: 'the-state',
    nonce: 'the-nonce',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...extra,
  }).toString()
  return { address, verifier, redirectUri, clientId }
}
