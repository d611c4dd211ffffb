import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { Challenges, type Asked, type Challenge } from '../../../ecosystems/proofs/challenges.ts'
import { Passkeys, type Passkey } from '../../../ecosystems/proofs/webauthn.ts'
import { ProofError } from '../../../proofs/proof-error.ts'
import { launchChromium } from '../../support/chromium.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const asked: Asked = { caller: 'guest', uri: 'door.unlock', argsSha256: 'a'.repeat(64) }
const person = { id: 'guest', name: 'A guest' }

describe('a passkey', function () {
  this.timeout(30_000)
  const clock = new ManualClock()
  const challenges = new Challenges({ clock, bounds: { challengesPerPerson: 1_000 } })
  let server: Server
  let origin: string
  let passkeys: Passkeys
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let authenticator: { cdp: CDPSession; id: string }

  before(async () => {
    server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><title>A page</title>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // An address is no domain to a browser.
    origin = `http://localhost:${(server.address() as AddressInfo).port}`
    passkeys = new Passkeys({ rpId: 'localhost', origins: [origin], name: 'The house' })
    browser = await launchChromium()
  })

  after(async () => {
    await browser.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  beforeEach(async () => {
    context = await browser.newContext()
    page = await context.newPage()
    await page.goto(origin)
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

  afterEach(() => context.close())

  /** What the page's own script does with the options: the browser's functions of WebAuthn Level 3. */
  function create(options: object): Promise<unknown> {
    return page.evaluate(async (json) => {
      const { PublicKeyCredential: Type, navigator } = globalThis as unknown as BrowserScope
      const publicKey = Type.parseCreationOptionsFromJSON(json)
      return (await navigator.credentials.create({ publicKey })).toJSON()
    }, options)
  }

  function get(options: object): Promise<unknown> {
    return page.evaluate(async (json) => {
      const { PublicKeyCredential: Type, navigator } = globalThis as unknown as BrowserScope
      const publicKey = Type.parseRequestOptionsFromJSON(json)
      return (await navigator.credentials.get({ publicKey })).toJSON()
    }, options)
  }

  const begin = (more: Partial<Asked> = {}): Challenge => challenges.begin({ ...asked, ...more })

  async function enrolled(who = person): Promise<Passkey> {
    const challenge = begin({ uri: 'latchkey.authenticator.add' })
    const response = await create(await passkeys.registrationOptions(challenge, who))
    return passkeys.register(response, challenge, clock.now())
  }

  async function confirmed(passkey: Passkey, challenge: Challenge): Promise<unknown> {
    return get(await passkeys.authenticationOptions(challenge, [passkey]))
  }

  const refused = (error: unknown): boolean => error instanceof ProofError

  it('is made, and confirms a call', async () => {
    const passkey = await enrolled()
    assert.match(passkey.id, /^[\w-]{20,}$/)
    assert.match(passkey.publicKey, /^[\w-]{40,}$/)
    assert.deepEqual(passkey.transports, ['internal'])
    const challenge = begin()
    const response = await confirmed(passkey, challenge)
    const { counter } = await passkeys.verify(response, passkey, challenge, clock.now())
    assert.ok(counter > passkey.counter)
  })

  const others: [string, Partial<Challenge>][] = [
    ['other arguments', { argsSha256: 'b'.repeat(64) }],
    ['another procedure', { uri: 'safe.open' }],
    ['another person', { caller: 'owner' }],
    ['another challenge', { challenge: 'c'.repeat(22) }],
  ]
  it('confirms nothing but that call', async () => {
    const passkey = await enrolled()
    const challenge = begin()
    const response = await confirmed(passkey, challenge)
    for (const [what, difference] of others)
      await assert.rejects(
        passkeys.verify(response, passkey, { ...challenge, ...difference }, clock.now()),
        refused,
        what,
      )
    await passkeys.verify(response, passkey, challenge, clock.now())
  })

  it('is asked for the person itself, and without that confirms nothing', async () => {
    const passkey = await enrolled()
    const { cdp, id } = authenticator
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId: id, isUserVerified: false })
    const challenge = begin()
    await assert.rejects(confirmed(passkey, challenge), /NotAllowedError/)
    // A page that asks for less gets an answer, which the house does not take.
    const options = await passkeys.authenticationOptions(challenge, [passkey])
    const weak = await get({ ...options, userVerification: 'discouraged' })
    await assert.rejects(passkeys.verify(weak, passkey, challenge, clock.now()), /verif/i)
  })

  it('is not made without the person itself', async () => {
    // One that knows of nobody, in the place of the one that does.
    const { cdp, id } = authenticator
    await cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: id })
    await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'usb', automaticPresenceSimulation: true },
    })
    const challenge = begin()
    const options = await passkeys.registrationOptions(challenge, person)
    const authenticatorSelection = { residentKey: 'discouraged', userVerification: 'discouraged' }
    const weak = await create({ ...options, authenticatorSelection })
    await assert.rejects(passkeys.register(weak, challenge, clock.now()), refused)
  })

  it('is not made a second time on one device', async () => {
    const passkey = await enrolled()
    const options = await passkeys.registrationOptions(begin(), person, [passkey])
    await assert.rejects(create(options), /InvalidStateError/)
  })

  it('that counts must count on: one that does not is a copy', async () => {
    const passkey = await enrolled()
    const challenge = begin()
    const response = await confirmed(passkey, challenge)
    const { counter } = await passkeys.verify(response, passkey, challenge, clock.now())
    await assert.rejects(
      passkeys.verify(response, { ...passkey, counter }, challenge, clock.now()),
      /counter/,
    )
  })

  it('of another page confirms nothing', async () => {
    const passkey = await enrolled()
    const challenge = begin()
    const response = await confirmed(passkey, challenge)
    const elsewhere = new Passkeys({ ...passkeys.party, origins: ['http://localhost:1'] })
    await assert.rejects(elsewhere.verify(response, passkey, challenge, clock.now()), /origin/)
    const other = new Passkeys({ ...passkeys.party, rpId: 'my.house' })
    await assert.rejects(other.verify(response, passkey, challenge, clock.now()), refused)
  })

  it('is not mistaken for another one', async () => {
    const [one, two] = [await enrolled(), await enrolled({ id: 'friend', name: 'A friend' })]
    const challenge = begin()
    const response = (await confirmed(one, challenge)) as object
    const { id } = two
    await assert.rejects(passkeys.verify(response, two, challenge, clock.now()), refused)
    const renamed = { ...response, id, rawId: id }
    await assert.rejects(passkeys.verify(renamed, two, challenge, clock.now()), refused)
  })

  it('has a minute to confirm', async () => {
    const passkey = await enrolled()
    const challenge = begin()
    const response = await confirmed(passkey, challenge)
    await assert.rejects(
      passkeys.verify(response, passkey, challenge, clock.now() + 60_000),
      (error) => error instanceof ProofError && error.problem === 'expired',
    )
  })

  it('made for one purpose is not taken for the other', async () => {
    const passkey = await enrolled()
    const challenge = begin()
    const friend = { id: 'friend', name: 'A friend' }
    const made = await create(await passkeys.registrationOptions(challenge, friend))
    await assert.rejects(passkeys.verify(made, passkey, challenge, clock.now()), refused)
    const got = await confirmed(passkey, challenge)
    await assert.rejects(passkeys.register(got, challenge, clock.now()), refused)
  })

  it('brings no attestation: nobody asked for certificates, nor for what they point to', async () => {
    const challenge = begin()
    const options = await passkeys.registrationOptions(challenge, person)
    assert.equal(options.attestation, 'none')
    const attested = (await create({ ...options, attestation: 'direct' })) as {
      readonly response: { readonly attestationObject: string }
    }
    const bytes = Buffer.from(attested.response.attestationObject, 'base64url')
    assert.ok(bytes.includes('packed'))
    await assert.rejects(
      passkeys.register(attested, challenge, clock.now()),
      /attestation was not asked for/,
    )
  })

  it('answers with what it should, or is refused', async () => {
    const passkey = await enrolled()
    const challenge = begin()
    const response = (await confirmed(passkey, challenge)) as {
      readonly response: Record<string, string>
    }
    const hostile: unknown[] = [
      undefined,
      null,
      'text',
      7,
      [],
      {},
      { id: passkey.id },
      { ...response, response: null },
      { ...response, response: {} },
      { ...response, type: 'password' },
      { ...response, huge: 'x'.repeat(40_000) },
      { ...response, big: 1n },
      ...Object.keys(response.response)
        .filter((key) => key !== 'userHandle')
        .flatMap((key) => [
          { ...response, response: { ...response.response, [key]: 'AAAA' } },
          { ...response, response: { ...response.response, [key]: 7 } },
          { ...response, response: { ...response.response, [key]: undefined } },
        ]),
    ]
    for (const each of hostile) {
      await assert.rejects(passkeys.verify(each, passkey, challenge, clock.now()), refused)
      await assert.rejects(passkeys.register(each, challenge, clock.now()), refused)
    }
  })
})

/** What of a browser's globals is used here. */
interface BrowserScope {
  readonly PublicKeyCredential: {
    parseCreationOptionsFromJSON(json: object): object
    parseRequestOptionsFromJSON(json: object): object
  }
  readonly navigator: {
    readonly credentials: {
      create(options: object): Promise<{ toJSON(): unknown }>
      get(options: object): Promise<{ toJSON(): unknown }>
    }
  }
}
