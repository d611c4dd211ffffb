import assert from 'node:assert/strict'
import type { Attested, Decision } from '../../router/access.ts'
import {
  deferred,
  forever,
  memoryRouter,
  settled,
  type MemoryRouter,
} from '../support/memory-router.ts'
import type { Dict } from '../../router/wire/message.ts'
import { announcing } from '../support/roles.ts'
import { allRoles } from '../support/wamp-client.ts'

describe('An attestation', () => {
  /** What was to be attested, as URI and arguments. */
  let attested: [string, unknown][]
  /** What is attested. */
  let attest: NonNullable<Decision['attest']>

  const open = (rest: Partial<Decision> = {}): MemoryRouter =>
    memoryRouter(
      ({ action }) =>
        action === 'call' || action === 'publish'
          ? { allow: true, until: forever, attest: (message) => attest(message), ...rest }
          : { allow: true, until: forever },
      { realm: { topics: [{ uri: 'house.door', match: 'exact', limit: 10 }] } },
    )

  beforeEach(() => {
    attested = []
    attest = ({ uri, payload }: Attested) => {
      attested.push([uri, payload.values().args])
      return { _authz: `signed ${attested.length}` }
    }
  })

  it('goes out in INVOCATION.Details, with the URI that was called and what it carries', () => {
    const { join } = open()
    const [device, caller] = [join(), join()]
    device.ask([64, 1, { match: 'prefix' }, 'lamp.'])
    caller.send([48, 1, {}, 'lamp.switch', ['on']])
    caller.send([48, 2, { disclose_me: true }, 'lamp.dim'])
    const [first, second] = device.take()
    assert.deepEqual(first?.slice(3), [{ procedure: 'lamp.switch', _authz: 'signed 1' }, ['on']])
    assert.equal(
      Object.entries(second?.[3] ?? {})
        .at(-1)
        ?.join(),
      '_authz,signed 2',
    )
    assert.deepEqual(attested, [
      ['lamp.switch', ['on']],
      ['lamp.dim', undefined],
    ])
  })

  it('is made once for a call, whoever gets it: the next callee reads the same', () => {
    const { join } = open()
    const [first, second, caller] = [join(), join(), join()]
    for (const callee of [first, second]) callee.ask([64, 1, { invoke: 'first' }, 'lamp.switch'])
    caller.send([48, 1, {}, 'lamp.switch', ['on']])
    const [invocation] = first.take()
    first.send([8, 68, invocation?.[1], {}, 'wamp.error.unavailable'])
    assert.deepEqual(second.take()[0]?.slice(3), [{ _authz: 'signed 1' }, ['on']])
    assert.equal(attested.length, 1)
  })

  it('is made when the call is sent, not when it begins to wait for a callee', () => {
    const { join } = open()
    const [device, caller] = [join(), join()]
    device.ask([64, 1, { invoke: 'roundrobin', concurrency: 1 }, 'lamp.switch'])
    caller.send([48, 1, {}, 'lamp.switch', [1]])
    caller.send([48, 2, {}, 'lamp.switch', [2]])
    assert.equal(attested.length, 1)
    device.send([70, device.take()[0]?.[1], {}])
    assert.deepEqual(device.take()[0]?.slice(3), [{ _authz: 'signed 2' }, [2]])
  })

  it('is made of each part of a call in parts, as it is about that part alone', () => {
    const { join } = open()
    const device = join(announcing({ callee: ['progressive_call_invocations', 'call_canceling'] }))
    const caller = join(announcing({ caller: ['progressive_call_invocations'] }))
    device.ask([64, 1, {}, 'lamp.play'])
    caller.send([48, 1, { progress: true }, 'lamp.play', [1]])
    caller.send([48, 1, { progress: true }, 'lamp.play', [2]])
    caller.send([48, 1, {}, 'lamp.play', [3]])
    assert.deepEqual(
      device.take().map((message) => message.slice(3)),
      [
        [{ progress: true, _authz: 'signed 1' }, [1]],
        [{ progress: true, _authz: 'signed 2' }, [2]],
        [{ _authz: 'signed 3' }, [3]],
      ],
    )
    assert.deepEqual(
      attested.map(([, args]) => args),
      [[1], [2], [3]],
    )
  })

  it('goes out in EVENT.Details, made once for all subscribers, also retained', () => {
    const { join } = open()
    const [exact, prefix, publisher] = [join(), join(), join()]
    exact.ask([32, 1, {}, 'house.lamp'])
    prefix.ask([32, 1, { match: 'prefix' }, 'house.'])
    publisher.send([16, 1, { retain: true }, 'house.lamp', ['on']])
    assert.deepEqual(exact.take()[0]?.[3], { _authz: 'signed 1' })
    assert.deepEqual(prefix.take()[0]?.[3], { _authz: 'signed 1', topic: 'house.lamp' })
    const [, retained] = join().ask([32, 1, { get_retained: true }, 'house.lamp'])
    assert.deepEqual(retained?.[3], { _authz: 'signed 1', retained: true })
    assert.deepEqual(attested, [['house.lamp', ['on']]])
  })

  it('goes into histories', async () => {
    const { join } = open()
    const client = join()
    client.send([16, 1, {}, 'house.door', ['open']])
    const [[, , subscription] = []] = client.ask([32, 2, {}, 'house.door'])
    client.send([48, 3, {}, 'wamp.subscription.get_events', [subscription]])
    for (let i = 0; i < 5; i++) await settled()
    const events = client.take()[0]?.[3] as { details: unknown }[] | undefined
    assert.deepEqual(events?.[0]?.details, { _authz: 'signed 1' })
  })

  it('stands beside who published, and the trust in it', () => {
    const { join } = open({ disclose: true, trustlevel: 7 })
    const listener = join(announcing({ subscriber: ['publication_trustlevels'] }))
    listener.ask([32, 1, {}, 'house.lamp'])
    join({ authid: 'owner', authrole: 'person' }).send([16, 1, {}, 'house.lamp'])
    const [[, , , all = {}] = []] = listener.take()
    const { publisher, ...details } = all as Record<string, unknown>
    assert.equal(typeof publisher, 'number')
    assert.deepEqual(details, {
      publisher_authid: 'owner',
      publisher_authrole: 'person',
      trustlevel: 7,
      _authz: 'signed 1',
    })
  })

  const broken: readonly (readonly [string, NonNullable<Decision['attest']>])[] = [
    [
      'throws',
      () => {
        throw new Error('the key is gone')
      },
    ],
    ['says what only the protocol may say', () => ({ _authz: 'signed', caller: 1 })],
    ['comes too late', () => Promise.resolve({ _authz: 'signed' }) as unknown as Dict],
  ]
  for (const [what, faulty] of broken) {
    it(`that ${what} delivers nothing: authorization_failed, and a word in the log`, () => {
      attest = faulty
      const { join, logged, realm } = open()
      const [device, client] = [join(), join()]
      device.ask([64, 1, {}, 'lamp.switch'])
      device.ask([32, 2, {}, 'house.lamp'])
      const failed = 'wamp.error.authorization_failed'
      assert.deepEqual(client.ask([48, 1, {}, 'lamp.switch']), [[8, 48, 1, {}, failed]])
      assert.deepEqual(client.ask([16, 2, { acknowledge: true }, 'house.lamp']), [
        [8, 16, 2, {}, failed],
      ])
      assert.deepEqual(client.ask([16, 3, {}, 'house.lamp']), [])
      assert.deepEqual(device.take(), [])
      assert.deepEqual(
        logged.map(({ message }) => message),
        Array.from({ length: 3 }, () => 'a message could not be attested; denied'),
      )
      const { call, publish } = realm.decisionCounts
      assert.deepEqual([call.denied, publish.denied], [1, 2])
    })
  }

  it('that fails for a call that waited ends it, and the next one in the queue is looked at', () => {
    const { join } = open()
    const [device, caller] = [join(), join()]
    device.ask([64, 1, { invoke: 'roundrobin', concurrency: 1 }, 'lamp.switch'])
    for (const i of [1, 2, 3]) caller.send([48, i, {}, 'lamp.switch', [i]])
    const good = attest
    attest = (message) => {
      if (message.payload.values().args?.[0] === 2) throw new Error('not this one')
      return good(message)
    }
    device.send([70, device.take()[0]?.[1], {}])
    assert.deepEqual(caller.take(), [
      [8, 48, 2, {}, 'wamp.error.authorization_failed'],
      [50, 1, {}],
    ])
    assert.deepEqual(device.take()[0]?.[4], [3])
  })

  it('that fails for a part of a call ends the call', () => {
    const { join } = open()
    const device = join(announcing({ callee: ['progressive_call_invocations', 'call_canceling'] }))
    const caller = join(announcing({ caller: ['progressive_call_invocations'] }))
    device.ask([64, 1, {}, 'lamp.play'])
    caller.send([48, 1, { progress: true }, 'lamp.play', [1]])
    const [invocation] = device.take()
    attest = () => {
      throw new Error('the key is gone')
    }
    caller.send([48, 1, { progress: true }, 'lamp.play', [2]])
    assert.deepEqual(caller.take(), [[8, 48, 1, {}, 'wamp.error.authorization_failed']])
    assert.deepEqual(device.take(), [[69, invocation?.[1], { mode: 'killnowait' }]])
  })

  it('of a testament that fails lets it go to nobody', () => {
    const { join } = open()
    const [listener, guest] = [join(), join()]
    listener.ask([32, 1, {}, 'house.lamp'])
    guest.ask([48, 1, {}, 'wamp.session.add_testament', ['house.lamp', ['gone'], {}]])
    attest = () => ({ authz: 'forged' })
    guest.lose()
    assert.deepEqual(listener.take(), [])
  })

  it('is made after the use was counted, for nothing that is used up', async () => {
    const count = deferred<void>()
    const { join } = open({ consume: () => count.promise })
    const [device, caller] = [join(), join()]
    device.ask([64, 1, {}, 'lamp.switch'])
    caller.send([48, 1, {}, 'lamp.switch'])
    assert.equal(attested.length, 0)
    count.reject(new Error('used up'))
    await settled()
    assert.equal(attested.length, 0)
    assert.equal(caller.take()[0]?.[4], 'wamp.error.authorization_failed')
  })
})

describe('An attribute that begins with _', () => {
  it('is never handed on from one client to another', () => {
    const { join } = memoryRouter()
    const [device, client] = [join({ roles: allRoles }), join()]
    device.ask([64, 1, { _authz: 'forged' }, 'lamp.switch'])
    device.ask([32, 2, { _authz: 'forged' }, 'house.lamp'])
    client.send([48, 1, { _authz: 'forged', disclose_me: false }, 'lamp.switch'])
    client.send([16, 2, { _authz: 'forged', retain: true }, 'house.lamp'])
    const [invocation, event] = device.take()
    assert.deepEqual([invocation?.[3], event?.[3]], [{}, {}])
    device.send([70, invocation?.[1], { _authz: 'forged' }, ['yes']])
    assert.deepEqual(client.take(), [[50, 1, {}, ['yes']]])
    client.send([48, 3, {}, 'lamp.switch'])
    const details = { _authz: 'forged', reason: 'its own' }
    device.send([8, 68, device.take()[0]?.[1], details, 'my.error'])
    assert.deepEqual(client.take(), [[8, 48, 3, { reason: 'its own' }, 'my.error']])
    const [, retained] = join().ask([32, 1, { get_retained: true }, 'house.lamp'])
    assert.deepEqual(retained?.[3], { retained: true })
  })
})
