import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join as joinPath } from 'node:path'
import { createInterface } from 'node:readline'
import type { Device } from '../../clients/index.ts'
import { joinAsAuthorizer } from '../interop/autobahn-js-authorizer.ts'
import { startOutside, type Answer, type Outside } from '../support/outside.ts'
import { until } from '../support/until.ts'
import type { WampClient, Wire } from '../support/wamp-client.ts'

const root = joinPath(import.meta.dirname, '../..')
const denied = 'wamp.error.not_authorized'
const failed = 'wamp.error.authorization_failed'
const procedure = 'com.example.authorize'
const ticket = 'ticket-of-the-authorizer'

/** A component that answers what it is asked as `by` says; `undefined`: not at all. */
interface Component {
  readonly client: WampClient
  readonly asked: Question[]
  by: (question: Question) => unknown
}

type Question = [Record<string, unknown>, string, string, object]

describe('R39 rules of an integrator’s own', function () {
  this.timeout(20_000)
  let house: Outside
  let lamp: Device
  /** Its id. */
  let device: string
  let guest: WampClient
  let friend: WampClient
  let stranger: WampClient
  /** What the lamp was told. */
  const told: string[] = []
  const callers: unknown[] = []
  const open: WampClient[] = []
  const children: ChildProcess[] = []

  before(async () => {
    house = await startOutside({
      realms: ['home', 'away'],
      ecosystems: [{ id: 'home' }, { id: 'away', realm: 'away' }],
      realm: {
        principals: [
          { authid: 'authorizer', role: 'authorizer', ticket },
          { authid: 'second', role: 'authorizer', ticket: 'ticket-of-the-second' },
          { authid: 'tool', role: 'tool', ticket: 'ticket-of-the-tool' },
          { authid: 'who', role: 'who', ticket: 'ticket-of-who' },
        ],
        rules: [
          { role: 'authorizer', uri: 'com.example.', match: 'prefix', allow: { register: true } },
          { role: 'tool', uri: 'lamp.', match: 'prefix', allow: { call: true } },
          { role: 'who', uri: 'com.example.who', allow: { register: true } },
          { role: 'made', uri: 'lamp.', match: 'prefix', allow: { call: true } },
        ],
        schemas: { on: { args: { type: 'array', items: { type: 'boolean' } } } },
        authenticator: { procedure: 'com.example.who', role: 'who', methods: ['ticket'] },
      },
    })
    for (const [id, level] of Object.entries({ owner: 1, friend: 2, guest: 3 })) {
      await house.person(id)
      await house.grant(id, level)
    }
    await house.person('stranger')
    lamp = await house.device('light', {
      prefix: 'lamp',
      handlers: {
        switch({ args, details }) {
          told.push(`switch ${JSON.stringify(args)}`)
          callers.push(details['caller_authid'])
          return { on: args[0] }
        },
        state: () => ({ on: false }),
      },
    })
    const { devices } = await house.manage('device.list')
    device = (devices as { id: string }[])[0]?.id ?? ''
    const joined = async (id: string): Promise<WampClient> => house.join(await house.token(0, id))
    ;[guest, friend, stranger] = [
      await joined('guest'),
      await joined('friend'),
      await joined('stranger'),
    ]
  })

  afterEach(async () => {
    for (const { procedure: uri } of (await house.manage('authz.list'))['authorizers'] as {
      procedure: string
    }[])
      await house.manage('authz.remove', { procedure: uri })
    for (const client of open.splice(0)) client.drop()
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
    await gone()
    told.length = 0
    callers.length = 0
  })

  after(() => house.stop())

  const isOffered = (uri: string, realm = 'home'): boolean =>
    house.server.router.realm(realm)?.dealer.registrations.get('exact', uri) !== undefined
  /** Resolves when nobody offers it any more. */
  const gone = (uri = procedure): Promise<void> => until(() => !isOffered(uri))
  const component = async (
    by: Component['by'],
    { uri = procedure, authid = 'authorizer', secret = ticket, realm = 'home' } = {},
  ): Promise<Component> => {
    const client = await house.join(secret, { authid, realm })
    open.push(client)
    await client.register(uri)
    const made: Component = { client, asked: [], by }
    client.intercept = ([type, invocation, , , args]) => {
      if (type !== 68) return false
      // A device that may not offer what it offers is not there, which is not what is tried here.
      const isOffer = (args as Question)[2] === 'register'
      if (!isOffer) made.asked.push(args as Question)
      const answer = isOffer ? true : made.by(args as Question)
      if (answer instanceof Error) client.send([8, 68, invocation, {}, answer.message])
      else if (answer !== undefined) client.send([70, invocation, {}, [answer]])
      return true
    }
    return made
  }
  const add = (more: Record<string, unknown> = {}): Promise<Answer> =>
    house.manage('authz.add', { procedure, scope: 'lamp.', ...more })
  const call = (client: WampClient, uri = 'lamp.switch', ...args: unknown[]): Promise<string> =>
    house.outcome(client, uri, args)

  /** What both of them, who know nothing of this router, were asked and made of it. */
  async function tried(): Promise<void> {
    await add()
    assert.equal(await call(guest, 'lamp.state'), 'RESULT')
    assert.equal(await call(guest), denied)
    assert.equal(await call(friend, 'lamp.switch', true), 'RESULT')
    assert.deepEqual(callers, [undefined])
    assert.equal(await call(stranger, 'lamp.state'), denied)
    const subscribe = await guest.ask([32, 700, {}, 'lamp.on_change'])
    assert.equal(subscribe[4], denied)
    const subscribed = await friend.ask([32, 700, {}, 'lamp.on_change'])
    assert.equal(subscribed[0], 33)
    await friend.ask([34, 701, subscribed[2]])
    assert.deepEqual(told, ['switch [true]'])
  }
  const session = (client: WampClient, authid: string): object => ({
    realm: 'home',
    session: client.session,
    authid,
    authrole: 'person',
    authmethod: 'ticket',
    authprovider: house.provider.issuer,
  })
  const firstQuestions = (): unknown[] => [
    [session(guest, 'guest'), 'lamp.state', 'call', {}],
    [session(guest, 'guest'), 'lamp.switch', 'call', {}],
    [session(friend, 'friend'), 'lamp.switch', 'call', {}],
  ]

  it('R39: an authorizer that was written for crossbar with autobahn for Python runs unchanged', async () => {
    const python = joinPath(root, '.cache/python/bin/python')
    const script = joinPath(root, 'test/interop/autobahn_authorizer.py')
    const child = spawn(python, ['-u', script, house.url, 'home', ticket], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    let complaints = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
    const asked: [Answer, ...unknown[]][] = []
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line === 'ready') resolve()
        else asked.push(JSON.parse(line) as [Answer])
      })
      child.once('exit', () => reject(new Error(complaints)))
    })
    await tried()
    const ours = asked.filter(([details]) => details['authrole'] === 'person')
    assert.deepEqual(ours.slice(0, 3), firstQuestions())
  })

  it('R39: an authorizer that was written for crossbar with autobahn for JavaScript runs unchanged', async () => {
    const { asked, leave } = await joinAsAuthorizer(house.url, 'home', ticket)
    try {
      await tried()
      const ours = asked.filter(([details]) => details['authrole'] === 'person')
      assert.deepEqual(ours.slice(0, 3), firstQuestions())
    } finally {
      await leave()
    }
  })

  it('R39: an authorizer that does not answer in 500 ms, throws, answers nonsense or is not there: authorization_failed, and nothing is delivered', async () => {
    assert.equal(await call(guest, 'lamp.switch', true), 'RESULT')
    told.length = 0
    await add()
    assert.equal(await call(guest, 'lamp.switch', true), failed)
    assert.equal(
      ((await house.manage('authz.list'))['authorizers'] as Answer[])[0]?.['offered'],
      false,
    )

    const judge = await component(() => undefined)
    const from = performance.now()
    assert.equal(await call(guest, 'lamp.switch', true), failed)
    const took = performance.now() - from
    assert.ok(took >= 490 && took < 2_000, `${took} ms`)

    const nonsense = [
      new Error('com.example.error.broken'),
      new Error(denied),
      null,
      'yes',
      1,
      [],
      {},
      { allow: 'yes' },
      { allow: true, unknown: 1 },
      { allow: true, cache: 'yes' },
      { allow: true, disclose: 1 },
      { allow: true, validate: { call: 'nowhere' } },
      { allow: false, reason: 'com.example.error.mine' },
    ]
    for (const answer of nonsense) {
      judge.by = () => answer
      assert.equal(await call(guest, 'lamp.switch', true), failed, JSON.stringify(answer))
    }
    assert.deepEqual(told, [])
    // Each can be looked up.
    const error = await house.call(guest, 'lamp.switch', [true])
    const { decision_id: id } = error[3] as { decision_id: string }
    const why = await house.manage('authz.explain', { id })
    assert.deepEqual([why['check'], why['outcome']], [`authorizer:${procedure}`, 'failure'])
    judge.by = () => true
    assert.equal(await call(guest, 'lamp.switch', true), 'RESULT')
    judge.client.drop()
    await gone()
    assert.equal(await call(guest, 'lamp.switch', true), failed)
  })

  it('R39: true or false, or allow, disclose, cache and validate; a time of its own', async () => {
    const judge = await component(() => false)
    await add({ timeout: 100 })
    assert.equal(await call(guest, 'lamp.switch', true), denied)
    judge.by = () => true
    assert.equal(await call(guest, 'lamp.switch', true), 'RESULT')
    judge.by = () => ({ allow: { call: true }, validate: { call: 'on' } })
    assert.equal(await call(guest, 'lamp.switch', 'yes'), 'wamp.error.invalid_argument')
    assert.equal(await call(guest, 'lamp.switch', true), 'RESULT')
    judge.by = () => ({ allow: true, disclose: false })
    assert.equal(await call(guest, 'lamp.switch', true), 'RESULT')
    // It can have less disclosed than the house does, never more.
    assert.deepEqual(callers, ['guest', 'guest', undefined])
    judge.asked.length = 0
    judge.by = () => undefined
    const from = performance.now()
    assert.equal(await call(guest, 'lamp.switch', true), failed)
    assert.ok(performance.now() - from < 450)

    judge.by = () => ({ allow: true, cache: true })
    judge.asked.length = 0
    for (let i = 0; i < 3; i++) assert.equal(await call(friend, 'lamp.switch', true), 'RESULT')
    assert.equal(judge.asked.length, 1)
    // It is asked anew as soon as it says so, and only it can say so.
    judge.by = () => false
    assert.equal(await call(guest, `${procedure}.flush`), denied)
    const tool = await house.join('ticket-of-the-tool', { authid: 'tool' })
    assert.equal(await call(tool, `${procedure}.flush`), denied)
    tool.drop()
    assert.equal(await call(friend, 'lamp.switch', true), 'RESULT')
    assert.equal(await call(judge.client, `${procedure}.flush`, 'guest'), 'RESULT')
    assert.equal(await call(friend, 'lamp.switch', true), 'RESULT')
    assert.equal(await call(judge.client, `${procedure}.flush`, 'friend'), 'RESULT')
    assert.equal(await call(friend, 'lamp.switch', true), denied)
    // What it has said goes with it.
    judge.by = () => ({ allow: true, cache: true })
    assert.equal(await call(friend, 'lamp.switch', true), 'RESULT')
    judge.client.drop()
    await gone()
    assert.equal(await call(friend, 'lamp.switch', true), failed)
  })

  it('R39: it can only narrow: it is not asked about what the house refuses, and its yes gives nothing', async () => {
    const judge = await component(() => true)
    await add()
    assert.equal(await call(stranger), denied)
    assert.equal(await call(guest, 'lamp.no_such_verb'), denied)
    assert.equal((await guest.ask([64, 900, {}, 'lamp.mine']))[4], denied)
    assert.equal(judge.asked.length, 0)
    // Whatever the house would ask for besides, it still does.
    await house.manage('capability.set', {
      device,
      uri: 'lamp.state',
      action: 'call',
      ecosystem: 'home',
      level: 3,
      acr: 'aal3',
    })
    assert.equal(await call(guest, 'lamp.state'), 'wamp.error.authorization_required')
    assert.equal(judge.asked.length, 0)
    const cleared = { device, uri: 'lamp.state', action: 'call', ecosystem: 'home' }
    await house.manage('capability.set', { ...cleared, level: 3, acr: 'none' })
    // A grant that is taken back is so for what was kept, too.
    judge.by = () => ({ allow: true, cache: true })
    const id = await house.grant('stranger', 3)
    assert.equal(await call(stranger), 'RESULT')
    await house.manage('grant.revoke', { id })
    assert.equal(await call(stranger), denied)
  })

  it('R39: it is asked about people and devices alone, in its scope and its realm, never about names of the house', async () => {
    const judge = await component(() => false)
    await add()
    const tool = await house.join('ticket-of-the-tool', { authid: 'tool' })
    open.push(tool)
    assert.equal(await call(tool), 'RESULT')
    assert.equal(await call(judge.client, 'lamp.switch'), denied)
    await house.device('light', { prefix: 'lamp2', handlers: { switch: () => ({ on: true }) } })
    assert.equal(await call(guest, 'lamp2.switch'), 'RESULT')
    assert.equal(await call(guest, 'latchkey.session.list'), 'RESULT')
    assert.equal(judge.asked.length, 0)
    // What one may not use is not shown, either.
    const shown = await house.call(guest, 'latchkey.discovery.list')
    assert.doesNotMatch(JSON.stringify(shown), /"lamp"/)
    assert.match(JSON.stringify(shown), /"lamp2"/)
    judge.asked.length = 0
    assert.equal(await call(guest), denied)
    // Of a device it is asked, too: what it tells goes to nobody.
    await assert.rejects(lamp.publish('on_change', [{ on: true }]), { uri: denied })
    assert.deepEqual(
      judge.asked.map(([details, uri, action]) => [details['authrole'], uri, action]),
      [
        ['person', 'lamp.switch', 'call'],
        ['device', 'lamp.on_change', 'publish'],
      ],
    )
    for (const scope of ['latchkey.', 'wamp', 'user.guest.'])
      await assert.rejects(add({ procedure: 'com.example.other', scope }), {
        uri: 'wamp.error.invalid_argument',
      })
  })

  it('R39: only the operator says who is asked, only components can be, and several must agree', async () => {
    const owner = await house.join(await house.token(0, 'owner'))
    open.push(owner)
    const input = { procedure, scope: 'lamp.' }
    for (const verb of ['add', 'list', 'remove'])
      for (const client of [owner, guest])
        assert.equal(
          await house.outcome(client, `latchkey.authz.${verb}`, [], verb === 'list' ? {} : input),
          denied,
        )
    await add()
    await add({ procedure: 'com.example.second' })
    await assert.rejects(
      house.device('light', { prefix: 'com.example', handlers: { authorize: () => true } }),
      { uri: denied },
    )
    assert.equal(isOffered(procedure), false)

    const one = await component(() => true)
    const two = await component(() => false, {
      uri: 'com.example.second',
      authid: 'second',
      secret: 'ticket-of-the-second',
    })
    assert.equal(await call(guest), denied)
    two.by = () => ({ allow: true, disclose: false })
    assert.equal(await call(guest), 'RESULT')
    assert.deepEqual(callers, [undefined])
    one.by = () => false
    assert.equal(await call(guest), denied)
    const check = { as: 'guest', action: 'call', uri: 'lamp.switch' }
    const answer = await house.manage('authz.check', check)
    assert.deepEqual([answer['allow'], answer['reason']], [false, `authorizer:${procedure}`])
    one.by = () => true
    assert.equal((await house.manage('authz.check', check))['allow'], true)
    two.by = () => undefined
    const unanswered = await house.manage('authz.check', check)
    assert.equal(unanswered['allow'], false)
    assert.match(String(unanswered['reason']), /^authorizer:com\.example\.second \(no answer: /)
  })

  it('R39: it is asked about what a PIN opens at a lock, as about a call', async () => {
    const lock = await house.device('lock', { prefix: 'door', handlers: { unlock: () => true } })
    await house.manage('local.create', {
      person: 'guest',
      ecosystem: 'home',
      pin: '246810',
      device: 'door',
      max_level: 3,
      mode: 'always',
    })
    const typed = async (): Promise<unknown> => {
      const input = { pin: '246810', uri: 'door.unlock' }
      const { args } = await lock.call('latchkey.local.verify', [], input)
      return (args[0] as Answer)['allowed']
    }
    assert.equal(await typed(), true)
    await add({ scope: 'door.' })
    assert.equal(await typed(), false)
    const judge = await component(() => true)
    assert.equal(await typed(), true)
    judge.by = ([{ authmethod }]) => authmethod !== 'pin'
    assert.equal(await typed(), false)
  })

  it('R39: with mode replace its word counts instead of grants, but not for whoever is shut out, for reserved names, or elsewhere', async () => {
    const judge = await component(() => true)
    await add({ mode: 'replace', scope: 'lamp' })
    assert.equal(await call(stranger, 'lamp.switch', true), 'RESULT')
    assert.deepEqual(callers, [undefined])
    judge.by = ([{ authid }]) => authid === 'stranger'
    const owner = await house.join(await house.token(0, 'owner'))
    open.push(owner)
    assert.equal(await call(owner), denied)
    // Nobody gets another's name by it.
    assert.equal((await stranger.ask([64, 910, {}, 'lamp.mine']))[4], denied)
    for (const uri of ['wamp.session.list', 'latchkey.authz.list', 'user.guest.x'])
      assert.equal(await call(stranger, uri), denied)
    await house.device('light', {
      prefix: 'far',
      ecosystem: 'away',
      handlers: { switch: () => ({ on: true }) },
    })
    const away = await house.join(await house.token(0, 'stranger'), { realm: 'away' })
    open.push(away)
    assert.equal(await call(away, 'far.switch'), denied)
    assert.equal(await call(away, 'lamp.switch'), denied)

    judge.by = () => true
    await house.manage('device.quarantine', { device, reason: 'test' })
    assert.equal(await call(stranger), denied)
    await house.manage('device.release', { device })
    await until(() => isOffered('lamp.switch'))
    await house.manage('person.disable', { person: 'stranger' })
    judge.asked.length = 0
    await assert.rejects(
      house.token(0, 'stranger').then((token) => house.join(token)),
      /authentication_denied/,
    )
    assert.equal(judge.asked.length, 0)
    await house.manage('person.enable', { person: 'stranger' })
    stranger = await house.join(await house.token(0, 'stranger'))
    judge.by = () => undefined
    assert.equal(await call(stranger), failed)
    await house.manage('authz.remove', { procedure })
    assert.equal(await call(stranger), denied)
    assert.equal(await call(owner), 'RESULT')
  })

  it('R39: who somebody is is asked by crossbar’s signature (realm, authid, details), and answered with a role or a dictionary', async () => {
    const who = await component(
      (question) => {
        const [realm, authid, details] = question as unknown as [string, string, Answer]
        if (details['ticket'] !== 'open-sesame') return false
        assert.equal(realm, 'home')
        return authid === 'plain'
          ? 'made'
          : { realm: 'home', authid: 'renamed', role: 'made', extra: { since: 2030 } }
      },
      { uri: 'com.example.who', authid: 'who', secret: 'ticket-of-who' },
    )
    const join = async (authid: string, secret: string): Promise<Wire> => {
      const client = await house.connect()
      open.push(client)
      const roles = { caller: {} }
      await client.ask([1, 'home', { roles, authmethods: ['ticket'], authid }])
      return client.ask([5, secret, {}])
    }
    const [plain, dictionary, wrong] = [
      await join('plain', 'open-sesame'),
      await join('other', 'open-sesame'),
      await join('plain', 'wrong'),
    ]
    const of = ([, , details]: Wire): unknown[] => {
      const { authid, authrole, authextra } = details as Record<string, unknown>
      return [authid, authrole, authextra]
    }
    assert.deepEqual(of(plain).slice(0, 2), ['plain', 'made'])
    assert.deepEqual(of(dictionary), ['renamed', 'made', { since: 2030 }])
    assert.deepEqual([wrong[0], wrong[2]], [3, 'wamp.error.authentication_denied'])
    assert.deepEqual(
      who.asked.map((question) => {
        const [realm, authid, details] = question as unknown as [string, string, Answer]
        return [realm, authid, details['authmethod']]
      }),
      [
        ['home', 'plain', 'ticket'],
        ['home', 'other', 'ticket'],
        ['home', 'plain', 'ticket'],
      ],
    )
  })
})
