import assert from 'node:assert/strict'
import type { Authorizer, Decision } from '../../router/access.ts'
import { forever, memoryRouter } from '../support/memory-router.ts'

const topic = 'wamp.session.on_authorization_denied'

/** Everything is allowed that is not under `secret`. */
const apartFromSecrets: Authorizer = ({ uri }): Decision =>
  uri.startsWith('secret.')
    ? { allow: false, decisionId: `no to ${uri}` }
    : { allow: true, until: forever }

describe('Accounting', () => {
  it('counts for a realm how often each action was allowed and denied, kept decisions included', () => {
    const { realm, join } = memoryRouter(apartFromSecrets)
    const client = join()
    for (let i = 1; i <= 3; i++) client.ask([48, i, {}, 'open.door'])
    client.ask([48, 4, {}, 'secret.door'])
    client.ask([64, 5, {}, 'open.door'])
    client.ask([64, 6, {}, 'secret.door'])
    client.ask([32, 7, {}, 'open.state'])
    client.ask([32, 8, {}, 'secret.state'])
    client.ask([16, 9, {}, 'open.state'])
    for (let i = 10; i <= 13; i++) client.ask([16, i, {}, 'secret.state'])
    assert.deepEqual(realm.decisionCounts, {
      call: { allowed: 3, denied: 1 },
      register: { allowed: 1, denied: 1 },
      subscribe: { allowed: 1, denied: 1 },
      publish: { allowed: 1, denied: 4 },
    })
  })

  it('tells of a denial who asked for which action on which URI, by wamp.session.on_authorization_denied', () => {
    const { realm, join } = memoryRouter(apartFromSecrets)
    const watcher = join({ authid: 'watcher' })
    const [[, , subscription] = []] = watcher.ask([32, 1, {}, topic])
    const guest = join({ authid: 'guest' })
    const session = [...realm.sessions.values()].find(
      ({ principal }) => principal.authid === 'guest',
    )
    const asked = [
      [48, 1, {}, 'secret.door'],
      [64, 2, {}, 'secret.door'],
      [32, 3, {}, 'secret.state'],
      [16, 4, {}, 'secret.state'],
    ]
    for (const message of asked) guest.ask(message)
    guest.ask([48, 5, {}, 'open.door'])
    assert.deepEqual(realm.decisionCounts.call, { allowed: 1, denied: 1 })
    const who = {
      session: session?.id,
      authid: 'guest',
      authrole: 'anonymous',
      authmethod: 'anonymous',
      authprovider: 'test',
    }
    assert.deepEqual(
      watcher.take().map(([type, id, , , args, kwargs]) => [type, id, args, kwargs]),
      [
        ['secret.door', 'call'],
        ['secret.door', 'register'],
        ['secret.state', 'subscribe'],
        ['secret.state', 'publish'],
      ].map(([uri, action]) => [
        36,
        subscription,
        [who, uri, action],
        { error: 'wamp.error.not_authorized', decision_id: `no to ${uri}` },
      ]),
    )
  })

  it('tells nobody of denials who may not subscribe to them', () => {
    const { join } = memoryRouter((request) =>
      request.uri === topic && request.principal.authid !== 'watcher'
        ? { allow: false }
        : apartFromSecrets(request),
    )
    const guest = join({ authid: 'guest' })
    assert.equal(guest.ask([32, 1, {}, topic])[0]?.[4], 'wamp.error.not_authorized')
    assert.equal(guest.ask([48, 2, {}, 'secret.door']).length, 1)
  })

  it('makes no flood of events of a flood of denials: the next event says how many were left out', () => {
    const { realm, join, clock } = memoryRouter(apartFromSecrets, { limits: { denialEvents: 5 } })
    const watcher = join({ authid: 'watcher' })
    watcher.ask([32, 1, {}, topic])
    const guest = join({ authid: 'guest' })
    for (let i = 1; i <= 1_000; i++) guest.ask([48, i, {}, 'secret.door'])
    assert.equal(realm.decisionCounts.call.denied, 1_000)
    assert.equal(watcher.take().length, 5)
    clock.advance(1_000)
    guest.ask([48, 1_001, {}, 'secret.door'])
    guest.ask([48, 1_002, {}, 'secret.door'])
    assert.deepEqual(
      watcher.take().map((event) => (event[5] as { untold?: number }).untold),
      [995, undefined],
    )
  })

  it('comes to an end when who is told of denials is denied that right', () => {
    const rights = { value: 0 }
    let allowed = true
    const { realm, join } = memoryRouter((request) =>
      request.uri === topic
        ? {
            allow: allowed,
            until: forever,
            epochs: { root: rights, parts: [{ counter: rights, seen: rights.value }] },
          }
        : apartFromSecrets(request),
    )
    const watcher = join({ authid: 'watcher' })
    watcher.ask([32, 1, {}, topic])
    allowed = false
    rights.value++
    join({ authid: 'guest' }).ask([48, 1, {}, 'secret.door'])
    assert.deepEqual(watcher.take(), [])
    assert.deepEqual(realm.decisionCounts.subscribe, { allowed: 1, denied: 1 })
  })
})
