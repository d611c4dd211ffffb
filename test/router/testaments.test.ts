import assert from 'node:assert/strict'
import type { Authorizer } from '../../router/access.ts'
import type { Limits } from '../../router/limits.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import { memoryRouter, settled, type MemoryRouter } from '../support/memory-router.ts'

describe('Testaments', () => {
  let house: MemoryRouter
  let listener: MemoryClient
  let client: MemoryClient

  const begin = (authorizer?: Authorizer, limits?: Partial<Limits>): void => {
    house = memoryRouter(authorizer, limits === undefined ? {} : { limits })
    listener = house.join()
    listener.ask([32, 1, { match: 'prefix' }, 'will.'])
    client = house.join({ authid: 'lamp' })
  }
  /** `undefined`: added; else the ERROR's URI. */
  const add = (topic: string, args: unknown[] = [], kwargs = {}): unknown => {
    const [answer] = client.ask([
      48,
      1,
      {},
      'wamp.session.add_testament',
      [topic, args, {}],
      kwargs,
    ])
    assert(answer !== undefined)
    return answer[0] === 50 ? undefined : answer[4]
  }
  const heard = (): unknown[] =>
    listener.take().map(([, , , details]) => (details as { topic: unknown }).topic)

  it('are bound in number: a further one is refused, and the others stay', () => {
    begin(undefined, { testaments: 2 })
    assert.equal(add('will.a'), undefined)
    assert.equal(add('will.b', [], { scope: 'detached' }), undefined)
    assert.equal(add('will.c'), 'wamp.error.unavailable')
    client.ask([48, 2, {}, 'wamp.session.flush_testaments', [], { scope: 'detached' }])
    assert.equal(add('will.d'), undefined)
    client.lose()
    assert.deepEqual(heard(), ['will.a', 'will.d'])
  })

  it('are bound in size: a further one is refused, and the others stay', () => {
    begin(undefined, { testamentBytes: 300 })
    assert.equal(add('will.a', ['x'.repeat(200)]), undefined)
    assert.equal(add('will.b', ['x'.repeat(200)]), 'wamp.error.unavailable')
    assert.equal(
      add('will.c', [], { publish_options: { exclude_authid: ['x'.repeat(200)] } }),
      'wamp.error.unavailable',
    )
    client.lose()
    assert.deepEqual(heard(), ['will.a'])
  })

  it('are refused to who may not publish the topic', () => {
    begin(({ action, uri }) => ({ allow: action !== 'publish' || uri !== 'will.secret' }))
    assert.equal(add('will.secret'), 'wamp.error.not_authorized')
    assert.equal(add('will.open'), undefined)
    client.lose()
    assert.deepEqual(heard(), ['will.open'])
  })

  it('are not published where the right to the topic was withdrawn meanwhile; the others are', () => {
    let secret = true
    begin(({ action, uri }) => ({ allow: action !== 'publish' || uri !== 'will.secret' || secret }))
    for (const topic of ['will.a', 'will.secret', 'will.b']) assert.equal(add(topic), undefined)
    secret = false
    client.lose()
    assert.deepEqual(heard(), ['will.a', 'will.b'])
  })

  it('keep their order where the right to one has to be asked for elsewhere', async () => {
    begin(({ action, uri }) => {
      const allowed = { allow: true } as const
      return action === 'publish' && uri === 'will.slow' ? settled().then(() => allowed) : allowed
    })
    client.send([48, 1, {}, 'wamp.session.add_testament', ['will.slow', [], {}]])
    await settled()
    await settled()
    assert.equal(client.take()[0]?.[0], 50)
    assert.equal(add('will.fast'), undefined)
    client.lose()
    await settled()
    await settled()
    assert.deepEqual(heard(), ['will.slow', 'will.fast'])
  })

  it('are not disclosed where the realm does not let their publisher disclose itself', () => {
    begin(({ action }) => ({ allow: true, ...(action === 'publish' && { disclose: false }) }))
    const kwargs = { publish_options: { disclose_me: true } }
    assert.equal(add('will.a', [], kwargs), 'wamp.error.option_disallowed.disclose_me')
  })

  it('come before on_leave, and after the session is out of all indexes', () => {
    begin()
    client.ask([64, 2, {}, 'lamp.switch'])
    const leaver = [...house.realm.sessions.values()].at(-1)
    add('will.a')
    listener.ask([32, 5, {}, 'wamp.session.on_leave'])
    listener.ask([32, 6, {}, 'wamp.registration.on_unregister'])
    client.lose()
    const told = listener.take().map(([, , , details, args]) => ({ details, args }))
    assert.equal(told.length, 3)
    assert.deepEqual(told[1], { details: { topic: 'will.a' }, args: [] })
    assert.deepEqual(told[2]?.args, [leaver?.id, 'lamp', 'anonymous'])
    assert.equal(house.realm.dealer.registrations.size, 0)
  })

  it('disclose who left them where they ask for it, though that session is gone', () => {
    begin()
    const knowing = house.join({
      roles: { subscriber: { features: { publisher_identification: true } } },
    })
    knowing.ask([32, 1, {}, 'will.a'])
    const [id] = [...house.realm.sessions.values()].filter(
      ({ principal }) => principal.authid === 'lamp',
    )
    add('will.a', [1], { publish_options: { disclose_me: true } })
    client.lose()
    assert.deepEqual(knowing.take()[0]?.[3], {
      publisher: id?.id,
      publisher_authid: 'lamp',
      publisher_authrole: 'anonymous',
    })
  })
})
