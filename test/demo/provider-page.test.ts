import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { openPeople } from '../../demo/people.ts'
import { startProvider } from '../../demo/provider-server.ts'
import type { RunningProvider } from '../../demo/provider-server.ts'
import { launchChromium, seriousFindings } from '../support/chromium.ts'
import { authorizationRequest } from './browser.ts'

describe('the provider’s pages in Chromium', function () {
  this.timeout(20_000)
  let dir: string
  let home: Server
  let provider: RunningProvider
  let chromium: Browser
  let page: Page
  let homeAddress: string
  let complaints: string[]

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'latchkey-provider-'))
    home = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' })
      response.end('<!doctype html><title>home</title><link rel="icon" href="data:,">')
    })
    await new Promise<void>((resolve) => {
      home.listen(0, '127.0.0.1', resolve)
    })
    const address = home.address()
    assert(typeof address === 'object' && address !== null)
    homeAddress = `http://localhost:${address.port}/`
    provider = await startProvider({ dir, port: 0, pagePort: address.port })
    chromium = await launchChromium()
  })
  after(async () => {
    await chromium.close()
    await provider.stop()
    home.close()
    home.closeAllConnections()
    await rm(dir, { recursive: true })
  })

  beforeEach(async () => {
    complaints = []
    page = await (await chromium.newContext()).newPage()
    page.on('console', (message) => {
      // A page with status 400 or 401 is reported as such, which is meant.
      if (message.type() === 'error' && !message.text().includes('status of 40'))
        complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
  })
  afterEach(async () => {
    await page.context().close()
    assert.deepEqual(complaints, [])
  })

  const signIn = (): string =>
    authorizationRequest(provider.issuer, homeAddress, 'latchkey').address.href

  async function passwordOf(person: string): Promise<string> {
    return (await openPeople(dir)).find(({ name }) => name === person)?.password ?? ''
  }

  it('sign somebody in by the keyboard alone, and lead back', async () => {
    await page.goto(signIn())
    assert.equal(await page.title(), 'Sign in to Latchkey · Demo accounts')
    await page.keyboard.type('guest')
    await page.keyboard.press('Tab')
    await page.keyboard.type(await passwordOf('guest'))
    await page.keyboard.press('Enter')
    await page.waitForURL(`${homeAddress}?**`)
    assert(new URL(page.url()).searchParams.has('code'))
  })

  it('keep nobody out: neither the sign-in, nor its refusal, nor an error', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.goto(signIn())
      assert.deepEqual(await seriousFindings(page), [])
      await page.getByLabel('Name').fill('guest')
      await page.getByLabel('Password').fill('wrong')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('alert').waitFor()
      assert.equal(await page.getByRole('alert').innerText(), 'Name or password is wrong.')
      assert.equal(await page.getByLabel('Name').inputValue(), 'guest')
      assert.deepEqual(await seriousFindings(page), [])
      await page.goto(`${provider.issuer}/sign-in/over`)
      assert.deepEqual(await seriousFindings(page), [])
    }
  })

  it('sign somebody out when asked twice, and lead back', async () => {
    await page.goto(signIn())
    await page.getByLabel('Name').fill('friend')
    await page.getByLabel('Password').fill(await passwordOf('friend'))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${homeAddress}?**`)
    const query = new URLSearchParams({
      client_id: 'latchkey',
      post_logout_redirect_uri: homeAddress,
    })
    await page.goto(`${provider.issuer}/session/end?${query.toString()}`)
    assert.deepEqual(await seriousFindings(page), [])
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(homeAddress)
    await page.goto(signIn())
    await page.getByLabel('Password').waitFor()
  })

  it('sign out also whoever is not signed in', async () => {
    await page.goto(`${provider.issuer}/session/end`)
    await page.getByRole('heading', { name: 'Signed out' }).waitFor()
    assert.deepEqual(await seriousFindings(page), [])
  })
})
