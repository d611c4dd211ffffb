import * as oauth from 'oauth4webapi'

/** What the router says of itself at `/latchkey.json`. */
export interface PageConfig {
  readonly realm: string
  readonly issuer: string
  readonly clientId: string
  readonly websocket: string
}

/** Who signed in, for as long as this tab is open. */
export interface SignedIn {
  /** The ID token. */
  readonly token: string
  readonly name: string
  readonly expiresAt: number
  /** By which the provider gives another token. In memory alone: it lives longer than the ID token. */
  readonly refreshToken?: string
}

/** What must be remembered between leaving for the provider and coming back. */
interface Departure {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

const signedInKey = 'latchkey.signed-in'
const departureKey = 'latchkey.departure'
const home = new URL('/', location.href).href

/** Plain http is for a provider on this machine alone. */
function requestOptions({ issuer }: PageConfig): { [oauth.allowInsecureRequests]: boolean } {
  const { hostname } = new URL(issuer)
  const loopback = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$|\.localhost$/.test(hostname)
  return { [oauth.allowInsecureRequests]: loopback }
}

async function discover(config: PageConfig): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(config.issuer)
  const response = await oauth.discoveryRequest(issuer, requestOptions(config))
  return oauth.processDiscoveryResponse(issuer, response)
}

function read(key: string): unknown {
  return JSON.parse(sessionStorage.getItem(key) ?? 'null')
}

/** Who signed in earlier in this tab. */
export function whoSignedIn(): SignedIn | undefined {
  const signedIn = read(signedInKey) as SignedIn | null
  return signedIn !== null && signedIn.expiresAt > Date.now() ? signedIn : undefined
}

/** Leaves for the provider. `again`: asks who it is even if the provider remembers somebody. */
export async function signIn(config: PageConfig, { again = false } = {}): Promise<void> {
  const { authorization_endpoint: endpoint } = await discover(config)
  if (endpoint === undefined) throw new Error('the provider names no page to sign in at')
  const departure: Departure = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
  }
  sessionStorage.removeItem(signedInKey)
  sessionStorage.setItem(departureKey, JSON.stringify(departure))
  const to = new URL(endpoint)
  to.search = new URLSearchParams({
    client_id: config.clientId,
    redirect_uri: home,
    response_type: 'code',
    scope: 'openid profile',
    code_challenge: await oauth.calculatePKCECodeChallenge(departure.verifier),
    code_challenge_method: 'S256',
    state: departure.state,
    nonce: departure.nonce,
    ...(again ? { prompt: 'login' } : {}),
  }).toString()
  location.assign(to)
}

/** Takes the provider's answer out of the address, if there is one, and turns it into an ID token. */
export async function comeBack(config: PageConfig): Promise<SignedIn | undefined> {
  const answer = new URL(location.href)
  if (!answer.searchParams.has('state')) return undefined
  // A reload must not send the same code a second time.
  history.replaceState(null, '', home)
  const departure = read(departureKey) as Departure | null
  sessionStorage.removeItem(departureKey)
  if (departure === null) return undefined
  const server = await discover(config)
  const client: oauth.Client = { client_id: config.clientId }
  const parameters = oauth.validateAuthResponse(server, client, answer, departure.state)
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    home,
    departure.verifier,
    requestOptions(config),
  )
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: departure.nonce,
    requireIdToken: true,
  })
  return keep(tokens)
}

/** Another ID token of the same person, without leaving the page. `undefined`: the provider gives none this way. */
export async function renew(
  config: PageConfig,
  { refreshToken }: SignedIn,
): Promise<SignedIn | undefined> {
  if (refreshToken === undefined) return undefined
  const server = await discover(config)
  const client: oauth.Client = { client_id: config.clientId }
  const response = await oauth.refreshTokenGrantRequest(
    server,
    client,
    oauth.None(),
    refreshToken,
    requestOptions(config),
  )
  const tokens = await oauth.processRefreshTokenResponse(server, client, response)
  return tokens.id_token === undefined ? undefined : keep(tokens, refreshToken)
}

/** The library knows the claims of an answer only by the answer itself, not by a copy. */
function keep(tokens: oauth.TokenEndpointResponse, earlierRefreshToken?: string): SignedIn {
  const claims = oauth.getValidatedIdTokenClaims(tokens)
  if (claims === undefined || tokens.id_token === undefined) throw new Error('no ID token came')
  const kept: SignedIn = {
    token: tokens.id_token,
    name: typeof claims['name'] === 'string' ? claims['name'] : claims.sub,
    expiresAt: claims.exp * 1000,
  }
  sessionStorage.setItem(signedInKey, JSON.stringify(kept))
  const refreshToken = tokens.refresh_token ?? earlierRefreshToken
  return refreshToken === undefined ? kept : { ...kept, refreshToken }
}

/** Forgets the token, and asks the provider to forget who signed in, where it can. */
export async function signOut(config: PageConfig, { token }: SignedIn): Promise<void> {
  sessionStorage.removeItem(signedInKey)
  const { end_session_endpoint: endpoint } = await discover(config)
  if (endpoint === undefined) return
  const to = new URL(endpoint)
  to.search = new URLSearchParams({
    client_id: config.clientId,
    id_token_hint: token,
    post_logout_redirect_uri: home,
  }).toString()
  location.assign(to)
}
