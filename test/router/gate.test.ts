import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import type { AccessRequest, Authorizer, Decision } from '../../router/access.ts'
import {
  deferred,
  forever,
  memoryRouter,
  settled,
  type MemoryRouter,
} from '../support/memory-router.ts'
import { allRoles, type Wire } from '../support/wamp-client.ts'

const allow: Decision = { allow: true, until: forever }

const four = (uri: string): readonly Wire[] => [
  [48, 1, {}, uri],
  [16, 2, { acknowledge: true }, uri],
  [32, 3, {}, uri],
  [64, 4, {}, uri],
]

describe('Gate', () => {
  it('asks about each action with who, what and where', () => {
    const asked: AccessRequest[] = []
    const { join } = memoryRouter((request) => {
      asked.push(request)
      return allow
    })
    const client = join({ authid: 'owner' })
    client.ask([48, 1, { x: 1 }, 'lamp.switch', ['on'], { fade: 1 }])
    client.ask([16, 2, {}, 'house.door', [1]])
    client.ask([32, 3, { match: 'prefix' }, 'house.'])
    client.ask([64, 4, {}, 'my.procedure'])
    assert.deepEqual(
      asked.map(({ action, uri, match, realm, principal, peer, payload, options }) => ({
        action,
        uri,
        match,
        realm,
        options: { ...options },
        authid: principal.authid,
        transport: peer.transport,
        values: payload.values(),
      })),
      [
        {
          action: 'call',
          uri: 'lamp.switch',
          match: 'exact',
          options: { x: 1 },
          values: { args: ['on'], kwargs: { fade: 1 } },
        },
        {
          action: 'publish',
          uri: 'house.door',
          match: 'exact',
          options: {},
          values: { args: [1] },
        },
        {
          action: 'subscribe',
          uri: 'house.',
          match: 'prefix',
          options: { match: 'prefix' },
          values: {},
        },
        { action: 'register', uri: 'my.procedure', match: 'exact', options: {}, values: {} },
      ].map((question) => ({ ...question, realm: 'realm1', authid: 'owner', transport: 'local' })),
    )
  })

  describe('denies', () => {
    const failures: readonly (readonly [string, Authorizer, string])[] = [
      ['what the authorizer denies', () => ({ allow: false }), 'wamp.error.not_authorized'],
      ['what nobody has an opinion of', () => undefined, 'wamp.error.not_authorized'],
      [
        'when the authorizer throws',
        () => {
          throw new Error('broken')
        },
        'wamp.error.authorization_failed',
      ],
    ]
    for (const [name, authorizer, uri] of failures) {
      it(`${name}, at once and by a promise`, async () => {
        const { join } = memoryRouter(authorizer)
        const client = join()
        for (const message of four('a.b')) {
          assert.deepEqual(client.ask(message), [[8, message[0], message[1], {}, uri]])
        }
        const later = memoryRouter(async (request) => authorizer(request)).join()
        for (const message of four('a.b')) {
          later.send(message)
          await settled()
          assert.deepEqual(later.take(), [[8, message[0], message[1], {}, uri]])
        }
      })
    }

    it('when the authorizer does not answer in time, with authorization_failed', async () => {
      const { join, clock, logged } = memoryRouter(() => new Promise(() => undefined), {
        limits: { decisionMs: 1_000 },
      })
      const client = join()
      client.send([48, 1, {}, 'a.b'])
      clock.advance(999)
      await settled()
      assert.deepEqual(client.take(), [])
      clock.advance(1)
      await settled()
      assert.deepEqual(client.take(), [[8, 48, 1, {}, 'wamp.error.authorization_failed']])
      assert.match(String(logged[0]?.details?.error), /longer than 1000 ms/)
    })

    it('with the reason, the details and the name that the decision gives', () => {
      const { join } = memoryRouter(() => ({
        allow: false,
        reason: 'wamp.error.authorization_required',
        details: { error: 'insufficient_user_authentication' },
        decisionId: 'd17',
      }))
      const client = join()
      for (const message of four('a.b')) {
        assert.deepEqual(client.ask(message), [
          [
            8,
            message[0],
            message[1],
            { decision_id: 'd17' },
            'wamp.error.authorization_required',
            [],
            { error: 'insufficient_user_authentication' },
          ],
        ])
      }
    })

    it('CALL and REGISTER with the same answer, whether the procedure exists or not', () => {
      const { join } = memoryRouter(({ principal }) => ({
        allow: principal.authid === 'device',
        until: forever,
      }))
      const device = join({ authid: 'device' })
      device.ask([64, 1, {}, 'safe.open'])
      const stranger = join({ authid: 'stranger' })
      const answers = (uri: string): string[] =>
        [48, 64].map((type) => JSON.stringify(stranger.ask([type, 7, {}, uri])))
      assert.deepEqual(answers('safe.open'), answers('nobody.here'))
      assert.deepEqual(device.take(), [])
    })
  })

  describe('a kept decision', () => {
    it('is asked for once and costs no promise', async () => {
      let asked = 0
      const { realm, join } = memoryRouter(() => {
        asked++
        return allow
      })
      const [caller, device] = [join(), join()]
      device.ask([64, 1, {}, 'lamp.switch'])
      device.ask([32, 2, {}, 'house.door'])
      const round = (i: number): void => {
        caller.send([48, i, {}, 'lamp.switch', [i]])
        device.send([70, i, {}, [i]])
        caller.send([16, i, {}, 'house.door', [i]])
      }
      round(1)
      await settled()
      const before = asked
      let promises = 0
      const hook = createHook({
        init(_id, type) {
          if (type === 'PROMISE') promises++
        },
      }).enable()
      for (let i = 2; i <= 200; i++) round(i)
      hook.disable()
      assert.equal(promises, 0)
      assert.equal(asked, before)
      assert.equal(caller.take().length, 200)
      assert.equal(realm.sessions.size, 2)
    })

    it('is one of at most 128 of a session, and the cache is made at first use', () => {
      const { realm, join } = memoryRouter(() => allow)
      const client = join()
      client.ask([64, 1, {}, 'a.b'])
      client.ask([32, 2, {}, 'a.b'])
      const [session] = realm.sessions.values()
      assert.equal(session?.ledger.decisions.size, 0)
      for (let i = 1; i <= 200; i++) client.ask([48, i, {}, `nobody.here${i}`])
      assert.equal(session?.ledger.decisions.size, 128)
    })

    it('is its session’s own: another of the same role is asked about anew', () => {
      let asked = 0
      const { join } = memoryRouter(({ principal }) => {
        asked++
        return { allow: principal.authid === 'owner', until: forever }
      })
      const [owner, guest] = [join({ authid: 'owner' }), join({ authid: 'guest' })]
      assert.equal(owner.ask([48, 1, {}, 'a.b'])[0]?.[4], 'wamp.error.no_such_procedure')
      assert.equal(guest.ask([48, 1, {}, 'a.b'])[0]?.[4], 'wamp.error.not_authorized')
      assert.equal(asked, 2)
    })

    it('ends with the time that its maker gave it', () => {
      let asked = 0
      const { join, clock } = memoryRouter(() => {
        asked++
        return { allow: true, until: clock.now() + 100 }
      })
      const client = join()
      client.ask([48, 1, {}, 'a.b'])
      clock.advance(99)
      client.ask([48, 2, {}, 'a.b'])
      assert.equal(asked, 1)
      clock.advance(1)
      client.ask([48, 3, {}, 'a.b'])
      assert.equal(asked, 2)
    })

    it('falls with its epoch: the very next call of a live session has another answer', () => {
      const root = { value: 0 }
      const rights = { value: 0 }
      let allowed = true
      const { join } = memoryRouter(({ action, principal }) =>
        action === 'register' || principal.authid !== 'guest'
          ? allow
          : {
              allow: allowed,
              until: forever,
              epochs: { root, parts: [{ counter: rights, seen: rights.value }] },
            },
      )
      const set = (to: boolean): void => {
        allowed = to
        root.value++
        rights.value++
      }
      const [device, guest] = [join(), join({ authid: 'guest' })]
      device.ask([64, 1, {}, 'lamp.switch'])
      const asks = (i: number): unknown => {
        guest.send([48, i, {}, 'lamp.switch'])
        for (const [, invocation] of device.take()) device.send([70, invocation, {}])
        return guest.take()[0]?.[0]
      }
      assert.equal(asks(1), 50)
      set(false)
      assert.equal(asks(2), 8)
      set(true)
      assert.equal(asks(3), 50)
    })

    it('is forgotten when the session proves itself anew', () => {
      let asked = 0
      const { realm, join } = memoryRouter(() => {
        asked++
        return allow
      })
      const client = join()
      client.ask([48, 1, {}, 'a.b'])
      const [session] = realm.sessions.values()
      session?.renew({ ...session.principal })
      client.ask([48, 2, {}, 'a.b'])
      assert.equal(asked, 2)
    })
  })

  describe('a decision that came by a promise', () => {
    it('and had fallen before it came is asked for anew', async () => {
      const root = { value: 0 }
      const rights = { value: 0 }
      const answers = [deferred<Decision>(), deferred<Decision>()]
      let asked = 0
      const { join } = memoryRouter(() => answers[asked++]?.promise)
      const client = join()
      client.send([48, 1, {}, 'a.b'])
      const epochs = { root, parts: [{ counter: rights, seen: 0 }] }
      root.value++
      rights.value++
      answers[0]?.resolve({ allow: true, until: forever, epochs })
      await settled()
      assert.equal(asked, 2)
      assert.deepEqual(client.take(), [])
      answers[1]?.resolve({ allow: false })
      await settled()
      assert.equal(client.take()[0]?.[4], 'wamp.error.not_authorized')
    })

    it('and falls again and again is a denial in the end', async () => {
      const rights = { value: 0 }
      let asked = 0
      const { join } = memoryRouter(async () => {
        asked++
        const seen = rights.value++
        return {
          allow: true,
          until: forever,
          epochs: { root: rights, parts: [{ counter: rights, seen }] },
        }
      })
      const client = join()
      client.send([48, 1, {}, 'a.b'])
      await settled()
      assert.equal(client.take()[0]?.[4], 'wamp.error.authorization_failed')
      assert.equal(asked, 3)
    })

    it('for the session as it was is not used for the session that proved itself anew', async () => {
      const answers = [deferred<Decision>(), deferred<Decision>()]
      let asked = 0
      const { realm, join } = memoryRouter(() => answers[asked++]?.promise)
      const client = join()
      client.send([48, 1, {}, 'a.b'])
      const [session] = realm.sessions.values()
      session?.renew({ ...session.principal })
      answers[0]?.resolve(allow)
      await settled()
      answers[1]?.resolve({ allow: false })
      await settled()
      assert.equal(client.take()[0]?.[4], 'wamp.error.not_authorized')
    })

    it('is kept as any other', async () => {
      let asked = 0
      const { join } = memoryRouter(async () => {
        asked++
        return allow
      })
      const client = join()
      client.send([48, 1, {}, 'a.b'])
      await settled()
      assert.equal(client.ask([48, 2, {}, 'a.b'])[0]?.[1], 48)
      assert.equal(asked, 1)
    })

    it('for who has left meanwhile is void', async () => {
      const answer = deferred<Decision>()
      const { realm, join } = memoryRouter(({ action }) =>
        action === 'register' ? allow : answer.promise,
      )
      const [device, client] = [join(), join()]
      device.ask([64, 1, {}, 'lamp.switch'])
      for (const message of four('lamp.switch').slice(0, 3)) client.send(message)
      client.lose()
      answer.resolve(allow)
      await settled()
      assert.deepEqual(device.take(), [])
      assert.equal(realm.broker.size, 0)
    })
  })

  it('keeps a session’s messages in order while some of its decisions come by promises', async () => {
    let asked = 0
    const { join } = memoryRouter(({ principal }) => {
      if (principal.authid === 'device' || asked++ % 7 !== 0) return { allow: true }
      return asked % 2 === 0 ? Promise.resolve(allow) : settled().then(() => allow)
    })
    const [device, caller] = [join({ authid: 'device' }), join({ authid: 'owner' })]
    for (const [i, uri] of ['p.a', 'p.b'].entries()) device.ask([64, i + 1, {}, uri])
    for (const [i, uri] of ['t.a', 't.b'].entries()) device.ask([32, i + 1, {}, uri])
    const count = 900
    for (let i = 1; i <= count; i++) {
      caller.send(
        i % 2 === 0
          ? [48, i, {}, `p.${'ab'[(i / 2) % 2]}`, [i]]
          : [16, i, {}, `t.${'ab'[i % 2]}`, [i]],
      )
    }
    while (device.received.length < count) await settled()
    assert.deepEqual(
      device.take().map((message) => (message[4] as number[])[0]),
      Array.from({ length: count }, (_, i) => i + 1),
    )
  })

  describe('a record', () => {
    const recording = (): { house: MemoryRouter; records: string[] } => {
      const records: string[] = []
      const recorded: Authorizer = ({ action, uri }) => ({
        allow: !uri.startsWith('denied'),
        until: forever,
        record: () => records.push(`${action} ${uri}`),
      })
      return { house: memoryRouter(recorded), records }
    }

    it('is made once for each message to which a decision is applied, kept or not', () => {
      const { house, records } = recording()
      const client = house.join()
      for (const message of four('a.b')) client.ask(message)
      for (const message of four('a.b')) client.ask(message)
      client.ask([48, 9, {}, 'denied.call'])
      client.ask([48, 9, {}, 'denied.call'])
      const all = ['call a.b', 'publish a.b', 'subscribe a.b', 'register a.b']
      assert.deepEqual(records, [...all, ...all, 'call denied.call', 'call denied.call'])
    })

    it('that fails is logged, and the decision stands', () => {
      const { join, logged } = memoryRouter(() => ({
        ...allow,
        record: () => {
          throw new Error('disk full')
        },
      }))
      const [publisher, listener] = [join(), join()]
      listener.ask([32, 1, {}, 'a.b'])
      assert.equal(publisher.ask([16, 1, { acknowledge: true }, 'a.b'])[0]?.[0], 17)
      assert.equal(listener.take()[0]?.[0], 36)
      assert.equal(logged[0]?.message, 'a decision could not be recorded')
    })
  })

  describe('what may be disclosed', () => {
    const disclosing = (disclose: boolean | undefined): MemoryRouter =>
      memoryRouter(() => ({ ...allow, ...(disclose !== undefined && { disclose }) }))

    const told = ({ join }: MemoryRouter, options: object): unknown[] => {
      const subscriber = { features: { publisher_identification: true } }
      const device = join({ roles: { ...allRoles, subscriber } })
      const client = join({ authid: 'owner' })
      device.ask([64, 1, {}, 'lamp.switch'])
      device.ask([32, 2, {}, 'house.door'])
      client.send([48, 1, options, 'lamp.switch'])
      client.send([16, 2, { ...options, acknowledge: true }, 'house.door'])
      const got = device.take().map((message) => Object.keys(message[3] as object))
      const errors = client.take().filter(([type]) => type === 8)
      return [...got, ...errors.map((error) => error[4])]
    }
    const caller = ['caller', 'caller_authid', 'caller_authrole']
    const publisher = ['publisher', 'publisher_authid', 'publisher_authrole']

    it('is what the peer asks for where the decision says nothing', () => {
      assert.deepEqual(told(disclosing(undefined), {}), [[], []])
      assert.deepEqual(told(disclosing(undefined), { disclose_me: true }), [caller, publisher])
    })

    it('is told in any case where the decision says so', () => {
      assert.deepEqual(told(disclosing(true), {}), [caller, publisher])
      assert.deepEqual(told(disclosing(true), { disclose_me: false }), [caller, publisher])
    })

    it('is never told where the decision forbids it, and asking for it is refused', () => {
      assert.deepEqual(told(disclosing(false), {}), [[], []])
      const refused = 'wamp.error.option_disallowed.disclose_me'
      assert.deepEqual(told(disclosing(false), { disclose_me: true }), [refused, refused])
    })
  })

  it('tells the realm what a peer may do, without keeping it', () => {
    const { realm, join } = memoryRouter(({ uri }) => ({ allow: uri === 'a.b', until: forever }))
    join()
    const [session] = realm.sessions.values()
    assert(session !== undefined)
    for (let i = 0; i < 200; i++) void realm.decide(session, 'call', `x.y${i}`)
    assert.deepEqual(realm.decide(session, 'call', 'a.b'), { allow: true, until: forever })
    assert.equal(session.ledger.decisions.size, 0)
  })
})
