import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { Temporal } from 'temporal-polyfill'
import { App } from '../../clients/app.ts'
import { webSocketClass } from '../../clients/websocket.ts'
import { launchChromium } from '../support/chromium.ts'
import { until } from '../support/until.ts'
import { Journey } from './journey.ts'

const shiftedTime = new URL('./shifted-time.mjs', import.meta.url).href

/** How long it is until the next Saturday, twelve o'clock, in Berlin. */
function untilSaturdayNoonMs(): number {
  const now = Temporal.Now.zonedDateTimeISO('Europe/Berlin')
  const noon = now.add({ days: (13 - now.dayOfWeek) % 7 }).with({ hour: 12, minute: 0 })
  const next = noon.epochMilliseconds > now.epochMilliseconds ? noon : noon.add({ days: 7 })
  return next.epochMilliseconds - now.epochMilliseconds
}

describe('journey B: a home’s owner', function () {
  this.timeout(300_000)
  const shiftMs = untilSaturdayNoonMs()
  const apps: App[] = []
  let journey: Journey
  let browser: Browser

  before(async () => {
    const env = { NODE_OPTIONS: `--import=${shiftedTime}`, LATCHKEY_SHIFT_MS: String(shiftMs) }
    journey = await Journey.begin('B', env)
    browser = await launchChromium()
  })
  after(async () => {
    await Promise.all(apps.map((app) => app.close()))
    await browser.close()
    await journey.end()
  })

  /** The owner opens the page, signs in, and taps the lamp. */
  async function tapTheLamp(): Promise<void> {
    const people = await readFile(join(journey.dir, 'latchkey-data/people.json'), 'utf8')
    const known = JSON.parse(people) as { people: { name: string; password: string }[] }
    const password = known.people.find(({ name }) => name === 'owner')?.password ?? ''
    const page = await browser.newPage()
    await page.clock.install({ time: Date.now() + shiftMs })
    await page.goto(journey.url)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Name').fill('owner')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    const lamp = page.getByRole('switch', { name: 'Lamp: switch' })
    await lamp.click()
    await page.getByRole('switch', { name: 'Lamp: switch', checked: true }).waitFor()
    await page.close()
  }

  /** A session of the guest's that stays open. */
  async function guestsSession(): Promise<App> {
    const token = (await readFile(join(journey.dir, 'guest.jwt'), 'utf8')).trim()
    const app = new App({
      url: journey.webSocket,
      realm: 'home',
      token: () => token,
      webSocket: webSocketClass(),
    })
    apps.push(app)
    await app.connect()
    return app
  }

  const idIn = (text: string, kind: string): string =>
    new RegExp(`\\b${kind}_\\w+`).exec(text)?.[0] ?? assert.fail(`no ${kind}_… in: ${text}`)

  it('lets a guest in for some hours and a door twice, with a watch and the owner’s word, and out again, by the page', async () => {
    await tapTheLamp()
    const { out: on } = await journey.step('latchkey call lamp.switch', 0)
    assert.deepEqual(JSON.parse(on), { on: true })
    const { out: before } = await journey.step('latchkey grant list --to guest', 0)
    await journey.step('latchkey grant revoke', 0, { DEMO_GRANT_ID: idIn(before, 'g') })

    const { out: given } = await journey.step('latchkey grant create --to guest', 0)
    const grant = idIn(given, 'g')
    await journey.step('latchkey demo token guest', 0)
    const { out: switched } = await journey.step('latchkey call lamp.switch', 0)
    assert.deepEqual(JSON.parse(switched), { on: true })
    const { err: shut } = await journey.step('latchkey call safe.open', 1)
    assert.match(shut, /^wamp\.error\.not_authorized: /)
    const decision = /authz explain (\S+)/.exec(shut)?.[1] ?? assert.fail(shut)
    const { err: weak } = await journey.step('latchkey call door.unlock', 1)
    assert.match(weak, /^wamp\.error\.authorization_required: /)
    assert.match(weak, /insufficient_user_authentication/)
    assert.match(weak, /max_age 300/)
    const { out: opened } = await journey.step('latchkey step-up door.unlock', 0)
    assert.deepEqual(JSON.parse(opened), { locked: false, relocks_in_ms: 5_000 })

    const { err: asked } = await journey.step('latchkey call tv.record', 1)
    assert.match(asked, /^wamp\.error\.authorization_required: /)
    assert.match(asked, /request_submitted/)
    const { out: waiting } = await journey.step('latchkey approval list', 0)
    const [, request = ''] = /^(\w+) .*guest.*tv\.record/m.exec(waiting) ?? []
    assert.notEqual(request, '', waiting)
    await journey.step('latchkey approval approve', 0, { ID: request })
    const { out: recorded } = await journey.step('latchkey call tv.record', 0)
    assert.deepEqual(JSON.parse(recorded), { recording: 'the news' })

    const { out: why } = await journey.step('latchkey authz explain', 0, { DECISION_ID: decision })
    assert.match(why, /safe\.open/)
    assert.match(why, /level/)
    assert.match(why, new RegExp(grant))

    const guest = await guestsSession()
    assert.deepEqual((await guest.call('lamp.state')).args, [{ on: true }])
    await journey.step('latchkey grant revoke', 0, { GRANT_ID: grant })
    const revokedAt = performance.now()
    await assert.rejects(guest.call('lamp.state'), { uri: 'wamp.error.not_authorized' })
    const answeredMs = performance.now() - revokedAt
    const { out: sessions } = await journey.step('latchkey session list --person guest', 0)
    assert.match(sessions, /^\d+ .*guest/m)
    const { err: out } = await journey.step('latchkey call lamp.switch', 1)
    assert.match(out, /^wamp\.error\.not_authorized: /)

    await journey.step('latchkey person disable guest', 0)
    await until(() => guest.state.status === 'closed', 5_000)
    const tookMs = await journey.arrived()
    console.log(
      `      in ${(tookMs / 1000).toFixed(1)} s; the call after the revocation was denied in ${answeredMs.toFixed(1)} ms`,
    )
  })
})
