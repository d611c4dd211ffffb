import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import WebSocket from 'ws'
import { Connection } from '../../clients/connection.ts'
import type { ConnectionOptions } from '../../clients/connection.ts'
import { anonymous } from '../../clients/credential.ts'
import { CallError, JoinRefused, SessionLost } from '../../clients/errors.ts'
import type { Authenticator } from '../../router/access.ts'
import { WampError } from '../../router/wire/errors.ts'
import { anyone } from '../support/open-router.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { RestartableRouter } from './restartable-router.ts'
import { States } from './states.ts'

const quick = { shortestMs: 5, longestMs: 40 }

describe('a connection', () => {
  const connections: Connection[] = []
  let house: RestartableRouter

  function connection(options: Partial<ConnectionOptions> = {}): Connection {
    const made = new Connection({
      url: house.url,
      realm: 'home',
      credential: () => anonymous,
      webSocket: WebSocket,
      backoff: quick,
      ...options,
    })
    connections.push(made)
    return made
  }

  async function joined(options: Partial<ConnectionOptions> = {}): Promise<Connection> {
    const made = connection(options)
    await made.connect()
    return made
  }

  beforeEach(async () => {
    house = await new RestartableRouter().start()
  })

  afterEach(async () => {
    await Promise.all(connections.splice(0).map((each) => each.close()))
    await house.stop()
  })

  it('joins, and tells who one is', async () => {
    const states = new States()
    const client = connection({ onState: states.listen })
    const welcome = await client.connect()
    assert.equal(welcome['authrole'], 'anonymous')
    assert.deepEqual(
      states.all.map(({ status }) => status),
      ['connecting', 'open'],
    )
    const { state } = client
    assert.equal(state.status === 'open' && state.session, house.sessions[0]?.id)
  })

  it('calls what another registers, with arguments of both kinds', async () => {
    const callee = await joined()
    await callee.register('echo', ({ args, kwargs }) => ({ args, kwargs }))
    const caller = await joined()
    const { args } = await caller.call('echo', [1, 'two', null], { three: [3] })
    assert.deepEqual(args, [{ args: [1, 'two', null], kwargs: { three: [3] } }])
  })

  it('answers with an empty result where a procedure returns nothing', async () => {
    const callee = await joined()
    await callee.register('quiet', () => undefined)
    assert.deepEqual(await callee.call('quiet'), { args: [], kwargs: {} })
  })

  it('brings a CallError of a procedure to its caller as it is', async () => {
    const callee = await joined()
    await callee.register('refuse', () => {
      throw new CallError('com.example.jammed', ['the bolt is stuck'], { bolt: 2 })
    })
    const caller = await joined()
    await assert.rejects(caller.call('refuse'), (error) => {
      assert.ok(error instanceof CallError)
      assert.equal(error.uri, 'com.example.jammed')
      assert.deepEqual(error.args, ['the bolt is stuck'])
      assert.deepEqual(error.kwargs, { bolt: 2 })
      return true
    })
  })

  it('tells a caller nothing of any other failure, and its own side everything', async () => {
    const problems: unknown[] = []
    const callee = await joined({ onProblem: (error, what) => problems.push([what, error]) })
    const failure = new Error('password of the database is hunter2')
    for (const [uri, thrown] of [
      ['error', failure],
      ['undefined', undefined],
    ] as const)
      await callee.register(uri, () => {
        throw thrown
      })
    const caller = await joined()
    for (const uri of ['error', 'undefined'])
      await assert.rejects(caller.call(uri), {
        uri: 'wamp.error.runtime_error',
        args: [],
        message: 'wamp.error.runtime_error',
      })
    assert.deepEqual(problems, [
      ['error', failure],
      ['undefined', undefined],
    ])
  })

  it('keeps its session when arguments or a result cannot be sent', async () => {
    const client = await joined()
    await client.register('circle', () => {
      const circle: Record<string, unknown> = {}
      return Object.assign(circle, { circle })
    })
    await assert.rejects(client.call('circle', [1n]), { uri: 'wamp.error.invalid_argument' })
    await assert.rejects(client.publish('circle', [], { big: 1n }), {
      uri: 'wamp.error.invalid_argument',
    })
    await assert.rejects(client.call('circle'), { uri: 'wamp.error.invalid_argument' })
    await client.register('still', () => 'here')
    assert.deepEqual((await client.call('still')).args, ['here'])
  })

  it('gives all listeners of a topic its events, and reports one that throws', async () => {
    const problems: string[] = []
    const listener = await joined({ onProblem: (error) => problems.push(String(error)) })
    const heard: unknown[] = []
    await listener.subscribe('lamp.on_change', () => {
      throw new Error('deaf')
    })
    const both = new Promise<void>((resolve) => {
      const hear = ({ args, kwargs }: { args: readonly unknown[]; kwargs: object }): void => {
        heard.push([args, kwargs])
        if (heard.length === 2) resolve()
      }
      void listener.subscribe('lamp.on_change', hear)
      void listener.subscribe('lamp.on_change', hear)
    })
    const publisher = await joined()
    await publisher.publish('lamp.on_change', [true], { by: 'friend' })
    await both
    assert.deepEqual(heard, [
      [[true], { by: 'friend' }],
      [[true], { by: 'friend' }],
    ])
    assert.deepEqual(problems, ['Error: deaf'])
  })

  it('ends as it was wished last when wishes come faster than answers', async () => {
    const client = await joined()
    const heard: string[] = []
    const offs = await Promise.all([
      client.subscribe('t', () => heard.push('a')),
      client.subscribe('t', () => heard.push('b')),
    ])
    const undone = offs.map((off) => off())
    const third = client.subscribe('t', () => heard.push('c'))
    await Promise.all([...undone, third])
    const publisher = await joined()
    await publisher.publish('t')
    const again = client.register('p', () => 1)
    const off = await again
    const [, second] = await Promise.all([off(), client.register('p', () => 2)])
    assert.deepEqual((await publisher.call('p')).args, [2])
    assert.deepEqual(heard, ['c'])
    await second()
    await assert.rejects(publisher.call('p'), { uri: 'wamp.error.no_such_procedure' })
  })

  it('refuses a second registration of its own', async () => {
    const client = await joined()
    await client.register('p', () => 1)
    await assert.rejects(
      client.register('p', () => 2),
      /p is registered here already/,
    )
  })

  it('fails what is refused, and does not try it again in the next session', async () => {
    const first = await joined()
    await first.register('p', () => 1)
    const states = new States()
    const second = await joined({ onState: states.listen })
    await assert.rejects(
      second.register('p', () => 2),
      { uri: 'wamp.error.procedure_already_exists' },
    )
    await first.close()
    house.sessions[0]?.drop('replaced')
    await states.nth(2, 'open')
    await assert.rejects(second.call('p'), { uri: 'wamp.error.no_such_procedure' })
  })

  it('says of what is no URI that it is none, without asking', async () => {
    const client = await joined()
    await assert.rejects(client.call('no uri'), { uri: 'wamp.error.invalid_uri' })
  })

  for (const shutdown of ['goodbye', 'close'] as const)
    it(`comes back after ${shutdown === 'close' ? 'a bare close' : 'GOODBYE'} with all it had`, async () => {
      await house.stop()
      house = await new RestartableRouter({ shutdown }).start()
      const states = new States()
      const client = connection({ onState: states.listen })
      const heard: unknown[] = []
      let hear = (): void => undefined
      await client.register('p', () => 'mine')
      await client.subscribe('t', ({ args }) => {
        heard.push(...args)
        hear()
      })
      await client.connect()
      for (const round of [2, 3]) {
        await house.stop()
        const lost = await states.nth(round, 'connecting')
        assert.match(
          lost.status === 'connecting' ? lost.reason : '',
          shutdown === 'close' ? /^shutdown$/ : /^wamp\.close\.system_shutdown$/,
        )
        await house.start()
        await states.nth(round, 'open')
        const other = await joined()
        assert.deepEqual((await other.call('p')).args, ['mine'])
        const heardIt = new Promise<void>((resolve) => (hear = resolve))
        await other.publish('t', [round])
        await heardIt
        await other.close()
      }
      assert.deepEqual(heard, [2, 3])
    }).timeout(20_000)

  it('comes back when its session is killed', async () => {
    const states = new States()
    await joined({ onState: states.listen })
    house.sessions[0]?.kill('wamp.close.killed')
    const lost = await states.nth(2, 'connecting')
    assert.equal(lost.status === 'connecting' && lost.reason, 'wamp.close.killed')
    await states.nth(2, 'open')
  })

  it('rejects what was under way, and sends nothing of it again', async () => {
    let asked = 0
    let arrived = (): void => undefined
    const askedOnce = new Promise<void>((resolve) => (arrived = resolve))
    const callee = await joined()
    await callee.register('slow', async () => {
      asked += 1
      arrived()
      await new Promise(() => undefined)
    })
    const states = new States()
    const caller = await joined({ onState: states.listen })
    const pending = caller.call('slow')
    await askedOnce
    const { state } = caller
    house.sessions.find(({ id }) => state.status === 'open' && id === state.session)?.drop('dead')
    await assert.rejects(pending, SessionLost)
    await states.nth(2, 'open')
    await caller.register('probe', () => 1)
    assert.deepEqual((await callee.call('probe')).args, [1])
    assert.equal(asked, 1)
  })

  it('fails a call at once while there is no session', async () => {
    const states = new States()
    const client = await joined({ onState: states.listen })
    await house.stop()
    await states.nth(2, 'connecting')
    await assert.rejects(client.call('p'), (error) => {
      assert.ok(error instanceof SessionLost)
      assert.equal(error.reason, 'wamp.close.system_shutdown')
      return true
    })
    await assert.rejects(client.publish('t'), SessionLost)
  })

  it('waits for a router that is not there yet', async () => {
    await house.stop()
    const states = new States()
    const client = connection({ onState: states.listen })
    const connected = client.connect()
    await states.nth(3, 'connecting')
    await house.start()
    await connected
    assert.equal(client.state.status, 'open')
  })

  it('gives up after as many failures in a row as it was told', async () => {
    await house.stop()
    const states = new States()
    const client = connection({ onState: states.listen, backoff: { ...quick, attempts: 2 } })
    await assert.rejects(client.connect(), SessionLost)
    assert.deepEqual(
      states.all.map(({ status }) => status),
      ['connecting', 'connecting', 'connecting', 'closed'],
    )
  })

  describe('whose credential is refused', () => {
    function refusing(
      uri: string,
      after = 0,
    ): { authenticator: Authenticator; joins: () => number } {
      let joins = 0
      const begin: Authenticator['begin'] = (request, attempt) => {
        joins += 1
        if (joins > after) throw new WampError(uri, 'not like this')
        return anyone.begin(request, attempt)
      }
      return { authenticator: { method: 'anonymous', begin }, joins: () => joins }
    }

    for (const uri of ['wamp.error.authentication_denied', 'wamp.error.not_authorized'])
      it(`stops at ${uri} and says so`, async () => {
        await house.stop()
        const { authenticator, joins } = refusing(uri)
        house = await new RestartableRouter({ authenticators: [authenticator] }).start()
        const client = connection()
        await assert.rejects(client.connect(), (error) => {
          assert.ok(error instanceof JoinRefused)
          assert.equal(error.uri, uri)
          return true
        })
        const { state } = client
        assert.ok(state.status === 'closed' && state.error instanceof JoinRefused)
        assert.equal(joins(), 1)
      })

    it('stops at a realm that is not there', async () => {
      const client = connection({ realm: 'nowhere' })
      await assert.rejects(client.connect(), { uri: 'wamp.error.no_such_realm' })
    })

    it('stops when it is refused later', async () => {
      await house.stop()
      const { authenticator, joins } = refusing('wamp.error.authentication_denied', 1)
      house = await new RestartableRouter({ authenticators: [authenticator] }).start()
      const states = new States()
      const client = await joined({ onState: states.listen })
      house.sessions[0]?.drop('expired')
      const lost = await states.nth(2, 'connecting')
      assert.equal(lost.status === 'connecting' && lost.reason, 'expired')
      const end = await states.nth(1, 'closed')
      assert.ok(end.status === 'closed' && end.error instanceof JoinRefused)
      await assert.rejects(client.call('p'), SessionLost)
      assert.equal(joins(), 2)
    })

    it('goes on where the router could not check it', async () => {
      await house.stop()
      const { authenticator } = refusing('wamp.error.authentication_failed')
      house = await new RestartableRouter({ authenticators: [authenticator] }).start()
      const states = new States()
      const client = connection({ onState: states.listen })
      const connected = assert.rejects(client.connect(), SessionLost)
      const lost = await states.nth(3, 'connecting')
      assert.match(
        lost.status === 'connecting' ? lost.reason : '',
        /^wamp\.error\.authentication_failed/,
      )
      await client.close()
      await connected
    })
  })

  it('asks for the credential before every join, and goes on when there is none for now', async () => {
    const states = new States()
    let asked = 0
    await joined({
      onState: states.listen,
      credential: async () => {
        asked += 1
        if (asked === 2) throw new Error('the provider is down')
        return Promise.resolve(anonymous)
      },
    })
    house.sessions[0]?.drop('expired')
    const without = await states.nth(3, 'connecting')
    assert.match(without.status === 'connecting' ? without.reason : '', /the provider is down/)
    await states.nth(2, 'open')
    assert.equal(asked, 3)
  })

  it('stops where what it offers is refused before it ever stood', async () => {
    await house.stop()
    house = await new RestartableRouter({ authorizer: () => ({ allow: false }) }).start()
    const client = connection()
    await client.register('p', () => 1)
    await assert.rejects(client.connect(), { uri: 'wamp.error.not_authorized' })
    assert.equal(client.state.status, 'closed')
  })

  it('goes on asking for what is refused later, and reports it', async () => {
    await house.stop()
    let allowed = true
    house = await new RestartableRouter({
      authorizer: ({ action }) => ({ allow: action !== 'register' || allowed }),
    }).start()
    const states = new States()
    const problems: string[] = []
    let report = (): void => undefined
    const client = await joined({
      onState: states.listen,
      onProblem: (error, what) => {
        problems.push(`${what}: ${error instanceof CallError ? error.uri : String(error)}`)
        report()
      },
    })
    await client.register('p', () => 'back')
    allowed = false
    const reported = new Promise<void>((resolve) => (report = resolve))
    house.sessions[0]?.drop('replaced')
    await reported
    await states.nth(2, 'open')
    assert.equal(problems[0], 'p: wamp.error.not_authorized')
    allowed = true
    const other = await joined()
    for (;;) {
      const answer = await other.call('p').catch((error: unknown) => error)
      if (!(answer instanceof CallError)) break
      assert.equal(answer.uri, 'wamp.error.no_such_procedure')
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  })

  it('waits for its place where the router has not noticed yet that it was gone', async () => {
    const old = await joined()
    await old.register('p', () => 'old')
    let report = (): void => undefined
    const reported = new Promise<void>((resolve) => (report = resolve))
    const fresh = connection({ onProblem: () => report() })
    await fresh.register('p', () => 'fresh')
    const connected = fresh.connect()
    await reported
    await old.close()
    await connected
    assert.deepEqual((await fresh.call('p')).args, ['fresh'])
  })

  it('fails a call that is not answered in time', async () => {
    const callee = await joined()
    await callee.register('never', () => new Promise(() => undefined))
    const caller = await joined({ callTimeoutMs: 20 })
    await assert.rejects(caller.call('never'), { uri: 'wamp.error.timeout' })
  })

  it('gives up a router that accepts and says nothing', async () => {
    const sockets: Socket[] = []
    const silent = createServer((socket) => sockets.push(socket))
    silent.listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const { port } = silent.address() as AddressInfo
    const clock = new ManualClock()
    const client = connection({
      url: `ws://127.0.0.1:${port}/ws`,
      clock,
      joinTimeoutMs: 10_000,
      backoff: { attempts: 0 },
    })
    const refused = assert.rejects(client.connect(), /did not answer in 10000 ms/)
    await new Promise((resolve) => silent.once('connection', resolve))
    clock.advance(10_000)
    await refused
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  it('waits longer from failure to failure, and forgets failures after a good session', async () => {
    const clock = new ManualClock()
    const states = new States()
    const client = connection({ clock, onState: states.listen, backoff: { random: () => 0.5 } })
    const waits: number[] = []
    const lose = async (nth: number): Promise<void> => {
      house.sessions[0]?.drop('replaced')
      const state = await states.nth(nth, 'connecting')
      if (state.status === 'connecting') waits.push(state.retryInMs)
      clock.advance(30_000)
      await states.nth(nth, 'open')
    }
    await client.connect()
    for (const nth of [2, 3, 4]) await lose(nth)
    clock.advance(10_000)
    await lose(5)
    assert.deepEqual(waits, [750, 1250, 2250, 750])
  })

  it('closes while it waits, while it joins and while it is open', async () => {
    const open = await joined()
    await open.close()
    assert.deepEqual(open.state, { status: 'closed', reason: 'closed' })
    assert.equal(house.sessions.length, 0)

    const joining = connection()
    const joinedAnyway = assert.rejects(joining.connect(), { reason: 'closed' })
    await new Promise((resolve) => setImmediate(resolve))
    await joining.close()
    await joinedAnyway

    await house.stop()
    const states = new States()
    const waiting = connection({
      onState: states.listen,
      backoff: { shortestMs: 60_000, longestMs: 60_000 },
    })
    const waited = assert.rejects(waiting.connect(), { reason: 'closed' })
    await states.nth(2, 'connecting')
    await waiting.close()
    await waited
  })

  it('can be connected anew after it was closed', async () => {
    const client = await joined()
    await client.close()
    await client.connect()
    assert.equal(client.state.status, 'open')
    await assert.rejects(client.connect(), /connect was called already/)
  })

  it('names what is wrong with a URL, and does not try again', async () => {
    const client = connection({ url: 'http//nowhere' })
    await assert.rejects(client.connect(), /URL/)
    assert.equal(client.state.status, 'closed')
  })
})
