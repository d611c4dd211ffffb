import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, BrowserContext, Locator, Page, WebSocketRoute } from 'playwright-core'
import { WebSocket } from 'ws'
import { launchChromium, seriousFindings } from '../support/chromium.ts'
import { openTestHouse } from '../support/demo-house.ts'
import type { TestHouse } from '../support/demo-house.ts'
import { eventually } from '../support/eventually.ts'
import { until } from '../support/until.ts'

describe('the page in Chromium', function () {
  this.timeout(60_000)
  let house: TestHouse
  let browser: Browser
  const contexts: BrowserContext[] = []

  before(async () => {
    const opened = await Promise.all([openTestHouse(), launchChromium()])
    ;[house, browser] = opened
  })

  // What one test leaves on must not be another's start. After a crash the devices are on their way back.
  beforeEach(async () => {
    const operator = await house.manage()
    await eventually(() => operator.call('lamp.switch', [false]))
    await eventually(() => operator.call('safe.close'))
    await operator.close()
  })

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
  })

  after(async () => {
    await browser.close()
    await house.remove()
  })

  /** A browser of its own, with what the page complains of. */
  async function visit(
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<{ page: Page; complaints: string[] }> {
    const context = await browser.newContext(options)
    contexts.push(context)
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(house.url)
    return { page, complaints }
  }

  async function fillIn(page: Page, person: string): Promise<void> {
    await page.getByLabel('Name').fill(person)
    await page.getByLabel('Password').fill(await house.password(person))
    await page.getByRole('button', { name: 'Sign in' }).click()
  }

  async function signIn(page: Page, person: string): Promise<void> {
    await page.getByRole('button', { name: 'Sign in' }).click()
    await fillIn(page, person)
    await page.getByText('Connected', { exact: true }).waitFor()
    await card(page, 'Lamp').waitFor()
  }

  const card = (page: Page, name: string): Locator =>
    page.getByRole('article').filter({ has: page.getByRole('heading', { name }) })
  const says = (page: Page, name: string, text: string): Promise<void> =>
    card(page, name).getByRole('status').getByText(text, { exact: true }).waitFor()
  const lamp = (page: Page): Locator => page.getByRole('switch', { name: 'Lamp: switch' })

  /** What the page keeps of the sign-in. */
  const kept = (page: Page): Promise<{ token: string; expiresAt: number }> =>
    page.evaluate(`JSON.parse(sessionStorage.getItem('latchkey.signed-in'))`)

  /** Colours on their way from one to the other are nobody's contrast. */
  const settle = (page: Page): Promise<unknown> =>
    page.evaluate(`Promise.all(
      document.getAnimations()
        .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity)
        // One that is replaced by another is over too.
        .map(({ finished }) => finished.catch(() => undefined)))`)

  const opacityOf = (place: Locator): Promise<number> =>
    place.evaluate((element) => {
      type Style = (of: unknown) => { readonly opacity: string }
      const { getComputedStyle } = globalThis as unknown as { getComputedStyle: Style }
      return Number(getComputedStyle(element).opacity)
    })

  /** Takes the guest's grant away. Resolves with what gives it back. */
  async function revokeGuest(): Promise<() => Promise<unknown>> {
    const owner = await house.join('owner')
    const query = { ecosystem: 'home', to: 'guest' }
    const { args } = await owner.call('latchkey.grant.list', [], query)
    const [grant] = (args[0] as { grants: { id: string }[] }).grants
    await owner.call('latchkey.grant.revoke', [], { id: grant?.id })
    return () => owner.call('latchkey.grant.create', [], { ...query, level: 3 })
  }

  /** Makes the page believe that it is looked at, or not. */
  const turn = (page: Page, visibility: 'hidden' | 'visible'): Promise<unknown> =>
    page.evaluate(`
      Object.defineProperty(document, 'visibilityState', { value: '${visibility}', configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))`)

  /** For people to look at, in the folder that `LATCHKEY_PICTURES` names. */
  async function picture(page: Page, name: string): Promise<void> {
    const folder = process.env['LATCHKEY_PICTURES']
    if (folder === undefined) return
    await settle(page)
    await page.screenshot({ path: join(folder, `${name}.png`) })
  }

  it('lets a guest sign in, see what a guest may use, and switch the lamp', async () => {
    const { page, complaints } = await visit({ viewport: { width: 1100, height: 520 } })
    await signIn(page, 'guest')
    await page.getByText('guest', { exact: true }).waitFor()
    assert.deepEqual(
      await page.getByRole('article').getByRole('heading').allInnerTexts(),
      ['Front door hall', 'Lamp living room', 'TV living room'],
      'there is no safe',
    )
    await says(page, 'Lamp', 'Off')
    await lamp(page).click()
    await says(page, 'Lamp', 'On')
    assert.equal(await lamp(page).getAttribute('aria-checked'), 'true')
    await picture(page, 'guest')
    await lamp(page).click()
    await says(page, 'Lamp', 'Off')
    assert.deepEqual(complaints, [])
  })

  it('shows at once what somebody else does', async () => {
    const { page } = await visit()
    await signIn(page, 'guest')
    const friend = await house.join('friend')
    await friend.call('lamp.switch', [true])
    await says(page, 'Lamp', 'On')
    await friend.call('tv.play', ['Night Train'])
    await says(page, 'TV', 'Playing Night Train')
    await friend.call('lamp.switch', [false])
    await says(page, 'Lamp', 'Off')
    await page.getByRole('button', { name: 'Stop TV' }).click()
    await says(page, 'TV', 'Nothing on')
  })

  it('goes on when a device says of itself what is no state', async () => {
    const { page, complaints } = await visit()
    await signIn(page, 'guest')
    await says(page, 'Lamp', 'Off')
    const operator = await house.manage()
    for (const said of [null, [], 'on', 7]) await operator.publish('lamp.on_change', [said])
    await lamp(page).click()
    await says(page, 'Lamp', 'On')
    await lamp(page).click()
    await says(page, 'Lamp', 'Off')
    await operator.close()
    assert.deepEqual(complaints, [])
  })

  it('lets the owner open the safe', async () => {
    const { page, complaints } = await visit()
    await signIn(page, 'owner')
    await says(page, 'Safe', 'Closed')
    await page.getByRole('button', { name: 'Open Safe' }).click()
    await says(page, 'Safe', 'Open')
    await page.getByRole('button', { name: 'Close Safe' }).click()
    await says(page, 'Safe', 'Closed')
    assert.deepEqual(complaints, [])
  })

  it('works from the keyboard alone', async () => {
    const { page } = await visit()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByLabel('Name').waitFor()
    await page.keyboard.type('guest')
    await page.keyboard.press('Tab')
    await page.keyboard.type(await house.password('guest'))
    await page.keyboard.press('Enter')
    await says(page, 'Lamp', 'Off')
    // Past signing out, unlocking and locking the door.
    for (let at = 0; at < 4; at++) await page.keyboard.press('Tab')
    assert.equal(await lamp(page).evaluate((element) => element.matches(':focus-visible')), true)
    await page.keyboard.press('Space')
    await says(page, 'Lamp', 'On')
    await page.keyboard.press('Space')
    await says(page, 'Lamp', 'Off')
  })

  for (const colorScheme of ['light', 'dark'] as const)
    it(`keeps nobody out, says axe: signed out, at the sign-in and signed in, ${colorScheme}`, async () => {
      const { page } = await visit({ colorScheme, viewport: { width: 390, height: 844 } })
      await page.getByRole('button', { name: 'Sign in' }).waitFor()
      assert.deepEqual(await seriousFindings(page), [])
      await picture(page, `signed-out-${colorScheme}`)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByLabel('Name').waitFor()
      assert.deepEqual(await seriousFindings(page), [])
      await picture(page, `sign-in-${colorScheme}`)
      await fillIn(page, 'owner')
      await says(page, 'Safe', 'Closed')
      await lamp(page).click()
      await page.getByRole('button', { name: 'Unlock Front door' }).click()
      await says(page, 'Front door', 'Unlocked')
      await settle(page)
      assert.deepEqual(await seriousFindings(page), [])
      await picture(page, `owner-${colorScheme}`)
      await lamp(page).click()
      await says(page, 'Lamp', 'Off')
    })

  it('comes back by itself when the router was killed', async () => {
    const { page } = await visit()
    await signIn(page, 'guest')
    const killed = house.pids()['router']
    house.crash('router')
    await page.getByText('Connecting…').waitFor()
    await page.getByText('Connected', { exact: true }).waitFor()
    assert.notEqual(house.pids()['router'], killed)
    await says(page, 'Lamp', 'Off')
    await lamp(page).click()
    await says(page, 'Lamp', 'On')
    await lamp(page).click()
    await says(page, 'Lamp', 'Off')
  })

  it('cannot be used while it is not connected, and looks like it', async () => {
    const { page } = await visit()
    const sockets: WebSocketRoute[] = []
    let isCut = false
    await page.routeWebSocket(/\/ws$/, (socket) => {
      if (isCut) return void socket.close()
      sockets.push(socket, socket.connectToServer())
    })
    await signIn(page, 'guest')
    await says(page, 'Lamp', 'Off')
    isCut = true
    for (const socket of sockets) await socket.close()
    await page.getByText('Connecting…').waitFor()
    const buttons = page.getByRole('main').getByRole('button')
    const usable = page.getByRole('main').getByRole('button', { disabled: false })
    assert.ok((await buttons.count()) >= 3)
    assert.equal(await usable.count(), 0)
    assert.equal(await lamp(page).getAttribute('aria-disabled'), 'true')
    while ((await opacityOf(lamp(page))) > 0.5) await page.waitForTimeout(20)
    await settle(page)
    assert.deepEqual(await seriousFindings(page), [])
    await picture(page, 'connecting')
    isCut = false
    await page.getByText('Connected', { exact: true }).waitFor()
    assert.equal(await lamp(page).getAttribute('aria-disabled'), 'false')
    await lamp(page).click()
    await says(page, 'Lamp', 'On')
    await lamp(page).click()
    await says(page, 'Lamp', 'Off')
  })

  it('says in plain words that a right is gone', async () => {
    const { page } = await visit()
    await signIn(page, 'guest')
    await turn(page, 'hidden')
    const giveBack = await revokeGuest()
    try {
      await lamp(page).click()
      await page.getByRole('alert').getByText('Lamp: You may not do this.').waitFor()
      await page.getByText('has nothing that you may use yet').waitFor()
      assert.equal(await page.getByRole('article').count(), 0)
      assert.deepEqual(await seriousFindings(page), [])
    } finally {
      await giveBack()
    }
  })

  it('shows within seconds what was taken away and given back, as it is by then', async () => {
    const { page } = await visit()
    await signIn(page, 'guest')
    await says(page, 'Lamp', 'Off')
    const giveBack = await revokeGuest()
    const friend = await house.join('friend')
    try {
      const soon = { timeout: 4_500 }
      await page.getByText('has nothing that you may use yet').waitFor(soon)
      await friend.call('lamp.switch', [true])
    } finally {
      await giveBack()
    }
    await says(page, 'Lamp', 'On')
    assert.equal(await lamp(page).getAttribute('aria-checked'), 'true')
    await friend.call('lamp.switch', [false])
    await says(page, 'Lamp', 'Off')
  })

  it('looks again at once when it is looked at again, and not while it is not', async () => {
    const { page } = await visit()
    await signIn(page, 'guest')
    await turn(page, 'hidden')
    const giveBack = await revokeGuest()
    try {
      await page.waitForTimeout(3_500)
      assert.equal(await page.getByRole('article').count(), 3)
      await turn(page, 'visible')
      await page.getByText('has nothing that you may use yet').waitFor({ timeout: 1_000 })
    } finally {
      await giveBack()
    }
  })

  for (const colorScheme of ['light', 'dark'] as const)
    it(`fits into 320 pixels with its head in one line, ${colorScheme}`, async () => {
      const { page } = await visit({ colorScheme, viewport: { width: 320, height: 640 } })
      await signIn(page, 'guest')
      await says(page, 'Lamp', 'Off')
      assert.ok(await page.getByText('guest', { exact: true }).isVisible())
      const middles = await Promise.all(
        [page.locator('header'), page.getByRole('button', { name: 'Sign out' })].map(
          async (place) => {
            const box = await place.boundingBox()
            assert.ok(box !== null)
            return box.y + box.height / 2
          },
        ),
      )
      assert.equal(middles[0], middles[1])
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320)
      await picture(page, `narrow-${colorScheme}`)
    })

  it('asks again who it is after signing out', async () => {
    const { page } = await visit()
    await signIn(page, 'guest')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign out?' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(house.url)
    await signIn(page, 'friend')
    await page.getByText('friend', { exact: true }).waitFor()
  })

  it('stays signed in over a reload, and the address keeps no code', async () => {
    const { page } = await visit()
    await signIn(page, 'guest')
    assert.equal(page.url(), house.url)
    await page.reload()
    await says(page, 'Lamp', 'Off')
    assert.equal(page.url(), house.url)
  })

  it('gets a newer token before the old one ends', async () => {
    const context = await browser.newContext()
    contexts.push(context)
    const page = await context.newPage()
    await page.clock.install()
    await page.goto(house.url)
    await signIn(page, 'guest')
    const first = await kept(page)
    await page.clock.fastForward('59:30')
    while ((await kept(page)).token === first.token) await page.waitForTimeout(20)
    await page.getByText('Connected', { exact: true }).waitFor()
    await lamp(page).click()
    await says(page, 'Lamp', 'On')
    await lamp(page).click()
    await says(page, 'Lamp', 'Off')
  })

  it('signs in again through the provider when the token has ended', async () => {
    const { page } = await visit()
    await signIn(page, 'guest')
    // What a reload leaves: a token that ends soon, and no other to be had without the provider's page.
    const ending = { ...(await kept(page)), expiresAt: Date.now() + 3_000 }
    await page.evaluate(`sessionStorage.setItem('latchkey.signed-in', '${JSON.stringify(ending)}')`)
    await page.reload()
    await says(page, 'Lamp', 'Off')
    await until(() => Date.now() > ending.expiresAt)
    const answered = page.waitForRequest((request) => request.url().includes('&state='))
    house.crash('router')
    await answered
    await says(page, 'Lamp', 'Off')
    const { token, expiresAt } = await kept(page)
    assert.notEqual(token, ending.token)
    assert.ok(expiresAt > Date.now())
  })

  it('is not let in when the person was disabled, and says so', async () => {
    const { page } = await visit()
    await signIn(page, 'friend')
    const operator = await house.manage()
    await operator.call('latchkey.person.disable', [], { person: 'friend' })
    try {
      await page.getByText('This house does not let you in with this account.').waitFor()
      assert.equal(await page.getByRole('article').count(), 0)
      await picture(page, 'refused')
      assert.deepEqual(await seriousFindings(page), [])
      await page.getByRole('button', { name: 'Sign in as somebody else' }).click()
      await fillIn(page, 'guest')
      await says(page, 'Lamp', 'Off')
    } finally {
      await operator.call('latchkey.person.enable', [], { person: 'friend' })
    }
  })

  it('is the only page that a browser may use the WebSocket from', async () => {
    const foreign = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end('<!doctype html><title>elsewhere</title>')
    })
    foreign.listen(0, '127.0.0.1')
    await once(foreign, 'listening')
    try {
      const { page } = await visit()
      const open = (address: string): Promise<string> =>
        page.evaluate(
          (url) =>
            new Promise<string>((resolve) => {
              const socket = new globalThis.WebSocket(url, 'wamp.2.json')
              socket.addEventListener('open', () => resolve('open'))
              socket.addEventListener('error', () => resolve('refused'))
            }),
          address,
        )
      assert.equal(await open(house.webSocket), 'open')
      await page.goto(`http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`)
      assert.equal(await open(house.webSocket), 'refused')
    } finally {
      foreign.closeAllConnections()
      foreign.close()
    }
    const stranger = new WebSocket(house.webSocket, 'wamp.2.json', {
      origin: 'http://elsewhere.example',
    })
    const [error] = (await once(stranger, 'error')) as [Error]
    assert.match(error.message, /403/)
  })
})
