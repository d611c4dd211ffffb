import assert from 'node:assert/strict'
import { chain } from '../../authorizers/chain.ts'
import { Schemas } from '../../authorizers/schemas.ts'
import { staticAuthorizer } from '../../authorizers/static.ts'
import { RealmAuthorizer } from '../../realms/dynamic-authorizer.ts'
import type { Authenticator } from '../../router/access.ts'
import type { Limits } from '../../router/limits.ts'
import type { Session } from '../../router/session.ts'
import { memoryRouter, settled, type MemoryRouter } from '../support/memory-router.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { allRoles, type Wire } from '../support/wamp-client.ts'

const everything = { call: true, register: true, subscribe: true, publish: true }

/** Role and name are what the client says. */
const asTold: Authenticator = {
  method: 'anonymous',
  begin: ({ authid = 'guest', authextra }) => ({
    kind: 'component',
    authid,
    authrole: typeof authextra['role'] === 'string' ? authextra['role'] : 'app',
    authmethod: 'anonymous',
    authprovider: 'test',
  }),
}

const revocation = {
  ...allRoles,
  callee: { features: { registration_revocation: true } },
  subscriber: { features: { subscription_revocation: true } },
}

interface House extends MemoryRouter {
  /** The component that decides. */
  readonly judge: MemoryClient
  readonly device: MemoryClient
  /** What was logged of it. */
  readonly said: readonly string[]
  /** What it was asked since this was last looked at. */
  readonly asked: () => unknown[]
  /** How it answers from now on; `undefined`: not at all. */
  readonly answer: (by: ((uri: string, action: string) => unknown) | undefined) => void
  readonly app: (authid?: string) => MemoryClient
  /** Sends a message, lets the authorizer answer, and returns what came. */
  readonly ask: (client: MemoryClient, message: Wire) => Promise<Wire[]>
}

function house(limits: Partial<Limits> = {}): House {
  const config = { procedure: 'house.may', role: 'judge', decides: ['app'], timeoutMs: 1_000 }
  const said: string[] = []
  const schemas = new Schemas({ on: { args: { type: 'array', items: { type: 'boolean' } } } })
  const dynamic = new RealmAuthorizer(config, {
    schemas,
    log: (_level, message) => said.push(message),
  })
  const authorizer = chain([
    dynamic.authorizer.authorize,
    staticAuthorizer([{ role: 'device', uri: '', match: 'prefix', allow: everything }]),
    // As the house has it for what the router itself does.
    ({ principal }) =>
      principal.kind === 'service' ? { allow: true, until: Infinity } : undefined,
  ])
  const router = memoryRouter(authorizer, { realm: { authenticators: [asTold] }, limits })
  dynamic.attach(router.realm)
  const join = (authid: string, role: string): MemoryClient =>
    router.join({ authid, authextra: { role }, roles: revocation })
  const judge = join('judge', 'judge')
  const questions: unknown[] = []
  let by: ((uri: string, action: string) => unknown) | undefined = () => true
  /** Answers what it is asked; returns what else has come to it. */
  const judgeAll = (): Wire[] => {
    const messages = judge.take()
    for (const [type, invocation, , , args] of messages) {
      if (type !== 68) continue
      questions.push(args)
      const [, uri, action] = args as [unknown, string, string]
      if (by !== undefined) judge.send([70, invocation, {}, [by(uri, action)]])
    }
    return messages.filter(([type]) => type !== 68)
  }
  judge.ask([64, 1, {}, 'house.may'])
  const device = join('device', 'device')
  device.ask([64, 1, {}, 'lamp.switch'])
  return {
    ...router,
    said,
    judge,
    device,
    asked: () => questions.splice(0),
    answer: (next) => void (by = next),
    app: (authid = 'app1') => join(authid, 'app'),
    async ask(client, message) {
      client.take()
      client.send(message)
      const toJudge: Wire[] = []
      for (let i = 0; i < 6; i++) {
        await settled()
        toJudge.push(...judgeAll())
      }
      return client === judge ? toJudge : client.take()
    },
  }
}

const denied = 'wamp.error.not_authorized'
const failed = 'wamp.error.authorization_failed'

/** The URI of the ERROR, or the type of the message. */
const outcome = ([message]: Wire[]): unknown => (message?.[0] === 8 ? message[4] : message?.[0])

describe('A dynamic authorizer', () => {
  it('is asked with details of the session, the URI, the action and the options, for each of the four actions', async () => {
    const { app, ask, asked, realm } = house()
    const client = app('app7')
    const session = [...realm.sessions.values()].find(
      ({ principal }) => principal.authid === 'app7',
    )
    for (const message of [
      [48, 1, { timeout: 100 }, 'nobody.here'],
      [16, 2, { acknowledge: true }, 'lamp.state'],
      [32, 3, { match: 'prefix' }, 'lamp.'],
      [64, 4, { invoke: 'roundrobin' }, 'my.procedure'],
    ]) {
      assert.notEqual(outcome(await ask(client, message)), denied)
    }
    const details = {
      realm: 'realm1',
      session: session?.id,
      authid: 'app7',
      authrole: 'app',
      authmethod: 'anonymous',
      authprovider: 'test',
    }
    assert.deepEqual(asked(), [
      [details, 'nobody.here', 'call', { timeout: 100 }],
      [details, 'lamp.state', 'publish', { acknowledge: true }],
      [details, 'lamp.', 'subscribe', { match: 'prefix' }],
      [details, 'my.procedure', 'register', { invoke: 'roundrobin' }],
    ])
  })

  it('answers yes or no, or with a dictionary: allow for all or by action, and the reason of a denial', async () => {
    const { app, ask, answer } = house()
    const client = app()
    const answers: readonly (readonly [unknown, unknown])[] = [
      [true, 'wamp.error.no_such_procedure'],
      [false, denied],
      [{ allow: true }, 'wamp.error.no_such_procedure'],
      [{ allow: false }, denied],
      [{ allow: { call: true } }, 'wamp.error.no_such_procedure'],
      [{ allow: { call: false, publish: true } }, denied],
      [
        { allow: false, reason: 'wamp.error.authorization_denied' },
        'wamp.error.authorization_denied',
      ],
      [
        { allow: false, reason: 'wamp.error.authorization_required', details: { acr: 'two' } },
        'wamp.error.authorization_required',
      ],
    ]
    for (const [i, [given, expected]] of answers.entries()) {
      answer(() => given)
      const got = await ask(client, [48, i + 1, {}, 'nobody.here'])
      assert.equal(outcome(got), expected, JSON.stringify(given))
      if (expected === 'wamp.error.authorization_required')
        assert.deepEqual(got[0]?.[6], { acr: 'two' })
    }
  })

  it('says by disclose who is named to receivers, by trustlevel how far to trust, and by validate which schema payloads must fit', async () => {
    const { app, ask, answer, device } = house()
    const client = app()
    answer(() => ({ allow: true, disclose: true, validate: { call: 'on' } }))
    assert.equal(
      outcome(await ask(client, [48, 1, {}, 'lamp.switch', ['yes']])),
      'wamp.error.invalid_argument',
    )
    device.take()
    await ask(client, [48, 2, {}, 'lamp.switch', [true]])
    const [[, , , details] = []] = device.take()
    assert.equal((details as { caller_authid?: string }).caller_authid, 'app1')
    answer(() => ({ allow: true, disclose: false }))
    const refused = await ask(client, [48, 3, { disclose_me: true }, 'lamp.switch'])
    assert.equal(outcome(refused), 'wamp.error.option_disallowed.disclose_me')
  })

  it('is a procedure of (details, uri, action, options) that answers with a bool, or with allow, disclose, cache and validate', async () => {
    const { app, ask, answer, asked, device } = house()
    const client = app('app7')
    const answers = new Map<unknown, unknown>([
      ['no', false],
      ['yes', true],
      ['all', { allow: true, disclose: true, cache: true, validate: { call: 'on' } }],
    ])
    let given = 'no'
    answer(() => answers.get(given))
    const call = (request: number, ...args: unknown[]): Promise<Wire[]> =>
      ask(client, [48, request, { timeout: 50 }, 'lamp.switch', args])
    device.take()
    assert.equal(outcome(await call(1)), denied)
    given = 'yes'
    assert.deepEqual(await call(2, 'anything'), [])
    assert.deepEqual(device.take()[0]?.slice(3), [{}, ['anything']])
    given = 'all'
    assert.equal(outcome(await call(3, 'anything')), 'wamp.error.invalid_argument')
    const questions = asked() as [{ authid: string }, ...unknown[]][]
    assert.deepEqual(
      questions.map(([{ authid }, ...rest]) => [authid, ...rest]),
      [1, 2, 3].map(() => ['app7', 'lamp.switch', 'call', { timeout: 50 }]),
    )
    // It was kept: nobody is asked again, and all that it said holds.
    await call(4, true)
    assert.deepEqual(asked(), [])
    const [, , , details, args] = device.take()[0] ?? []
    assert.equal((details as { caller_authid?: string }).caller_authid, 'app7')
    assert.deepEqual(args, [true])
  })

  it('that answers what is not understood, or not in time, or with an ERROR, has denied: authorization_failed', async () => {
    const { app, ask, answer, clock, judge } = house()
    const client = app()
    const rubbish = [
      null,
      'yes',
      1,
      [],
      {},
      { allow: 'yes' },
      { allow: true, unknown: 1 },
      { allow: true, cache: 'yes' },
      { allow: true, trustlevel: -1 },
      { allow: true, trustlevel: true },
      { allow: true, trustlevel: [9] },
      { allow: true, validate: 'on' },
      { allow: true, validate: { call: 'nowhere' } },
      { allow: true, validate: { calls: 'on' } },
      { allow: false, reason: 'app.error.mine' },
    ]
    for (const [i, given] of rubbish.entries()) {
      answer(() => given)
      const got = await ask(client, [48, i + 1, {}, 'nobody.here'])
      assert.equal(outcome(got), failed, JSON.stringify(given))
    }
    answer(undefined)
    client.send([48, 100, {}, 'nobody.here'])
    await settled()
    const [[, invocation] = []] = judge.take()
    judge.send([8, 68, invocation, {}, 'house.error.broken'])
    await settled()
    assert.equal(outcome(client.take()), failed)
    client.send([48, 101, {}, 'nobody.here'])
    await settled()
    clock.advance(999)
    await settled()
    assert.deepEqual(client.take(), [])
    clock.advance(1)
    await settled()
    assert.equal(outcome(client.take()), failed)
  })

  it('that is not there denies with authorization_failed, and says so in the log once', async () => {
    const { app, ask, judge, said } = house()
    const client = app()
    judge.lose()
    await settled()
    for (let i = 1; i <= 3; i++) {
      assert.equal(outcome(await ask(client, [48, i, {}, 'nobody.here'])), failed)
    }
    assert.deepEqual(said, ['the authorizer does not answer; denied'])
  })

  it('is not asked whether it may answer, nor about other roles, nor about names of the router', async () => {
    const { app, ask, asked, device, judge } = house()
    await ask(device, [48, 1, {}, 'nobody.here'])
    await ask(judge, [48, 2, {}, 'nobody.here'])
    const client = app()
    for (const uri of ['latchkey.grant.list', 'wamp.session.count']) {
      assert.equal(outcome(await ask(client, [48, 1, {}, uri])), denied)
    }
    assert.deepEqual(asked(), [])
  })

  it('can be offered by its role alone: not by others, and not by who lays a pattern over it', async () => {
    const { app, ask, asked, device, judge } = house()
    judge.lose()
    await settled()
    const client = app()
    assert.equal(outcome(await ask(client, [64, 1, {}, 'house.may'])), denied)
    assert.equal(outcome(await ask(device, [64, 2, {}, 'house.may'])), denied)
    assert.equal(outcome(await ask(device, [64, 3, { match: 'prefix' }, 'house.'])), 65)
    assert.equal(outcome(await ask(client, [48, 1, {}, 'nobody.here'])), failed)
    assert.deepEqual(device.take(), [])
    assert.deepEqual(asked(), [])
  })

  it('is asked once where it says cache, and every time where it does not', async () => {
    const { app, ask, answer, asked } = house()
    const client = app()
    for (const [cache, times] of [
      [true, 1],
      [false, 3],
      [undefined, 3],
    ] as const) {
      answer(() => ({ allow: true, ...(cache !== undefined && { cache }) }))
      const uri = `nobody.here.${String(cache)}`
      for (let i = 1; i <= 3; i++) await ask(client, [48, i, {}, uri])
      assert.equal(asked().length, times, uri)
    }
  })

  it('says that rights have changed: what it has answered before is used no more from then on, of one name or of all', async () => {
    const { app, ask, answer, asked, judge } = house()
    const [one, other] = [app('one'), app('other')]
    answer(() => ({ allow: true, cache: true }))
    const rounds = async (): Promise<unknown[]> => {
      await ask(one, [48, 1, {}, 'nobody.here'])
      await ask(other, [48, 1, {}, 'nobody.here'])
      return asked().map((question) => ((question as unknown[])[0] as { authid: string }).authid)
    }
    assert.deepEqual(await rounds(), ['one', 'other'])
    assert.deepEqual(await rounds(), [])
    assert.equal(outcome(await ask(judge, [48, 1, {}, 'house.may.flush', ['one']])), 50)
    assert.deepEqual(await rounds(), ['one'])
    assert.equal(outcome(await ask(judge, [48, 2, {}, 'house.may.flush'])), 50)
    assert.deepEqual(await rounds(), ['one', 'other'])
    assert.equal(
      outcome(await ask(judge, [48, 3, {}, 'house.may.flush', [7]])),
      'wamp.error.invalid_argument',
    )
  })

  it('alone may say so', async () => {
    const { app, ask, device } = house()
    for (const client of [app(), device]) {
      assert.equal(outcome(await ask(client, [48, 9, {}, 'house.may.flush'])), denied)
      assert.equal(outcome(await ask(client, [64, 10, {}, 'house.may.flush'])), denied)
    }
  })

  it('that takes a right back is obeyed at once: calls are denied, and what was registered and subscribed is revoked', async () => {
    const { app, ask, answer, judge, device } = house()
    const client = app('one')
    answer(() => ({ allow: true, cache: true }))
    await ask(client, [48, 1, {}, 'nobody.here'])
    const [[, , registration] = []] = await ask(client, [64, 2, {}, 'my.procedure'])
    const [[, , subscription] = []] = await ask(client, [32, 3, {}, 'lamp.state'])
    answer(() => false)
    await ask(judge, [48, 1, {}, 'house.may.flush', ['one']])
    const reason = 'no longer authorized'
    assert.deepEqual(
      client.take().toSorted(([a], [b]) => Number(a) - Number(b)),
      [
        [35, 0, { subscription, reason }],
        [67, 0, { registration, reason }],
      ],
    )
    assert.equal(outcome(await ask(client, [48, 4, {}, 'nobody.here'])), denied)
    assert.equal(
      outcome(await ask(device, [48, 4, {}, 'my.procedure'])),
      'wamp.error.no_such_procedure',
    )
  })

  it('is told of the pattern, too, when it is asked anew about what a client has', async () => {
    const { app, ask, asked, judge } = house()
    const client = app('one')
    await ask(client, [32, 1, { match: 'prefix' }, 'lamp'])
    await ask(client, [64, 2, { match: 'wildcard' }, 'my..procedure'])
    asked()
    await ask(judge, [48, 1, {}, 'house.may.flush', ['one']])
    const again = asked().map((question) => (question as unknown[]).slice(1))
    assert.deepEqual(again, [
      ['my..procedure', 'register', { match: 'wildcard' }],
      ['lamp', 'subscribe', { match: 'prefix' }],
    ])
  })

  it('that leaves takes with it what it has answered: nothing is used until another has answered anew', async () => {
    const { app, ask, answer, judge, join, realm } = house()
    const client = app()
    answer(() => ({ allow: true, cache: true }))
    assert.equal(
      outcome(await ask(client, [48, 1, {}, 'nobody.here'])),
      'wamp.error.no_such_procedure',
    )
    judge.lose()
    await settled()
    assert.equal(outcome(await ask(client, [48, 2, {}, 'nobody.here'])), failed)
    const next = join({ authid: 'judge', authextra: { role: 'judge' } })
    next.ask([64, 1, {}, 'house.may'])
    client.send([48, 3, {}, 'nobody.here'])
    await settled()
    const [[, invocation] = []] = next.take()
    next.send([70, invocation, {}, [false]])
    await settled()
    assert.equal(outcome(client.take()), denied)
    assert.equal(realm.sessions.size, 3)
  })

  it('that has lost its connection has said nothing that is used still, and is not waited for: denied at once, until it is back', async () => {
    const { app, ask, answer, asked, router } = house()
    const client = app()
    const judge = new MemoryClient(router)
    const [welcome] = judge.ask([
      1,
      'realm1',
      { roles: allRoles, authid: 'judge2', authextra: { role: 'judge' }, resumable: true },
    ])
    assert.ok(welcome)
    const token = (welcome[2] as Record<string, unknown>)['resume-ticket']
    // It takes the place of the first one, and one question at a time.
    judge.ask([64, 1, { force_reregister: true, concurrency: 1 }, 'house.may'])
    answer(() => ({ allow: true, cache: true }))
    client.send([48, 1, {}, 'nobody.here'])
    await settled()
    const [[, invocation] = []] = judge.take()
    judge.send([70, invocation, {}, [{ allow: true, cache: true }]])
    await settled()
    assert.equal(outcome(client.take()), 'wamp.error.no_such_procedure')
    assert.equal(
      outcome(await ask(client, [48, 2, {}, 'nobody.here'])),
      'wamp.error.no_such_procedure',
    )
    // Two are asked about when it is gone: one question is under way, the other waits for it.
    const other = app('other')
    client.send([48, 3, {}, 'somebody.there'])
    other.send([48, 3, {}, 'somebody.there'])
    await settled()
    judge.lose()
    await settled()
    assert.equal(outcome(client.take()), failed)
    assert.equal(outcome(other.take()), failed)
    // What it said before is not used any more.
    assert.equal(outcome(await ask(client, [48, 4, {}, 'nobody.here'])), failed)
    const back = new MemoryClient(router)
    back.ask([1, null, { 'resume-session': welcome[1], 'resume-token': token }])
    client.send([48, 5, {}, 'nobody.here'])
    await settled()
    const question = back.take().find(([type]) => type === 68)
    back.send([70, question?.[1], {}, [false]])
    await settled()
    assert.equal(outcome(client.take()), denied)
    assert.deepEqual(asked(), [])
  })

  describe('that is asked much at once', () => {
    /** Answers what has come to the judge; returns about whom and what. */
    const judgeNow = ({ judge }: House, says: unknown = true): string[] =>
      judge.take().map(([, invocation, , , args]) => {
        judge.send([70, invocation, {}, [says]])
        const [{ authid }, uri] = args as [{ authid: string }, string]
        return `${authid} ${uri}`
      })

    it('gets so many questions at once, the others in their order: no event of a publication to thousands is lost', async () => {
      const all = house()
      const { app, ask, answer, judge, device } = all
      answer(() => true)
      const listeners: MemoryClient[] = []
      for (let i = 0; i < 2_500; i++) {
        const listener = app(`app${i}`)
        listener.send([32, 1, {}, 'lamp.state'])
        await settled()
        judgeNow(all)
        await settled()
        assert.equal(outcome(listener.take()), 33)
        listeners.push(listener)
      }
      assert.equal(outcome(await ask(judge, [48, 1, {}, 'house.may.flush'])), 50)
      device.send([16, 1, {}, 'lamp.state', [true]])
      const asked: string[] = []
      for (;;) {
        await settled()
        const now = judgeNow(all)
        if (now.length === 0) break
        assert.ok(now.length <= 100, `${now.length} at once`)
        asked.push(...now)
      }
      assert.deepEqual(
        asked,
        listeners.map((_, i) => `app${i} lamp.state`),
      )
      for (const listener of listeners) assert.equal(outcome(listener.take()), 36)
    })

    it('denies with authorization_failed when more than waitingQuestions wait, and says so in the log once', async () => {
      const all = house({ questions: 2, waitingQuestions: 3 })
      const clients = [1, 2, 3, 4, 5, 6, 7].map((i) => all.app(`app${i}`))
      for (const client of clients) client.send([48, 1, {}, 'nobody.here'])
      await settled()
      assert.deepEqual(
        clients.map((client) => outcome(client.take())),
        [undefined, undefined, undefined, undefined, undefined, failed, failed],
      )
      assert.deepEqual(all.said, ['too many questions wait for the authorizer; denied'])
      const rounds: string[][] = []
      for (let i = 0; i < 3; i++) {
        rounds.push(judgeNow(all, false))
        await settled()
      }
      const [one, two, three, four, five] = [1, 2, 3, 4, 5].map((i) => `app${i} nobody.here`)
      assert.deepEqual(rounds, [[one, two], [three, four], [five]])
      assert.deepEqual(
        clients.slice(0, 5).map((client) => outcome(client.take())),
        [denied, denied, denied, denied, denied],
      )
    })

    it('is not asked what nobody waits for any more: for who has left, and what took longer than decisionMs', async () => {
      const all = house({ questions: 1, waitingQuestions: 9, decisionMs: 500 })
      const [first, leaver, late, last] = ['first', 'leaver', 'late', 'last'].map((authid) =>
        all.app(authid),
      )
      for (const client of [first, leaver, late]) client?.send([48, 1, {}, 'nobody.here'])
      await settled()
      leaver?.lose()
      all.clock.advance(500)
      await settled()
      assert.equal(outcome(late?.take() ?? []), failed)
      last?.send([48, 1, {}, 'nobody.here'])
      await settled()
      assert.deepEqual(judgeNow(all), ['first nobody.here'])
      await settled()
      assert.deepEqual(judgeNow(all), ['last nobody.here'])
      assert.ok(!all.said.includes('the authorizer does not answer; denied'))
    })

    it('is asked as things are when it is its turn: a change of rights meanwhile costs no second question', async () => {
      const all = house({ questions: 1 })
      const [one, two] = [all.app('one'), all.app('two')]
      for (const client of [one, two]) client.send([48, 1, {}, 'nobody.here'])
      await settled()
      const [[, invocation] = []] = all.judge.take()
      assert.equal(outcome(all.judge.ask([48, 2, {}, 'house.may.flush'])), undefined)
      await settled()
      assert.equal(outcome(all.judge.take()), 50)
      all.judge.send([70, invocation, {}, [{ allow: true, cache: true }]])
      await settled()
      const asked: string[] = []
      for (let i = 0; i < 4; i++) {
        asked.push(...judgeNow(all, { allow: true, cache: true }))
        await settled()
      }
      // Only the one that was under way is put once more.
      assert.deepEqual(asked, ['two nobody.here', 'one nobody.here'])
    })
  })

  it('is asked anew about a session that proved itself anew', async () => {
    const { app, ask, answer, asked, realm } = house()
    const client = app('one')
    answer(() => ({ allow: true, cache: true }))
    await ask(client, [48, 1, {}, 'nobody.here'])
    asked()
    const session = [...realm.sessions.values()].find(({ principal }) => principal.authid === 'one')
    const { principal } = session as Session
    session?.renew({ ...principal })
    await ask(client, [48, 2, {}, 'nobody.here'])
    assert.equal(asked().length, 1)
  })
})
