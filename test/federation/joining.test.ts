import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { ManualClock } from '../support/manual-clock.ts'
import { JoinAborted, startOutside, type JoinOptions, type Outside } from '../support/outside.ts'
import { until } from '../support/until.ts'

const denied = 'wamp.error.authentication_denied'

describe('joining by an opaque access token', () => {
  let outside: Outside
  afterEach(() => outside.stop())

  const asked = (provider: number): number =>
    outside.providers[provider]?.requests.get('/token/introspection') ?? 0
  const reasonOf = async (token: string, options?: JoinOptions): Promise<string> => {
    try {
      ;(await outside.join(token, options)).drop()
      return 'WELCOME'
    } catch (error) {
      if (error instanceof JoinAborted) return error.reason
      throw error
    }
  }

  it('is the same person as by an ID token, for a wampy as it is', async () => {
    outside = await startOutside({ introspected: [0] })
    await outside.person('guest')
    await outside.grant('guest', 3)
    await outside.device('light', { prefix: 'lamp', handlers: { switch: () => 'on' } })
    const wampy = await outside.wampy(await outside.accessToken(0, 'guest'))
    assert.deepEqual((await wampy.call('lamp.switch')).argsList, ['on'])
    const raw = await outside.join(await outside.accessToken(0, 'guest'))
    const { sessions } = await outside.manage('session.list')
    const people = (sessions as { authid: string }[]).filter(({ authid }) => authid === 'guest')
    assert.equal(people.length, 2)
    raw.drop()
  })

  it('needs the name of its provider where several can be asked, and only that one is shown it', async () => {
    outside = await startOutside({ providers: 2, introspected: [0, 1] })
    const [first, second] = outside.providers
    const token = await outside.accessToken(1, 'guest')
    assert.equal(await reasonOf(token), denied)
    const at = (issuer = ''): JoinOptions => ({ authextra: { issuer } })
    assert.equal(await reasonOf(token, at('https://unknown.example')), denied)
    assert.deepEqual([asked(0), asked(1)], [0, 0])
    assert.equal(await reasonOf(token, at(second?.issuer)), 'WELCOME')
    assert.deepEqual([asked(0), asked(1)], [0, 1])
    assert.equal(await reasonOf(token, at(first?.issuer)), denied)
  })

  it('is not how a component’s ticket, right or wrong, is shown to a provider', async () => {
    outside = await startOutside({
      introspected: [0],
      realm: { principals: [{ authid: 'backend', role: 'backend', ticket: 'only-for-tests' }] },
    })
    assert.equal(await reasonOf('only-for-tests', { authid: 'backend' }), 'WELCOME')
    assert.equal(await reasonOf('only-for-test', { authid: 'backend' }), denied)
    assert.equal(asked(0), 0)
    assert.equal(await reasonOf('whatever'), denied)
    assert.equal(asked(0), 1)
  })

  it('is denied where no provider is asked', async () => {
    outside = await startOutside()
    assert.equal(await reasonOf(await outside.accessToken(0, 'guest')), denied)
  })

  it('can be renewed in the session, which then rests on the newer token alone', async () => {
    const clock = new ManualClock()
    outside = await startOutside({ introspected: [0], clock })
    const old = await outside.accessToken(0, 'guest', { expiresInSeconds: 600 })
    const newer = await outside.accessToken(0, 'guest', { expiresInSeconds: 1_200 })
    const guest = await outside.join(old)
    const renewed = await outside.call(guest, 'latchkey.session.refresh', [], { token: newer })
    assert.equal(renewed[0], 50, JSON.stringify(renewed))
    await outside.provider.revoke(old)
    const pass = async (steps: number): Promise<void> => {
      for (let step = 0; step < steps; step++) {
        clock.advance(2_500)
        await wait(10)
      }
    }
    await pass(24)
    assert.deepEqual(guest.pending, [])
    await outside.provider.revoke(newer)
    await pass(24)
    await until(() => guest.pending.length > 0)
    assert.deepEqual(guest.pending[0]?.[2], 'wamp.close.killed')
  })
})
