import assert from 'node:assert/strict'
import type { AccessRequest, Authorizer, Decision, Epochs } from '../../router/access.ts'
import { attributesOf, withoutAttributes } from '../../router/attributes.ts'
import { emptyDict } from '../../router/wire/message.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import { forever, memoryRouter, settled, type MemoryRouter } from '../support/memory-router.ts'
import { announcing } from '../support/roles.ts'

/** Who shows this may do what nobody else may. */
const pass = { _ticket: 'good' }

describe('Options that matter to a decision', () => {
  let asked: Pick<AccessRequest, 'action' | 'uri' | 'options'>[]
  let house: MemoryRouter
  let root: { value: number }
  let device: MemoryClient
  let client: MemoryClient

  const epochs = (): Epochs => ({ root, parts: [{ counter: root, seen: root.value }] })
  /** Only who shows the pass may touch the safe; everybody may do all else. */
  const authorizer: Authorizer = ({ action, uri, options }): Decision => {
    asked.push({ action, uri, options: { ...options } })
    const allow = !uri.startsWith('safe') || options['_ticket'] === 'good'
    return { allow, until: forever, epochs: epochs() }
  }

  beforeEach(() => {
    asked = []
    root = { value: 0 }
    house = memoryRouter(authorizer)
    device = house.join()
    client = house.join(announcing({ caller: ['progressive_call_invocations'] }))
  })

  it('are asked about with each CALL, and neither use what is kept nor are kept', () => {
    device.ask([64, 1, pass, 'safe.open'])
    asked = []
    const call = (request: number, options: object): unknown => {
      client.send([48, request, options, 'safe.open'])
      const [invocation] = device.take()
      if (invocation !== undefined) device.send([70, invocation[1], {}])
      const [answer] = client.take()
      return answer?.[0] === 50 ? 'answered' : answer?.[4]
    }
    const denied = 'wamp.error.not_authorized'
    assert.equal(call(1, {}), denied)
    assert.equal(call(2, pass), 'answered')
    assert.equal(call(3, {}), denied)
    assert.equal(call(4, { timeout: 100 }), denied)
    assert.equal(call(5, { _ticket: 'bad' }), denied)
    assert.equal(call(6, { ...pass, timeout: 100 }), 'answered')
    assert.deepEqual(
      asked.map(({ options }) => options),
      [{}, pass, { _ticket: 'bad' }, { ...pass, timeout: 100 }],
    )
  })

  it('are asked about with each PUBLISH, and neither use what is kept nor are kept', () => {
    const publish = (request: number, options: object): unknown =>
      client.ask([16, request, { acknowledge: true, ...options }, 'safe.door'])[0]?.[0]
    assert.deepEqual(
      [{}, pass, {}, { retain: false }, pass, { _ticket: 'bad' }].map((options, i) =>
        publish(i + 1, options),
      ),
      [8, 17, 8, 8, 17, 8],
    )
    assert.equal(asked.length, 4)
  })

  it('cost no question where there are none: a plain message is decided once', () => {
    device.ask([64, 1, {}, 'lamp.switch'])
    asked = []
    for (let i = 0; i < 10; i++) client.send([48, i + 1, { timeout: 1_000 }, 'lamp.switch'])
    for (let i = 0; i < 10; i++) client.send([16, 20 + i, { exclude_me: false }, 'house.lamp'])
    assert.equal(asked.length, 2)
  })

  it('are asked about again with a registration and a subscription that rest on them', async () => {
    const [[kind] = []] = device.ask([64, 1, pass, 'safe.open'])
    const [[subscribed] = []] = device.ask([32, 2, pass, 'safe.door'])
    assert.deepEqual([kind, subscribed], [65, 33])
    root.value++
    client.send([48, 1, pass, 'safe.open'])
    client.send([16, 2, pass, 'safe.door'])
    assert.deepEqual(
      device.take().map(([type]) => type),
      [68, 36],
    )
    const own = asked.filter(({ action }) => action === 'register' || action === 'subscribe')
    assert.deepEqual(
      own.map(({ options }) => options),
      [pass, pass, pass, pass],
    )
    await settled()
  })

  it('of a second SUBSCRIBE are those that count, and so is what is decided of them', () => {
    let good = 'first'
    const changing = memoryRouter(({ options, action }) => ({
      allow: action === 'publish' || options['_ticket'] === good,
      until: forever,
    }))
    const [listener, publisher] = [changing.join(), changing.join()]
    const [session] = changing.realm.sessions.values()
    const heard = (): number => {
      listener.take()
      publisher.send([16, 1, {}, 'house.lamp'])
      return listener.take().length
    }
    listener.ask([32, 1, { _ticket: 'first' }, 'house.lamp'])
    assert.equal(heard(), 1)
    good = 'second'
    session?.renew({ ...session.principal })
    assert.equal(heard(), 0)
    assert.equal(listener.ask([32, 2, { _ticket: 'second' }, 'house.lamp'])[0]?.[0], 33)
    assert.equal(heard(), 1)
    session?.renew({ ...session.principal })
    assert.equal(heard(), 1)
  })

  it('are asked about again with a call in progress that rests on them', () => {
    const streaming = announcing({ callee: ['progressive_call_results', 'call_canceling'] })
    const callee = house.join(streaming)
    callee.ask([64, 1, pass, 'safe.watch'])
    client.send([48, 1, { ...pass, receive_progress: true }, 'safe.watch'])
    const [invocation] = callee.take()
    root.value++
    callee.send([70, invocation?.[1], { progress: true }, [1]])
    assert.deepEqual(client.take(), [[50, 1, { progress: true }, [1]]])
    assert.deepEqual(asked.at(-1)?.options, pass)
  })

  it('of a part of a call are asked about with that part', () => {
    const callee = house.join(
      announcing({ callee: ['progressive_call_invocations', 'call_canceling'] }),
    )
    callee.ask([64, 1, pass, 'safe.fill'])
    client.send([48, 1, { ...pass, progress: true }, 'safe.fill', [1]])
    client.send([48, 1, { ...pass, progress: true }, 'safe.fill', [2]])
    client.send([48, 1, { progress: true }, 'safe.fill', [3]])
    assert.deepEqual(
      callee.take().map((message) => message[4] ?? message[0]),
      [[1], [2], 69],
    )
    assert.equal(client.take()[0]?.[4], 'wamp.error.not_authorized')
  })
})

describe('Attributes', () => {
  it('are what begins with _, and nothing else', () => {
    assert.equal(attributesOf(emptyDict), undefined)
    assert.equal(attributesOf({ timeout: 1, ppt_scheme: 'x_own' }), undefined)
    assert.deepEqual(attributesOf({ timeout: 1, _a: 2, _bcd: null }), { _a: 2, _bcd: null })
  })

  it('are left out of what is for others, which stays the same where there are none', () => {
    const details = { reason: 'x' }
    assert.equal(withoutAttributes(details), details)
    assert.deepEqual(withoutAttributes({ ...details, _authz: 'y' }), details)
  })
})
