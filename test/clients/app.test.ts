import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { App } from '../../clients/app.ts'
import type { AppOptions } from '../../clients/app.ts'
import { CallError, JoinRefused } from '../../clients/errors.ts'
import { webSocketClass } from '../../clients/websocket.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startHouse } from '../support/house.ts'
import type { House } from '../support/house.ts'
import { States } from './states.ts'

describe('an app', () => {
  let house: House
  const clock = new ManualClock()
  const apps: App[] = []

  before(async () => {
    house = await startHouse({ clock })
  })

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((each) => each.close()))
  })

  after(() => house.stop())

  function app(options: Partial<AppOptions> = {}): App {
    const made = new App({
      url: house.url,
      realm: 'home',
      webSocket: webSocketClass(),
      backoff: { shortestMs: 5, longestMs: 40 },
      ...options,
    })
    apps.push(made)
    return made
  }

  it('signs in as whoever the token is of, and uses what that person may', async () => {
    const guest = app({ token: () => house.token('guest') })
    const { authid, authrole, authmethod } = await guest.connect()
    assert.deepEqual(
      { authid, authrole, authmethod },
      {
        authid: 'guest',
        authrole: 'person',
        authmethod: 'ticket',
      },
    )
    assert.deepEqual((await guest.call('lamp.switch', [true])).args, [{ done: true }])
    await assert.rejects(guest.call('safe.open'), (error) => {
      assert.ok(error instanceof CallError)
      assert.equal(error.uri, 'wamp.error.not_authorized')
      return true
    })
  })

  it('lists what its person may use, and nothing else', async () => {
    const guest = app({ token: () => house.token('guest') })
    await guest.connect()
    const { devices } = await guest.ask('latchkey.discovery.list', {})
    assert.deepEqual(
      devices.map(({ prefix }) => prefix),
      ['lamp'],
    )
  })

  it('is told that its token is not taken', async () => {
    const wrong = app({ token: () => 'eyJhbGciOiJub25lIn0.e30.' })
    await assert.rejects(wrong.connect(), (error) => {
      assert.ok(error instanceof JoinRefused)
      assert.equal(error.uri, 'wamp.error.authentication_denied')
      return true
    })
    assert.equal(wrong.state.status, 'closed')
  })

  it('joins as anonymous without a token, where that is allowed: not in this house', async () => {
    await assert.rejects(app().connect(), JoinRefused)
  })

  it('asks for a token again when the session is closed as the last one expired', async () => {
    const states = new States()
    let asked = 0
    const friend = app({
      onState: states.listen,
      token: () => {
        asked += 1
        return house.token('friend')
      },
    })
    await friend.connect()
    clock.advance(3_600_000 + 120_000)
    const lost = await states.nth(2, 'connecting')
    assert.equal(lost.status === 'connecting' && lost.reason, 'expired')
    await states.nth(2, 'open')
    assert.equal(asked, 2)
    assert.deepEqual((await friend.call('lamp.switch', [1])).args, [{ done: 1 }])
  })

  it('stays in the session that was renewed in time', async () => {
    const states = new States()
    const friend = app({ onState: states.listen, token: () => house.token('friend', 600) })
    await friend.connect()
    const endsAt = await friend.refresh(await house.token('friend', 7_200))
    assert.ok(endsAt >= clock.now() + 7_100_000)
    clock.advance(3_600_000)
    assert.deepEqual((await friend.call('lamp.switch', [2])).args, [{ done: 2 }])
    assert.equal(states.all.length, 2)
    await assert.rejects(friend.refresh(await house.token('owner')), {
      uri: 'wamp.error.authentication_denied',
    })
  })

  it('imports nothing of Node, for it is for browsers too', async () => {
    const root = fileURLToPath(new URL('../../', import.meta.url))
    const packages = new Set<string>()
    const seen = new Set<string>()
    const visit = async (file: string): Promise<void> => {
      if (seen.has(file)) return
      seen.add(file)
      const source = await readFile(file, 'utf8')
      for (const [, specifier = ''] of source.matchAll(/^(?:import|export)[^;]*? from '(.+)'$/gm))
        if (specifier.startsWith('.')) await visit(resolve(dirname(file), specifier))
        else packages.add(specifier)
    }
    await visit(join(root, 'clients/app.ts'))
    assert.deepEqual([...packages], ['wampy'])
    const folders = new Set([...seen].map((file) => dirname(relative(root, file))))
    assert.deepEqual([...folders].toSorted(), ['.', 'clients', 'proofs', 'realms'])
  })
})
