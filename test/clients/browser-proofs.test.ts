import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { argumentsDigest } from '../../clients/digest.ts'
import { Assertions } from '../../ecosystems/proofs/assertion.ts'
import { Challenges } from '../../ecosystems/proofs/challenges.ts'
import { HouseKey } from '../../ecosystems/proofs/house-key.ts'
import { signReceipt } from '../../ecosystems/proofs/receipt.ts'
import { verifyStepUp } from '../../ecosystems/proofs/step-up-proof.ts'
import { signTrust } from '../../ecosystems/proofs/trust-bundle.ts'
import { launchChromium } from '../support/chromium.ts'
import { ManualClock } from '../support/manual-clock.ts'
import type { BrowserProofs } from './browser-proofs.ts'

async function bundled(): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      lib: {
        entry: join(import.meta.dirname, 'browser-proofs.ts'),
        formats: ['iife'],
        name: 'proofs',
      },
    },
  })
  const [first] = [output].flat()
  assert.ok(first !== undefined && 'output' in first)
  return first.output.map((each) => ('code' in each ? each.code : '')).join('\n')
}

describe('proofs in a browser', function () {
  this.timeout(30_000)
  let server: Server
  let browser: Browser
  let page: Page
  const house = HouseKey.ephemeral()
  /** The page has the machine's time, so each test begins at its present. */
  let clock: ManualClock

  before(async () => {
    const script = await bundled()
    server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><title>A page</title>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    browser = await launchChromium()
    page = await browser.newPage()
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}`)
    // What is compiled for Node names its functions by a helper, and takes that along into the page.
    await page.addScriptTag({ content: 'globalThis.__name = (each) => each' })
    await page.addScriptTag({ content: script })
  })

  beforeEach(() => (clock = new ManualClock()))

  after(async () => {
    await browser.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  it('a person confirms a call with a key that never leaves the page', async () => {
    const argsSha256 = await argumentsDigest({ args: [1] })
    const asked = { caller: 'guest', uri: 'door.unlock', argsSha256 }
    const challenge = new Challenges({ clock }).begin(asked)
    const { proof, publicKey } = await page.evaluate(
      async (request) => {
        const { Authenticator, newAuthenticatorKey } = globalThis as unknown as BrowserProofs
        const authenticator = new Authenticator({ key: await newAuthenticatorKey() })
        return {
          proof: await authenticator.confirm(request),
          publicKey: authenticator.publicKey,
        }
      },
      {
        challenge: challenge.challenge,
        uri: 'door.unlock',
        args_sha256: argsSha256,
        caller: 'guest',
        expires_at: challenge.expiresAt,
      },
    )
    verifyStepUp(proof, { publicKey, challenge, now: clock.now() })
  })

  it("the house's assertion and its receipts are verified", async () => {
    // It takes no assertion from before it began, be that but a second.
    const verifying = await page.evaluateHandle(
      () => new (globalThis as unknown as BrowserProofs).AssertionVerifier(),
    )
    clock = new ManualClock()
    const now = clock.now()
    const facts = { realm: 'home', prefix: 'lamp', ecosystems: [], owners: [], policy: {} }
    const { bundle } = signTrust({ current: house }, { device: 'd_lamp', ...facts }, now)
    const who = { device: 'd_lamp', subject: 'guest', level: 3, acr: 'aal1' }
    const values = { args: ['é', 1.5], kwargs: { a: null } }
    const assertion = new Assertions({ key: house, clock }).sign(who, 'lamp.switch', values)
    const payment = { payee: 'Baker', amount: '12.50', currency: 'EUR', ref: '7' }
    const { receipt } = signReceipt(house, 'guest', payment, { now, expiresAt: now + 60_000 })
    const found = await page.evaluate(
      async (given) => {
        const { TrustBundle, verifyReceipt } = globalThis as unknown as BrowserProofs
        const trust = await TrustBundle.pin(given.bundle)
        const { verifier } = given
        const details = { _authz: given.assertion }
        const verify = (args: readonly unknown[]): Promise<string> =>
          verifier
            .verify(trust, 'lamp.switch', { args, kwargs: given.values.kwargs, details })
            .then(({ sub }) => sub)
        const problemOf = (error: { readonly problem?: string }): string => error.problem ?? 'none'
        return [
          await verify(['e', 1.5]).catch(problemOf),
          await verify(given.values.args),
          await verify(given.values.args).catch(problemOf),
          (await verifyReceipt(given.receipt, trust.claims)).amount,
          await verifyReceipt(given.assertion, trust.claims).then(String, problemOf),
        ]
      },
      { bundle, assertion, receipt, values, verifier: verifying },
    )
    assert.deepEqual(found, ['arguments', 'guest', 'replayed', '12.50', 'type'])
  })
})
