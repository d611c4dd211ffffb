import assert from 'node:assert/strict'
import type { MemoryClient } from '../../support/memory-client.ts'
import { memoryRouter, settled, type MemoryRouter } from '../../support/memory-router.ts'

const service = {
  kind: 'service',
  authid: 'latchkey',
  authrole: 'service',
  authmethod: 'local',
  authprovider: 'latchkey',
}

describe('The meta API of a realm with components of the router itself', () => {
  let house: MemoryRouter
  let asker: MemoryClient

  const ask = (procedure: string, ...args: unknown[]): unknown => {
    const [answer] = asker.ask([48, 1, {}, `wamp.${procedure}`, args])
    assert(answer !== undefined)
    return answer[0] === 50 ? answer[3] : answer[4]
  }

  beforeEach(async () => {
    house = memoryRouter()
    asker = house.join()
    asker.ask([32, 1, {}, 'wamp.registration.on_create'])
    asker.ask([32, 2, {}, 'wamp.subscription.on_create'])
    asker.ask([32, 3, { match: 'prefix' }, 'wamp.'])
    const component = house.realm.local(service)
    component.register('latchkey.status.get', () => ({ args: ['up'] }))
    component.subscribe('house.door', () => undefined)
    await settled()
  })

  it('shows, counts and kills none of their sessions', () => {
    assert.deepEqual(ask('session.count'), [1])
    assert.deepEqual(ask('session.count', ['service']), [0])
    const [ids] = ask('session.list') as [number[]]
    assert.equal(ids.length, 1)
    assert.deepEqual(ask('session.kill_by_authid', 'latchkey'), [[]])
    assert.deepEqual(ask('session.kill_by_authrole', 'service'), [0])
    assert.deepEqual(ask('session.kill_all'), [0])
    assert.notEqual(house.realm.dealer.registrations.get('exact', 'latchkey.status.get'), undefined)
  })

  it('shows none of their registrations and subscriptions', () => {
    const { dealer, broker } = house.realm
    const registration = dealer.registrations.get('exact', 'latchkey.status.get')?.id
    assert.deepEqual(ask('registration.list'), [{ exact: [], prefix: [], wildcard: [] }])
    assert.deepEqual(ask('registration.lookup', 'latchkey.status.get'), [null])
    assert.deepEqual(ask('registration.match', 'latchkey.status.get'), [null])
    assert.equal(ask('registration.get', registration), 'wamp.error.no_such_registration')
    assert.equal(
      ask('registration.remove_callee', registration, 1),
      'wamp.error.no_such_registration',
    )
    const subscription = broker.subscriptions.get('exact', 'house.door')?.id
    assert.deepEqual(ask('subscription.lookup', 'house.door'), [null])
    assert.deepEqual(ask('subscription.match', 'house.door'), [null])
    assert.equal(ask('subscription.get', subscription), 'wamp.error.no_such_subscription')
    assert.equal(
      ask('subscription.count_subscribers', subscription),
      'wamp.error.no_such_subscription',
    )
  })

  it('tells of none of their doings', () => {
    const own = asker.take().filter(([type, , , , args]) => {
      const [session] = (args ?? []) as [number]
      return type === 36 && !house.realm.sessions.has(session)
    })
    assert.deepEqual(own, [])
  })

  it('counts only clients among the subscribers of what they listen to as well', () => {
    const listener = house.join()
    const [, , subscription] = listener.ask([32, 1, {}, 'house.door'])[0] ?? []
    assert.deepEqual(ask('subscription.count_subscribers', subscription), [1])
    const [ids] = ask('subscription.list_subscribers', subscription) as [number[]]
    assert.equal(ids.length, 1)
  })
})

describe('A meta event', () => {
  it('is not made where nobody listens: leaving and joining cost no event', () => {
    const house = memoryRouter()
    let announced = 0
    const announce = house.realm.broker.announce.bind(house.realm.broker)
    house.realm.broker.announce = (...args) => {
      announced++
      announce(...args)
    }
    const busy = (): void => {
      const client = house.join()
      client.ask([64, 1, {}, 'lamp.switch'])
      const [, , subscription] = client.ask([32, 2, {}, 'house.door'])[0] ?? []
      client.ask([34, 3, subscription])
      client.lose()
    }
    busy()
    assert.equal(announced, 0)
    const watcher = house.join()
    watcher.ask([32, 1, { match: 'prefix' }, 'wamp.'])
    announced = 0
    busy()
    assert.deepEqual(announced, 10)
    assert.deepEqual(
      watcher.take().map(([, , , details]) => (details as { topic: unknown }).topic),
      [
        'wamp.session.on_join',
        'wamp.registration.on_create',
        'wamp.registration.on_register',
        'wamp.subscription.on_create',
        'wamp.subscription.on_subscribe',
        'wamp.subscription.on_unsubscribe',
        'wamp.subscription.on_delete',
        'wamp.registration.on_unregister',
        'wamp.registration.on_delete',
        'wamp.session.on_leave',
      ],
    )
  })

  it('goes only to those who may subscribe to it now, as any other event', () => {
    let allow = true
    const house = memoryRouter(({ action }) => ({ allow: action !== 'subscribe' || allow }))
    const watcher = house.join()
    watcher.ask([32, 1, {}, 'wamp.session.on_join'])
    house.join()
    assert.equal(watcher.take().length, 1)
    allow = false
    house.join()
    assert.deepEqual(watcher.take(), [])
    assert.equal(house.realm.broker.undelivered.withheld, 1)
  })

  it('of a forger is refused: nobody but the router publishes under wamp.', () => {
    const house = memoryRouter()
    const watcher = house.join()
    watcher.ask([32, 1, {}, 'wamp.session.on_leave'])
    const forger = house.join()
    const [error] = forger.ask([
      16,
      1,
      { acknowledge: true },
      'wamp.session.on_leave',
      [1, 'lamp', 'device'],
    ])
    assert.equal(error?.[4], 'wamp.error.invalid_uri')
    assert.deepEqual(watcher.take(), [])
  })
})

describe('The right to the meta API', () => {
  it('is decided by the URI of the procedure, as that to any other: who is denied sees and kills nobody', () => {
    const asked: string[] = []
    const house = memoryRouter(({ action, uri, principal }) => {
      asked.push(`${action} ${uri}`)
      return { allow: principal.authid === 'operator' }
    })
    const device = house.join({ authid: 'lamp' })
    const [id] = house.realm.sessions.keys()
    house.join({ authid: 'operator' })
    for (const procedure of ['list', 'kill_all', 'get', 'add_testament']) {
      const [answer] = device.ask([48, 1, {}, `wamp.session.${procedure}`, [id]])
      assert.equal(answer?.[4], 'wamp.error.not_authorized')
    }
    assert.equal(house.realm.sessions.size, 2)
    assert.deepEqual(asked, [
      'call wamp.session.list',
      'call wamp.session.kill_all',
      'call wamp.session.get',
      'call wamp.session.add_testament',
    ])
  })
})
