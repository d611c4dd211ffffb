import assert from 'node:assert/strict'
import type { PeerFacts, Principal } from '../../router/access.ts'
import type { Dict } from '../../router/wire/message.ts'
import { MemoryClient, type MemoryOptions } from '../support/memory-client.ts'
import { memoryRouter, type MemoryRouter } from '../support/memory-router.ts'
import { anyone, startOpenRouter } from '../support/open-router.ts'
import { randomFrom } from '../support/random.ts'
import { until } from '../support/until.ts'
import { allRoles, type Wire } from '../support/wamp-client.ts'

interface Resumable {
  readonly client: MemoryClient
  readonly id: number
  readonly token: string
}

describe('A session that can be resumed', () => {
  let house: MemoryRouter

  beforeEach(() => {
    house = memoryRouter()
  })

  const resumable = (authid = 'lamp', options?: MemoryOptions): Resumable => {
    const client = new MemoryClient(house.router, options)
    const [welcome] = client.ask([1, 'realm1', { roles: allRoles, resumable: true, authid }])
    const details = welcome?.[2] as Record<string, unknown>
    return { client, id: welcome?.[1] as number, token: String(details['resume-ticket']) }
  }
  const lost = (authid?: string, options?: MemoryOptions): Resumable => {
    const session = resumable(authid, options)
    session.client.lose()
    return session
  }
  /** All that comes in answer to the attempt. */
  const resume = (
    { id, token }: Resumable,
    client: MemoryClient = new MemoryClient(house.router),
  ): Wire[] => client.ask([1, null, { 'resume-session': id, 'resume-token': token }])
  const isResumed = (session: Resumable, client?: MemoryClient): boolean => {
    const [answer] = resume(session, client)
    if (answer?.[0] === 2) return true
    assert.deepEqual([answer?.[0], answer?.[2]], [3, 'wamp.error.no_such_session'])
    return false
  }
  const sessions = (): number => house.realm.sessions.size

  it('is kept for resumeMs after its connection was lost, and no longer', () => {
    const [early, late] = [lost(), lost()]
    house.clock.advance(29_999)
    assert.equal(isResumed(early), true)
    assert.equal(sessions(), 2)
    house.clock.advance(1)
    assert.equal(isResumed(late), false)
    // The one that was resumed is not ended by the time of its first loss.
    assert.equal(sessions(), 1)
  })

  it('is told of as having left when it has ended, not when its connection is lost', () => {
    const watcher = house.join()
    watcher.ask([32, 1, {}, 'wamp.session.on_leave'])
    const { id } = lost()
    assert.deepEqual(watcher.take(), [])
    house.clock.advance(30_000)
    assert.deepEqual(watcher.take()[0]?.[4], [id, 'lamp', 'anonymous'])
  })

  it('is shown by the meta API while it is away, as detached', () => {
    const asker = house.join()
    const { id } = lost()
    const [answer] = asker.ask([48, 1, {}, 'wamp.session.get', [id]])
    const [details] = (answer?.[3] ?? []) as { transport: { detached: unknown } }[]
    assert.equal(details?.transport.detached, true)
    assert.deepEqual(asker.ask([48, 2, {}, 'wamp.session.count'])[0]?.[3], [2])
  })

  it('leaves nothing behind when it is not resumed: no index names it, and no timer waits', () => {
    const { waiting } = house.clock
    const session = resumable()
    session.client.ask([64, 1, {}, 'lamp.switch'])
    session.client.ask([32, 2, {}, 'house.door'])
    session.client.lose()
    const { dealer, broker } = house.realm
    assert.deepEqual([sessions(), dealer.registrations.size, broker.size], [1, 1, 1])
    assert.equal(house.router.resumption.detached, 1)
    house.clock.advance(30_000)
    assert.deepEqual([sessions(), dealer.registrations.size, broker.size], [0, 0, 0])
    assert.equal(house.router.resumption.detached, 0)
    assert.equal(house.clock.waiting, waiting)
  })

  it('goes on with its request ids: those it had used cannot come again', () => {
    const session = resumable()
    session.client.send([16, 7, {}, 'house.door'])
    session.client.lose()
    const client = new MemoryClient(house.router)
    client.rawIds = true
    assert.equal(isResumed(session, client), true)
    const [abort] = client.ask([16, 7, {}, 'house.door'])
    assert.deepEqual([abort?.[0], abort?.[2]], [3, 'wamp.error.protocol_violation'])
  })

  it('is resumed by its token as it was given, and by no other spelling of the same octets', () => {
    const session = lost()
    const { token } = session
    for (const other of [`${token}x`, ` ${token}`, token.replace(/=+$/, '')])
      assert.equal(isResumed({ ...session, token: other }), false)
    assert.equal(isResumed(session), true)
  })

  it('gets the results of its calls that came while it was away, progress and all, in order', () => {
    const callee = house.join()
    callee.ask([64, 1, {}, 'lamp.fade'])
    const session = resumable()
    session.client.send([48, 1, { receive_progress: true }, 'lamp.fade'])
    const [invocation] = callee.take()
    session.client.lose()
    for (const step of [10, 20]) callee.send([70, invocation?.[1], { progress: true }, [step]])
    callee.send([70, invocation?.[1], {}, ['done']])
    assert.deepEqual(callee.take(), [])
    const [welcome, ...results] = resume(session)
    assert.equal(welcome?.[0], 2)
    assert.deepEqual(
      results.map(([type, , details, args]) => [type, (details as Dict)['progress'], args]),
      [
        [50, true, [10]],
        [50, true, [20]],
        [50, undefined, ['done']],
      ],
    )
  })

  it('gets what was kept in the serializer of its new connection', async () => {
    const open = await startOpenRouter()
    try {
      const lamp = await open.connect('json')
      const welcome = await lamp.join('realm1', { resumable: true })
      const token = (welcome[2] as Record<string, unknown>)['resume-ticket']
      const topic = await lamp.subscribe('house.door')
      lamp.drop()
      await until(() => open.realm1.sessions.get(lamp.session)?.detached === true)
      const payload = [['x', 1.5, null], { y: { z: 9_007_199_254_740_991 } }]
      await (await open.join()).ask([16, 1, { acknowledge: true }, 'house.door', ...payload])
      const client = await open.connectRaw('msgpack')
      const hello = { 'resume-session': lamp.session, 'resume-token': token }
      assert.equal((await client.ask([1, 'realm1', hello]))[1], lamp.session)
      const [type, subscription, , details, ...rest] = await client.next()
      assert.deepEqual([type, subscription, details, rest], [36, topic, {}, payload])
    } finally {
      await open.stop()
    }
  })

  describe('within bounds', () => {
    it('keeps three quarters of resumeBytes of events: later ones are dropped and counted', () => {
      house = memoryRouter(undefined, { limits: { resumeBytes: 1_000 } })
      const session = resumable()
      session.client.ask([32, 1, {}, 'house.door'])
      session.client.lose()
      const publisher = house.join()
      for (let i = 1; i <= 10; i++) publisher.send([16, i, {}, 'house.door', [i, 'x'.repeat(200)]])
      const [welcome, ...kept] = resume(session)
      assert.equal(welcome?.[0], 2)
      assert.deepEqual(
        kept.map((event) => (event[4] as unknown[])[0]),
        [1, 2, 3],
      )
      assert.equal(house.realm.broker.undelivered.dropped, 7)
    })

    it('ends rather than lose an answer for which there is no room', async () => {
      house = memoryRouter(undefined, { limits: { resumeBytes: 200 } })
      const callee = house.join()
      callee.ask([64, 1, {}, 'film.frame'])
      const session = resumable()
      session.client.send([48, 1, {}, 'film.frame'])
      session.client.lose()
      callee.send([70, 1, {}, ['x'.repeat(200)]])
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(sessions(), 1)
      assert.equal(isResumed(session), false)
    })

    it('is kept as one of detachedPerPrincipal: the one that was lost first ends, which is logged', () => {
      const all = [lost(), lost(), lost(), lost()]
      const others = lost('door')
      const fifth = lost()
      assert.equal(sessions(), 5)
      assert.equal(isResumed(all[0] ?? fifth), false)
      for (const session of [...all.slice(1), fifth, others]) assert.equal(isResumed(session), true)
      assert.equal(house.logged[0]?.message, 'a session is no longer kept for resumption')
    })

    it('is kept as one of detachedSessions: the next one ends, which is logged', () => {
      house = memoryRouter(undefined, { limits: { detachedSessions: 2 } })
      const [first, second, third] = [lost('a'), lost('b'), lost('c')]
      assert.equal(sessions(), 2)
      assert.equal(house.logged[0]?.message, 'a session is not kept for resumption')
      assert.equal(isResumed(third), false)
      assert.equal(isResumed(first), true)
      assert.equal(isResumed(second), true)
    })

    it('takes the place of an anonymous one where it is of somebody proven: a storm of strangers ends no resumption', () => {
      house = memoryRouter(undefined, {
        limits: { detachedSessions: 2 },
        realm: {
          authenticators: [
            {
              ...anyone,
              begin: (...asked) => {
                const principal = anyone.begin(...asked) as Principal
                return {
                  ...principal,
                  authmethod: principal.authid === 'owner' ? 'ticket' : 'anonymous',
                }
              },
            },
          ],
        },
      })
      const strangers = [lost('a'), lost('b')] as const
      const owner = lost('owner')
      assert.equal(isResumed(lost('c')), false)
      assert.equal(isResumed(strangers[0]), false)
      assert.equal(isResumed(strangers[1]), true)
      assert.equal(isResumed(owner), true)
    })

    it('is counted, and ends with the router, where it took the place of the only other one', async () => {
      house = memoryRouter(undefined, { limits: { detachedPerPrincipal: 1 } })
      const first = lost()
      lost()
      assert.equal(isResumed(first), false)
      assert.equal(house.router.resumption.detached, 1)
      await house.router.close()
      assert.deepEqual([sessions(), house.router.resumption.detached], [0, 0])
    })

    it('is none where it does not take what it is sent: it ends as any other', async () => {
      const session = resumable()
      session.client.ask([32, 1, {}, 'house.door'])
      session.client.pendingBytes = 5 * 2 ** 20
      session.client.send([48, 2, {}, 'nobody.here'])
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(session.client.closedFor, 'slow_consumer')
      assert.equal(isResumed(session), false)
    })
  })

  describe('whose rights', () => {
    const provenUntil = (expiresAt: number): MemoryRouter =>
      memoryRouter(undefined, {
        realm: {
          authenticators: [
            {
              ...anyone,
              begin: (...asked) => ({ ...(anyone.begin(...asked) as Principal), expiresAt }),
            },
          ],
        },
      })

    it('end with its proof meanwhile cannot be resumed', () => {
      house = provenUntil(Date.now() + 10_000)
      const session = lost()
      house.clock.advance(11_000)
      assert.equal(sessions(), 0)
      assert.equal(isResumed(session), false)
    })

    it('are decided anew when it is back', () => {
      let allow = true
      house = memoryRouter(() => ({ allow, until: Number.MAX_SAFE_INTEGER }))
      const session = resumable()
      session.client.ask([32, 1, {}, 'house.door'])
      session.client.send([48, 2, {}, 'nobody.here'])
      session.client.lose()
      allow = false
      const client = new MemoryClient(house.router)
      assert.equal(isResumed(session, client), true)
      const [denied] = client.ask([48, 3, {}, 'nobody.here'])
      assert.equal(denied?.[4], 'wamp.error.not_authorized')
    })

    it('are looked at by its realm when it is back: one that fell meanwhile gets WELCOME and GOODBYE', () => {
      house = memoryRouter(undefined, {
        realm: { hooks: { resumed: (session) => session.kill() } },
      })
      const session = resumable()
      session.client.ask([32, 1, {}, 'house.door'])
      session.client.lose()
      house.join().send([16, 1, {}, 'house.door'])
      assert.deepEqual(
        resume(session).map(([type]) => type),
        [2, 6],
      )
      assert.equal(isResumed(session), false)
    })
  })

  describe('over a transport that proves less than the one before', () => {
    const facts: PeerFacts = { transport: 'websocket', address: '192.0.2.7', operator: false }
    const certificate = {
      subject: 'CN=lamp',
      fingerprint256: 'AA:BB',
      subjectAltNames: [],
      validTo: 0,
      authorized: true,
    }
    const over = (more: Partial<PeerFacts>): MemoryClient =>
      new MemoryClient(house.router, { facts: { ...facts, ...more } })
    const joined = (more: Partial<PeerFacts>): Resumable => {
      const session = resumable('lamp', { facts: { ...facts, ...more } })
      session.client.lose()
      return session
    }

    it('is not resumed: a token does not stand for the management socket, TLS or a certificate', () => {
      const operator = joined({ operator: true })
      assert.equal(isResumed(operator, over({})), false)
      assert.equal(isResumed(operator, over({ operator: true })), true)
      const plain = joined({})
      assert.equal(isResumed(plain, over({ operator: true })), false)
      const secure = joined({ encrypted: true })
      assert.equal(isResumed(secure, over({})), false)
      assert.equal(isResumed(secure, over({ encrypted: true })), true)
      const known = joined({ encrypted: true, certificate })
      assert.equal(isResumed(known, over({ encrypted: true })), false)
      const other = { ...certificate, fingerprint256: 'CC:DD' }
      assert.equal(isResumed(known, over({ encrypted: true, certificate: other })), false)
      assert.equal(isResumed(known, over({ encrypted: true, certificate })), true)
    })

    it('from another address is resumed, which is recorded', () => {
      const session = joined({})
      assert.equal(isResumed(session, over({ address: '198.51.100.9' })), true)
      const { message, details } = house.logged.at(-1) ?? {}
      assert.equal(message, 'a session was resumed')
      assert.deepEqual(details, {
        session: session.id,
        realm: 'realm1',
        authid: 'lamp',
        address: '198.51.100.9',
        before: '192.0.2.7',
      })
    })
  })

  it('leaves no index, count or timer behind after thousands of random joins, losses and resumptions', async () => {
    const random = randomFrom(7)
    house = memoryRouter(undefined, {
      limits: { detachedSessions: 12, detachedPerPrincipal: 3, resumeBytes: 2_000 },
    })
    const { router, realm, clock } = house
    const { waiting } = clock
    interface Party extends Resumable {
      request: number
      asked: number[]
    }
    let here: Party[] = []
    let away: Resumable[] = []
    let resumedOften = 0
    const enter = (session: Resumable): void => {
      session.client.rawIds = true
      here.push({ ...session, request: 0, asked: [] })
    }
    /** Takes what came to a party, and drops it where the router did. */
    const look = (party: Party): boolean => {
      for (const [type, request] of party.client.take()) {
        if (type === 68) party.asked.push(request as number)
      }
      return party.client.closedFor === undefined
    }
    for (let step = 0; step < 6_000; step++) {
      here = here.filter(look)
      const party = here.length > 0 ? random.pick(here) : undefined
      const action = random.below(12)
      if (party === undefined || (action === 0 && here.length < 10)) {
        enter(resumable(random.pick(['a', 'b', 'c', 'd'])))
        continue
      }
      const request = 10 * step + 1
      const { client } = party
      if (action === 1) client.send([64, request, { invoke: 'roundrobin' }, 'lamp.switch'])
      if (action === 2) client.send([32, request, {}, 'house.door'])
      if (action === 3) client.send([16, request, {}, 'house.door', ['x'.repeat(90)]])
      if (action === 4) client.send([48, request, { timeout: 50_000 }, 'lamp.switch', ['on']])
      if (action === 5) client.send([48, request, {}, 'wamp.session.add_testament', ['house.door']])
      if (action === 6 && party.asked.length > 0) client.send([70, party.asked.shift(), {}])
      if (action === 7 && random.chance(0.2)) client.send([6, {}, 'wamp.close.normal'])
      if (action === 8 || action === 9) {
        if (random.chance(0.3)) client.lose()
        if (client.closedFor === 'dead') away.push(party)
      }
      if (action === 10) clock.advance(random.below(2_000))
      const lostOne = away.length > 0 && random.chance(0.1) ? random.pick(away) : undefined
      if (lostOne === undefined) continue
      away = away.filter((one) => one !== lostOne)
      const back = new MemoryClient(router)
      const [answer] = resume(lostOne, back)
      if (answer?.[0] !== 2) continue
      resumedOften++
      const { 'resume-ticket': token } = answer[2] as Record<string, unknown>
      enter({ client: back, id: lostOne.id, token: String(token) })
    }
    assert(resumedOften > 50, String(resumedOften))
    for (const { client } of here) client.lose()
    clock.advance(60_000)
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(
      [sessions(), realm.dealer.registrations.size, realm.broker.size, router.resumption.detached],
      [0, 0, 0, 0],
    )
    assert.equal(router.connections, 0)
    assert.equal(clock.waiting, waiting)
    const faults = house.logged.filter(({ details }) => details?.error !== undefined)
    assert.deepEqual(faults, [])
  })

  it('cannot be resumed where the realm does not want it, and is told so', () => {
    house = memoryRouter(undefined, { realm: { resumption: false } })
    const client = new MemoryClient(house.router)
    const [welcome] = client.ask([1, 'realm1', { roles: allRoles, resumable: true }])
    const details = welcome?.[2] as Record<string, unknown>
    assert.equal(details['resumable'], false)
    assert.equal(details['resume-ticket'], undefined)
    client.lose()
    assert.equal(sessions(), 0)
  })

  it('ends with the router, which does not wait for it', async () => {
    lost()
    assert.equal(sessions(), 1)
    await house.router.close()
    assert.equal(sessions(), 0)
  })
})
