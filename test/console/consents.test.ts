import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core'
import { launchChromium, seriousFindings } from '../support/chromium.ts'
import { openTestHouse } from '../support/demo-house.ts'
import type { TestHouse } from '../support/demo-house.ts'
import { eventually } from '../support/eventually.ts'

describe('the page, where people give and ask', function () {
  this.timeout(60_000)
  let house: TestHouse
  let browser: Browser
  const contexts: BrowserContext[] = []

  before(async () => {
    const opened = await Promise.all([openTestHouse(), launchChromium()])
    ;[house, browser] = opened
  })
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close()
  })
  after(async () => {
    await browser.close()
    await house.remove()
  })

  /** The page of somebody who has signed in, in a browser of its own. */
  async function pageOf(
    person: string,
    options: Parameters<Browser['newContext']>[0] = {},
  ): Promise<Page> {
    const context = await browser.newContext(options)
    contexts.push(context)
    const page = await context.newPage()
    await page.goto(house.url)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Name').fill(person)
    await page.getByLabel('Password').fill(await house.password(person))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await card(page, 'Lamp').waitFor()
    return page
  }

  const card = (page: Page, name: string): Locator =>
    page.getByRole('article').filter({ has: page.getByRole('heading', { name }) })
  const says = (page: Page, role: 'status' | 'alert', text: string): Promise<void> =>
    card(page, 'TV').getByRole(role).getByText(text, { exact: true }).waitFor()
  const record = (page: Page): Promise<void> =>
    page.getByRole('button', { name: 'Record TV' }).click()
  const asked = (page: Page): Locator => page.getByRole('region', { name: 'guest asks' })

  /** For people to look at, in the folder that `LATCHKEY_PICTURES` names. */
  async function picture(page: Page, name: string): Promise<void> {
    const folder = process.env['LATCHKEY_PICTURES']
    if (folder === undefined) return
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  }

  const state = async (): Promise<unknown> => {
    const operator = await house.manage()
    const { args } = await operator.call('tv.state')
    await operator.close()
    return args[0]
  }

  it('shows the owner who is let in and how far, to be taken back by a tap, and shows it to nobody else', async () => {
    const [owner, guest] = await Promise.all([pageOf('owner'), pageOf('guest')])
    const letIn = owner.getByRole('region', { name: 'Who is let in' })
    assert.deepEqual(await letIn.getByRole('listitem').allInnerTexts(), [
      'friend\nlevel 2\nTake back',
      'guest\nlevel 3\nTake back',
    ])
    assert.equal(await guest.getByText('Who is let in').count(), 0)
    const operator = await house.manage()
    await operator.call('latchkey.grant.create', [], {
      to: 'guest',
      ecosystem: 'home',
      level: 2,
      schedule: 'sat,sun 10:00-18:00 Europe/Berlin',
      uses: { 'door.unlock': 2 },
      purpose: 'the plants',
    })
    await letIn
      .getByText(
        'level 2 · sat,sun 10:00-18:00 Europe/Berlin · door.unlock 0 of 2 times · for the plants',
      )
      .waitFor()
    await owner.getByRole('button', { name: /^Take back from guest: level 2/ }).click()
    while ((await letIn.getByRole('listitem').count()) > 2) await owner.waitForTimeout(20)
    await owner.getByRole('button', { name: 'Take back from guest: level 3' }).click()
    await guest.getByText('has nothing that you may use yet').waitFor()
    assert.equal(await letIn.getByRole('listitem').count(), 1)
    await operator.call('latchkey.grant.create', [], { to: 'guest', ecosystem: 'home', level: 3 })
    await operator.close()
  })

  it('shows what is shared, to both, and either ends it by a tap', async () => {
    const share = async (): Promise<void> => {
      const sharer = await house.join('owner')
      const expires = new Date(Date.now() + 86_400_000).toISOString()
      const input = { to: 'friend', device: 'safe', actions: 'call', purpose: 'the will', expires }
      await sharer.call('latchkey.share.create', [], input)
    }
    const [owner, friend] = await Promise.all([pageOf('owner'), pageOf('friend')])
    await share()
    const received = friend.getByRole('region', { name: 'Shared with you' }).getByRole('listitem')
    await received.waitFor()
    assert.match(
      await received.innerText(),
      /^owner\nall of safe · to call · until .* · for the will\n/,
    )
    await card(friend, 'Safe').waitFor()
    assert.deepEqual(await seriousFindings(friend), [])
    await picture(friend, 'shared')
    await friend.getByRole('button', { name: /^Give back to owner: all of safe/ }).click()
    await card(friend, 'Safe').waitFor({ state: 'detached' })
    await share()
    await received.waitFor()
    await owner.getByRole('button', { name: /^Take back from friend: all of safe/ }).click()
    await received.waitFor({ state: 'detached' })
  })

  it('lets a guest ask, the owner agree once, and both see at once what came of it', async () => {
    const [guest, owner] = await Promise.all([
      pageOf('guest'),
      pageOf('owner', { viewport: { width: 1100, height: 520 } }),
    ])
    await record(guest)
    await says(guest, 'status', 'The owner has been asked, and has not answered yet.')
    await asked(owner).getByText('guest asks for your word: Record TV').waitFor()
    await picture(owner, 'asked')
    await picture(guest, 'asking')
    await owner.getByRole('button', { name: 'Allow once: Record TV, guest' }).click()
    await asked(owner).waitFor({ state: 'detached' })
    await says(guest, 'status', 'The owner agrees: Record works now.')
    assert.deepEqual(await state(), { playing: null })
    const recording = { playing: null, recording: 'the news' }
    await record(guest)
    await eventually(async () => assert.deepEqual(await state(), recording))
    await record(guest)
    await says(guest, 'status', 'The owner has been asked, and has not answered yet.')
  })

  it('tells the guest that the owner has said no, and does not ask again', async () => {
    const [guest, owner] = await Promise.all([pageOf('guest'), pageOf('owner')])
    await record(guest)
    await owner.getByRole('button', { name: 'No: Record TV, guest' }).click()
    await says(guest, 'alert', 'The owner says no to this: Record.')
    await record(guest)
    await says(guest, 'alert', 'The owner has said no to this.')
    assert.equal(await asked(owner).count(), 0)
  })

  it('opens the door for whoever has a watch, and says to others what they lack', async () => {
    const [guest, friend] = await Promise.all([pageOf('guest'), pageOf('friend')])
    await guest.getByRole('button', { name: 'Unlock Front door' }).click()
    await card(guest, 'Front door').getByText('Unlocked', { exact: true }).waitFor()
    await friend.getByRole('button', { name: 'Unlock Front door' }).click()
    await card(friend, 'Front door').getByRole('alert').getByText('a second proof').waitFor()
    assert.deepEqual(await seriousFindings(friend), [])
  })

  for (const colorScheme of ['light', 'dark'] as const)
    it(`keeps nobody out and fits into 320 pixels where the owner is asked, ${colorScheme}`, async () => {
      const owner = await pageOf('owner', { colorScheme, viewport: { width: 320, height: 640 } })
      const friend = await house.join('friend')
      const outcome = await friend.call('tv.record').catch((error: unknown) => error)
      assert.ok(outcome instanceof Error)
      await owner.getByRole('region', { name: 'friend asks' }).waitFor()
      await owner.getByText('Who is let in').waitFor()
      assert.equal(await owner.evaluate('document.documentElement.scrollWidth'), 320)
      assert.deepEqual(await seriousFindings(owner), [])
      await picture(owner, `asked-narrow-${colorScheme}`)
    })
})
