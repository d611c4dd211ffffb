import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Browser, BrowserContext, CDPSession, Locator, Page } from 'playwright-core'
import { freePort } from '../../demo/port.ts'
import type { Challenged } from '../../realms/uris.ts'
import { launchChromium, seriousFindings } from '../support/chromium.ts'
import { until } from '../support/until.ts'
import { startOutside, type Outside } from '../support/outside.ts'

const required = 'wamp.error.authorization_required'

/** The browser's own functions of WebAuthn Level 3. */
interface BrowserScope {
  readonly PublicKeyCredential: { parseRequestOptionsFromJSON(json: object): object }
  readonly navigator: {
    readonly credentials: { get(options: object): Promise<{ toJSON(): object }> }
  }
}

describe('R15 a passkey in the browser', function () {
  this.timeout(60_000)
  let outside: Outside
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let authenticator: { readonly cdp: CDPSession; readonly id: string }
  let opened: (readonly unknown[])[]
  let origin: string
  let deviceId: string

  before(async () => {
    browser = await launchChromium()
  })
  after(() => browser.close())

  beforeEach(async () => {
    opened = []
    const port = await freePort(0)
    origin = `http://localhost:${port}`
    outside = await startOutside({
      port,
      acrMap: { gold: 'aal2' },
      config: {
        webauthn: { rpId: 'localhost', origins: [origin] },
        console: { realm: 'home', issuer: 'http://localhost:9', clientId: 'page' },
      },
    })
    await outside.person('guest')
    await outside.grant('guest', 3)
    await outside.device('lock', {
      prefix: 'door',
      handlers: {
        unlock: ({ args }) => {
          opened.push(args)
          return true
        },
      },
    })
    const { devices } = (await outside.manage('device.list')) as unknown as {
      devices: { id: string }[]
    }
    deviceId = devices[0]?.id ?? ''
    await outside.manage('capability.set', {
      device: deviceId,
      uri: 'door.unlock',
      action: 'call',
      ecosystem: 'home',
      level: 3,
      acr: 'aal2',
      max_age: '5m',
    })
    context = await browser.newContext({ viewport: { width: 900, height: 700 } })
    page = await context.newPage()
    page.setDefaultTimeout(8_000)
    const cdp = await context.newCDPSession(page)
    await cdp.send('WebAuthn.enable')
    const { authenticatorId: id } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    authenticator = { cdp, id }
  })

  afterEach(async () => {
    await context.close()
    await outside.stop()
  })

  /** Opens the page as somebody who signed in so. */
  async function visit(claims: Readonly<Record<string, unknown>>): Promise<void> {
    const token = await outside.token(0, 'guest', claims)
    const signedIn = JSON.stringify({ token, name: 'A guest', expiresAt: Date.now() + 3_600_000 })
    await page.goto(origin)
    await page.evaluate(`sessionStorage.setItem('latchkey.signed-in', ${JSON.stringify(signedIn)})`)
    await page.reload()
    await page.getByText('Connected', { exact: true }).waitFor()
  }
  const freshly = (acr: string): { acr: string; auth_time: number } => ({
    acr,
    auth_time: Math.floor(Date.now() / 1_000),
  })
  const button = (name: string): Locator => page.getByRole('button', { name })
  const addPasskey = async (): Promise<void> => {
    await button('Add a passkey').click()
    await page.getByRole('listitem').filter({ hasText: 'Passkey' }).waitFor()
  }

  /** For people to look at, in the folder that `LATCHKEY_PICTURES` names. */
  async function picture(name: string): Promise<void> {
    const folder = process.env['LATCHKEY_PICTURES']
    if (folder !== undefined)
      await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  }

  it('R15: is added in the page, and opens the door at the press of its button', async () => {
    await visit(freshly('password'))
    await button('Unlock Door').click()
    await page.getByText('This takes a second proof that it is you.').waitFor()
    await picture('passkey-missing')
    assert.deepEqual(opened, [])
    await visit(freshly('gold'))
    await addPasskey()
    await visit(freshly('password'))
    await button('Unlock Door').click()
    await until(() => opened.length === 1)
    assert.deepEqual(opened, [[]])
    await picture('passkey-added')
    assert.deepEqual(await seriousFindings(page), [])
    await button('Unlock Door').click()
    await until(() => opened.length === 2)
  })

  it('R15: signs for one call alone: other arguments are refused', async () => {
    await visit(freshly('gold'))
    await addPasskey()
    const phone = await outside.join(await outside.token(0, 'guest', freshly('password')))
    const begin = async (args: unknown[]): Promise<Challenged> => {
      const answer = await outside.call(phone, 'latchkey.stepup.begin', [], {
        uri: 'door.unlock',
        args,
      })
      return (answer[3] as Challenged[])[0] as Challenged
    }
    const sign = (options: object): Promise<object> =>
      page.evaluate(async (json) => {
        const scope = globalThis as unknown as BrowserScope
        const publicKey = scope.PublicKeyCredential.parseRequestOptionsFromJSON(json)
        return (await scope.navigator.credentials.get({ publicKey })).toJSON()
      }, options)
    const complete = (challenge: string, webauthn: object): Promise<string> =>
      outside.outcome(phone, 'latchkey.stepup.complete', [], { challenge, webauthn })
    const front = await begin(['front'])
    const back = await begin(['back'])
    const signed = await sign(front.webauthn ?? {})
    assert.equal(await complete(back.challenge, signed), 'wamp.error.not_authorized')
    assert.equal(await complete(front.challenge, signed), 'RESULT')
    assert.equal(await complete(front.challenge, signed), 'wamp.error.not_authorized')
    assert.equal(await outside.outcome(phone, 'door.unlock', ['back']), required)
    assert.equal(await outside.outcome(phone, 'door.unlock'), required)
    assert.equal(await outside.outcome(phone, 'door.unlock', ['front']), 'RESULT')
    assert.equal(await outside.outcome(phone, 'door.unlock', ['front']), required)
    assert.deepEqual(opened, [['front']])
  })

  it('R15: is worth what was proven when it was added', async () => {
    await visit(freshly('password'))
    await addPasskey()
    await button('Unlock Door').click()
    await page.getByText('This takes a stronger proof that it is you.').waitFor()
    assert.deepEqual(opened, [])
  })

  it('R15: is added only by who has just signed in, and can be removed', async () => {
    const now = Math.floor(Date.now() / 1_000)
    await visit({ acr: 'gold', auth_time: now - 301 })
    await button('Add a passkey').click()
    await page.getByText('Sign in once more first').waitFor()
    await picture('passkey-old')
    assert.deepEqual(await seriousFindings(page), [])
    await visit(freshly('gold'))
    await addPasskey()
    await page.getByRole('button', { name: /^Remove .* Passkey/ }).click()
    await page.getByRole('listitem').waitFor({ state: 'detached' })
    await visit(freshly('password'))
    await button('Unlock Door').click()
    await page.getByText('This takes a second proof that it is you.').waitFor()
    assert.deepEqual(opened, [])
  })

  it('R15: does nothing when the person turns it down', async () => {
    await visit(freshly('gold'))
    await addPasskey()
    await visit(freshly('password'))
    await authenticator.cdp.send('WebAuthn.setUserVerified', {
      authenticatorId: authenticator.id,
      isUserVerified: false,
    })
    await button('Unlock Door').click()
    await page.getByText('You have not confirmed it.').waitFor()
    assert.deepEqual(opened, [])
  })
})
