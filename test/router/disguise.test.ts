import assert from 'node:assert/strict'
import type { Decision } from '../../router/access.ts'
import { forever, memoryRouter, settled, type MemoryRouter } from '../support/memory-router.ts'
import { announcing } from '../support/roles.ts'

const identifying = announcing({ subscriber: ['publisher_identification'] })

/** A house in which the guest is another one to whoever asks who that is. */
function masked(rest: Partial<Decision>): MemoryRouter {
  return memoryRouter(
    ({ principal }) =>
      principal.authid === 'guest'
        ? {
            allow: true,
            until: forever,
            discloseAs: { authid: 'p_7f', authrole: 'visitor' },
            ...rest,
          }
        : { allow: true, until: forever },
    { realm: { topics: [{ uri: 'house.door', match: 'exact', limit: 10 }] } },
  )
}

describe('A disguise', () => {
  const asVisitor = { caller_authid: 'p_7f', caller_authrole: 'visitor' }
  const publishedByVisitor = { publisher_authid: 'p_7f', publisher_authrole: 'visitor' }

  for (const [how, rest, options, registering] of [
    ['the realm discloses', { disclose: true }, {}, {}],
    ['the caller discloses', {}, { disclose_me: true }, {}],
    ['the callee asks for', {}, {}, { disclose_caller: true }],
  ] as const) {
    it(`is what the callee sees as caller where ${how} it: neither the session nor the principal behind it`, () => {
      const { join } = masked(rest)
      const [device, guest] = [join(), join({ authid: 'guest', authrole: 'person' })]
      device.ask([64, 1, registering, 'lamp.switch'])
      guest.send([48, 1, options, 'lamp.switch'])
      assert.deepEqual(device.take()[0]?.[3], asVisitor)
    })
  }

  it('is not shown where nobody is to be disclosed', () => {
    for (const rest of [{}, { disclose: false }]) {
      const { join } = masked(rest)
      const [device, guest] = [join(), join({ authid: 'guest' })]
      device.ask([64, 1, {}, 'lamp.switch'])
      device.ask([32, 2, {}, 'house.lamp'])
      guest.send([48, 1, {}, 'lamp.switch'])
      guest.send([16, 2, {}, 'house.lamp'])
      assert.deepEqual(
        device.take().map((message) => message[3]),
        [{}, {}],
      )
    }
  })

  it('without a role tells no role', () => {
    const { join } = masked({ disclose: true, discloseAs: { authid: 'p_7f' } })
    const [device, guest] = [join(), join({ authid: 'guest' })]
    device.ask([64, 1, {}, 'lamp.switch'])
    device.ask([32, 2, {}, 'house.lamp'])
    guest.send([48, 1, {}, 'lamp.switch'])
    guest.send([16, 2, {}, 'house.lamp'])
    assert.deepEqual(
      device.take().map((message) => message[3]),
      [{ caller_authid: 'p_7f' }, { publisher_authid: 'p_7f' }],
    )
  })

  it('is what subscribers see as publisher: those who announced a use for it, and all where the realm discloses', () => {
    const { join } = masked({})
    const [listener, plain] = [join(identifying), join()]
    const guest = join({ authid: 'guest' })
    for (const subscriber of [listener, plain]) subscriber.ask([32, 1, {}, 'house.lamp'])
    guest.send([16, 1, { disclose_me: true }, 'house.lamp'])
    assert.deepEqual(listener.take()[0]?.[3], publishedByVisitor)
    assert.deepEqual(plain.take()[0]?.[3], {})
    const forced = masked({ disclose: true })
    const other = forced.join()
    other.ask([32, 1, { match: 'prefix' }, 'house.'])
    forced.join({ authid: 'guest' }).send([16, 1, {}, 'house.lamp'])
    assert.deepEqual(other.take()[0]?.[3], { ...publishedByVisitor, topic: 'house.lamp' })
  })

  it('goes with retained events', () => {
    const { join } = masked({ disclose: true })
    join({ authid: 'guest' }).send([16, 1, { retain: true }, 'house.lamp'])
    const [, event] = join().ask([32, 1, { get_retained: true }, 'house.lamp'])
    assert.deepEqual(event?.[3], { ...publishedByVisitor, retained: true })
  })

  it('goes into histories', async () => {
    for (const [rest, options] of [
      [{ disclose: true }, {}],
      [{}, { disclose_me: true }],
    ] as const) {
      const { join } = masked(rest)
      join({ authid: 'guest' }).send([16, 1, options, 'house.door', ['open']])
      const reader = join(identifying)
      const [[, , subscription] = []] = reader.ask([32, 1, {}, 'house.door'])
      reader.send([48, 2, {}, 'wamp.subscription.get_events', [subscription]])
      for (let i = 0; i < 5; i++) await settled()
      const events = reader.take()[0]?.[3] as { details: unknown }[] | undefined
      assert.deepEqual(events?.[0]?.details, publishedByVisitor)
    }
  })

  it('goes with a testament', () => {
    const { join } = masked({ disclose: true })
    const [listener, guest] = [join(), join({ authid: 'guest' })]
    listener.ask([32, 1, {}, 'house.lamp'])
    guest.ask([48, 1, {}, 'wamp.session.add_testament', ['house.lamp', ['gone'], {}]])
    guest.lose()
    assert.deepEqual(listener.take()[0]?.slice(3, 5), [publishedByVisitor, ['gone']])
  })
})
