import assert from 'node:assert/strict'
import { ManualClock } from './manual-clock.ts'
import { JoinAborted, startOutside, type Outside } from './outside.ts'

describe('the harness of an outsider', () => {
  let outside: Outside
  afterEach(() => outside.stop())

  it('lets people of two providers in, by raw and by unmodified clients, to a device', async () => {
    outside = await startOutside({ providers: 2 })
    await outside.person('owner')
    await outside.person('guest', { subject: 'owner', provider: 1 })
    await outside.grant('owner', 1)
    const lamp = await outside.device('light', {
      prefix: 'lamp',
      handlers: { switch: ({ args }) => ({ on: args[0] }) },
    })
    const owner = await outside.join(await outside.token(0, 'owner', { acr: 'aal2' }))
    assert.deepEqual((await outside.call(owner, lamp.uri('switch'), [true])).slice(3), [
      [{ on: true }],
    ])
    const wampy = await outside.wampy(await outside.token(0, 'owner'))
    const { argsList } = await wampy.call('lamp.switch', [false])
    assert.deepEqual(argsList, [{ on: false }])
    const guest = await outside.join(await outside.token(1, 'owner'))
    assert.equal(await outside.outcome(guest, 'lamp.switch'), 'wamp.error.not_authorized')
    await assert.rejects(
      outside.join(await outside.token(0, 'owner', { audience: 'another' })),
      (error) =>
        error instanceof JoinAborted && error.reason === 'wamp.error.authentication_denied',
    )
  })

  it('has several realms and ecosystems, and a clock that a test moves by months', async () => {
    const clock = new ManualClock()
    outside = await startOutside({
      clock,
      store: 'folder',
      realms: ['home', 'work'],
      ecosystems: [{ id: 'home' }, { id: 'office', realm: 'work' }],
    })
    await outside.person('owner')
    await outside.grant('owner', 1, { ecosystem: 'office' })
    await outside.device('light', {
      prefix: 'lamp',
      ecosystem: 'office',
      handlers: { switch: () => true },
    })
    clock.advance(270 * 86_400_000)
    const owner = await outside.join(await outside.token(0, 'owner'), { realm: 'work' })
    assert.equal(await outside.outcome(owner, 'lamp.switch'), 'RESULT')
    const home = await outside.join(await outside.token(0, 'owner'))
    assert.equal(await outside.outcome(home, 'lamp.switch'), 'wamp.error.not_authorized')
    await outside.restart()
    const again = await outside.join(await outside.token(0, 'owner'), { realm: 'work' })
    const { people } = await outside.manage('person.list')
    assert.equal((people as unknown[]).length, 1)
    again.drop()
  })
})
