import { interactionPolicy } from 'oidc-provider'
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { Person } from './people.ts'
import { providerMemory } from './provider-memory.ts'
import { problemPage, signedOutPage, signOutPage } from './provider-pages.ts'
import type { Page } from './provider-pages.ts'
import type { ProviderSettings } from './provider-settings.ts'

/** Audience of the page's tokens, and of those that the owner of the folder asks for. */
export const pageClientId = 'latchkey'

/** Audience of the tokens that a program on this machine gets through the browser. */
export const cliClientId = 'latchkey_cli'

/** Path of the sign-in of one interaction. */
export const signInPath = '/sign-in/'

const hourSeconds = 3600
const daySeconds = 24 * hourSeconds
const scopes = ['openid', 'profile', 'offline_access']

/** What oidc-provider is told. `pagePort`: where the demo's page is served. */
export function providerConfiguration(
  settings: ProviderSettings,
  people: readonly Person[],
  pagePort: number,
): Configuration {
  const pages = [`http://localhost:${pagePort}/`, `http://127.0.0.1:${pagePort}/`]
  const pageOrigins = new Set(pages.map((address) => new URL(address).origin))
  const common = {
    token_endpoint_auth_method: 'none',
    id_token_signed_response_alg: 'ES256',
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
  } as const
  return {
    adapter: providerMemory(),
    jwks: { keys: settings.keys },
    clients: [
      {
        ...common,
        client_id: pageClientId,
        client_name: 'Latchkey',
        application_type: 'web',
        redirect_uris: pages,
        post_logout_redirect_uris: pages,
      },
      // A program listens on a port that it gets when it starts, and only native clients may leave the port open.
      // One client for both would let whatever answers on any local port sign in silently as the page.
      {
        ...common,
        client_id: cliClientId,
        client_name: 'Latchkey on the command line',
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1/callback', 'http://[::1]/callback'],
      },
    ],
    clientBasedCORS: (_ctx, origin, client) =>
      client.clientId === pageClientId && pageOrigins.has(origin),
    scopes,
    claims: { openid: ['sub', 'acr', 'amr', 'auth_time'], profile: ['name'] },
    // The name belongs into the ID token: nobody here asks the userinfo endpoint.
    conformIdTokenClaims: false,
    findAccount: (_ctx, subject) => {
      const person = people.find((candidate) => candidate.subject === subject)
      return person && { accountId: subject, claims: () => ({ sub: subject, name: person.name }) }
    },
    interactions: { policy: signInPolicy(), url: (_ctx, { uid }) => signInPath + uid },
    loadExistingGrant,
    // The page renews its session with it, without leaving the page.
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => true,
    cookies: {
      keys: [...settings.cookieKeys],
      // Ports share their host's cookies: the names must not be those of another program on localhost.
      names: {
        session: 'latchkey_demo_session',
        interaction: 'latchkey_demo_sign_in',
        resume: 'latchkey_demo_resume',
      },
      long: { httpOnly: true, sameSite: 'lax', signed: true },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    ttl: {
      AccessToken: hourSeconds,
      AuthorizationCode: 60,
      Grant: 7 * daySeconds,
      IdToken: hourSeconds,
      Interaction: 600,
      RefreshToken: daySeconds,
      Session: daySeconds,
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => send(ctx, signOutPage(form, returnOriginOf(ctx))),
        postLogoutSuccessSource: (ctx) => send(ctx, signedOutPage()),
      },
    },
    renderError: (ctx, { error, error_description: description }) =>
      send(ctx, problemPage('This did not work', [description ?? error])),
  }
}

/** Nobody is asked to consent: provider and page belong to one demo. */
function signInPolicy(): ReturnType<typeof interactionPolicy.base> {
  const policy = interactionPolicy.base()
  policy.remove('consent')
  const login = policy.get('login')
  if (login === undefined) throw new TypeError('the provider has no prompt for a login')
  // Any program on the machine can pose as the command line: who has signed in at the page is asked anew for it.
  login.checks.add(
    new interactionPolicy.Check(
      'native_client_prompt',
      'native clients require End-User interaction',
      'interaction_required',
      ({ oidc }) => oidc.client?.applicationType === 'native' && oidc.result?.login === undefined,
    ),
  )
  return policy
}

/** The grant that a consent would have made. */
async function loadExistingGrant({
  oidc,
}: KoaContextWithOIDC): Promise<InstanceType<typeof oidc.provider.Grant> | undefined> {
  const { client, session, provider } = oidc
  if (client === undefined || session?.accountId === undefined) return undefined
  const grantId = session.grantIdFor(client.clientId)
  const known = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  if (known !== undefined && known.accountId === session.accountId) return known
  const { accountId } = session
  const grant = new provider.Grant({ clientId: client.clientId, accountId })
  grant.addOIDCScope(scopes)
  await grant.save()
  return grant
}

function returnOriginOf(ctx: KoaContextWithOIDC): string | undefined {
  const uri = ctx.oidc.params?.['post_logout_redirect_uri']
  return typeof uri === 'string' && URL.canParse(uri) ? new URL(uri).origin : undefined
}

function send(ctx: KoaContextWithOIDC, { html, headers }: Page): void {
  ctx.set(headers)
  ctx.body = html
}
