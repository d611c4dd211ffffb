import assert from 'node:assert/strict'
import { pino } from 'pino'
import { parseConfig } from '../../config.ts'
import { startServer, type RunningServer } from '../../server.ts'
import { allRoles, WampClient, type Wire } from '../support/wamp-client.ts'

const logger = pino({ level: 'silent' })

const configuration = `
listen: { websocket: { host: 127.0.0.1, port: 0 } }
store: memory
realms:
  - uri: house
    authmethods: [anonymous, ticket]
    accounting: all
    principals:
      - { authid: judge, role: judge, ticket: ticket-of-the-judge }
      - { authid: lamp, role: lamp, ticket: ticket-of-the-lamp }
    rules:
      - { role: lamp, uri: '', match: prefix, allow: { call: true, register: true, subscribe: true, publish: true } }
    authorizer: { procedure: house.may, role: judge, decides: [anonymous] }
    schemas:
      switch: { args: { type: array, prefixItems: [{ type: boolean }], minItems: 1 } }
    payloads:
      - { uri: lamp., match: prefix, call: switch }
    definitions:
      - { uri: lamp.switch, type: procedure, text: switches the lamp }
`

describe('Authorization by configuration', () => {
  let server: RunningServer
  const clients: WampClient[] = []

  before(async () => {
    server = await startServer(parseConfig(configuration, 'test.yaml'), { logger })
  })
  after(async () => {
    for (const client of clients) client.drop()
    await server.close()
  })

  const connect = async (): Promise<WampClient> => {
    const client = await WampClient.webSocket(`ws://127.0.0.1:${server.port}/ws`)
    clients.push(client)
    return client
  }
  const component = async (name: string): Promise<WampClient> => {
    const client = await connect()
    const hello = { roles: allRoles, authmethods: ['ticket'], authid: name }
    assert.equal((await client.ask([1, 'house', hello]))[0], 4)
    assert.equal((await client.ask([5, `ticket-of-the-${name}`, {}]))[0], 2)
    return client
  }
  const guest = async (): Promise<WampClient> => {
    const client = await connect()
    await client.join('house', { authmethods: ['anonymous'] })
    return client
  }
  /** Answers all that it is asked with what `by` says, and keeps the questions. */
  const judging = async (by: (uri: string) => unknown): Promise<{ asked: Wire[] }> => {
    const judge = await component('judge')
    await judge.register('house.may')
    const asked: Wire[] = []
    judge.intercept = ([type, invocation, , , args]) => {
      if (type !== 68) return false
      asked.push(args as Wire)
      judge.send([70, invocation, {}, [by(String((args as Wire)[1]))]])
      return true
    }
    return { asked }
  }

  it('asks the authorizer of the configuration about its roles, validates payloads, describes, and records everything', async () => {
    const { asked } = await judging((uri) => uri === 'lamp.switch' || uri.startsWith('wamp.'))
    const lamp = await component('lamp')
    await lamp.register('lamp.switch')
    lamp.echo()
    const anybody = await guest()
    assert.deepEqual((await anybody.ask([48, 1, {}, 'lamp.switch', [true]]))[3], [true])
    assert.equal(
      (await anybody.ask([48, 2, {}, 'lamp.open', [true]]))[4],
      'wamp.error.not_authorized',
    )
    assert.equal(
      (await anybody.ask([48, 3, {}, 'lamp.switch', ['x']]))[4],
      'wamp.error.invalid_argument',
    )
    assert.deepEqual(
      asked.map(([details, uri, action]) => [
        (details as { authrole: string }).authrole,
        uri,
        action,
      ]),
      ['lamp.switch', 'lamp.open', 'lamp.switch'].map((uri) => ['anonymous', uri, 'call']),
    )
    const [, , , [described]] = (await lamp.ask([
      48,
      4,
      {},
      'wamp.reflection.procedure.describe',
      ['lamp.switch'],
    ])) as [number, number, object, unknown[]]
    assert.deepEqual(described, {
      uri: 'lamp.switch',
      type: 'procedure',
      text: 'switches the lamp',
    })
    const records = async (): Promise<string[]> =>
      (await server.ecosystems.audit.list({ limit: 100 }))
        .filter(({ target }) => target.startsWith('lamp.'))
        .map(
          ({ actor, action, target, outcome }) =>
            `${actor.split(':')[0]} ${action} ${target} ${outcome}`,
        )
    const found = await records()
    for (const expected of [
      'component register lamp.switch allow',
      'anonymous call lamp.switch allow',
      'anonymous call lamp.open deny',
    ]) {
      assert.ok(found.includes(expected), `${expected} is not among ${found.join(', ')}`)
    }
  })

  it('accounts for who asked for which action on what, allowed or denied, and tells of denials by wamp.session.on_authorization_denied', async () => {
    const lamp = await component('lamp')
    await lamp.subscribe('wamp.session.on_authorization_denied')
    const judge = await component('judge')
    assert.equal((await lamp.ask([16, 1, { acknowledge: true }, 'lamp.accounted']))[0], 17)
    assert.equal((await judge.ask([32, 1, {}, 'lamp.accounted']))[4], 'wamp.error.not_authorized')
    const [, , , , [details, uri, action]] = (await lamp.next()) as [
      number,
      number,
      number,
      object,
      [Record<string, unknown>, string, string],
    ]
    assert.deepEqual(
      [details['authid'], details['authrole'], uri, action],
      ['judge', 'judge', 'lamp.accounted', 'subscribe'],
    )
    const records = await server.ecosystems.audit.list({ limit: 100 })
    assert.deepEqual(
      records
        .filter(({ target }) => target === 'lamp.accounted')
        .map(({ realm, actor, action: asked, outcome }) => [realm, actor, asked, outcome].join(' '))
        .toSorted((a, b) => a.localeCompare(b)),
      ['house component:judge subscribe deny', 'house component:lamp publish allow'],
    )
  })

  it('lets no pattern of who may do everything reach names of the router: neither calls of them nor their events', async () => {
    const lamp = await component('lamp')
    assert.equal((await lamp.ask([64, 1, { match: 'prefix' }, '']))[0], 65)
    assert.equal((await lamp.ask([64, 2, { match: 'wildcard' }, '..get']))[0], 65)
    const [, , subscription] = await lamp.ask([32, 3, { match: 'prefix' }, ''])
    assert.ok(subscription)
    const caller = await component('lamp')
    const types = [
      'latchkey.status.get',
      'latchkey.nobody.get',
      'wamp.nobody.get',
      'nobody.knows.get',
    ]
    const answers: unknown[] = []
    for (const [i, uri] of types.entries()) {
      caller.send([48, i + 1, {}, uri])
      if (uri === 'nobody.knows.get') break
      answers.push((await caller.next())[4])
    }
    const denied = 'wamp.error.not_authorized'
    assert.deepEqual(answers, [denied, denied, 'wamp.error.no_such_procedure'])
    const [type, , , details] = await lamp.next()
    assert.equal(type, 68)
    assert.equal((details as { procedure: string }).procedure, 'nobody.knows.get')
    const realm = server.router.realm('house')
    realm?.broker.announce('latchkey.secret', ['secret'])
    realm?.broker.announce('open', ['open'])
    assert.deepEqual((await lamp.next()).slice(4), [['open']])
  })
})

describe('A configuration of who decides', () => {
  const problems = (more: string): string => {
    const text = `realms: [{ uri: house, authmethods: [anonymous], ${more} }]`
    try {
      parseConfig(text, 'test.yaml')
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  const cases: readonly (readonly [string, string, RegExp])[] = [
    [
      'whose authorizer is a name of the router',
      'authorizer: { procedure: wamp.may, role: judge, decides: [anonymous] }',
      /realms\.0\.authorizer\.procedure was "wamp\.may": allowed is a name that is not under wamp, latchkey or user/,
    ],
    [
      'whose authorizer decides for itself',
      'authorizer: { procedure: a.may, role: judge, decides: [judge] }',
      /authorizer\.decides\.0 was "judge" \(the role of the authorizer itself\): allowed is another role/,
    ],
    [
      'whose authorizer decides for people',
      'authorizer: { procedure: a.may, role: judge, decides: [person] }',
      /authorizer\.decides\.0 was "person" \(decided by grants\): allowed is another role/,
    ],
    [
      'whose authorizer has a role of the router',
      'authorizer: { procedure: a.may, role: operator, decides: [anonymous] }',
      /authorizer\.role was "operator": allowed is any role but person/,
    ],
    [
      'whose authorizer has a role that nobody can have',
      'authorizer: { procedure: a.may, role: juge, decides: [anonymous] }, principals: [{ authid: j, role: judge, ticket: t }]',
      /realms\.0\.authorizer\.role was "juge": allowed is anonymous, judge/,
    ],
    [
      'whose authorizer decides for a role that nobody can have',
      'authorizer: { procedure: a.may, role: judge, decides: [gest] }, principals: [{ authid: j, role: judge, ticket: t }]',
      /realms\.0\.authorizer\.decides\.0 was "gest": allowed is anonymous, judge/,
    ],
    [
      'with a schema that is none',
      'schemas: { state: { args: { type: lamp } } }',
      /realms\.0\.schemas\.state\.args: schema is invalid: data\/type must be/,
    ],
    [
      'with a word that schemas do not have',
      'schemas: { state: { args: { tpye: array } } }',
      /schemas\.state\.args: strict mode: unknown keyword: "tpye"/,
    ],
    [
      'with a schema that refers to another place',
      'schemas: { state: { args: { $ref: "http://localhost/lamp.json" } } }',
      /schemas\.state\.args: can't resolve reference http:\/\/localhost\/lamp\.json/,
    ],
    [
      'with a schema that answers later',
      'schemas: { state: { args: { $async: true } } }',
      /schemas\.state\.args: \$async is not allowed/,
    ],
    [
      'with a schema that is too long',
      `schemas: { state: { args: { title: ${'x'.repeat(70_000)} } } }`,
      /schemas\.state\.args has 700\d\d characters, allowed are 65536/,
    ],
    [
      'with a payload of no schema',
      'payloads: [{ uri: lamp.switch, call: switch }]',
      /realms\.0\.payloads\.0: there is no schema "switch"/,
    ],
    [
      'with a payload of what is no URI',
      'payloads: [{ uri: lamp..switch }]',
      /realms\.0\.payloads\.0\.uri was "lamp\.\.switch": a component of the URI is empty/,
    ],
    [
      'with two definitions of one name',
      'definitions: [{ uri: a, type: topic }, { uri: a, type: topic }]',
      /realms\.0\.definitions\.1 was topic "a": it is described before/,
    ],
    [
      'with a rule that denies by another name',
      "rules: [{ role: anonymous, uri: a, allow: {}, denial: 'no' }]",
      /realms\.0\.rules\.0\.denial was "?no"?: allowed .*not_authorized.*authorization_denied.*authorization_required/,
    ],
    [
      'with a trust level below 0',
      'rules: [{ role: anonymous, uri: a, allow: {}, trustlevel: -1 }]',
      /realms\.0\.rules\.0\.trustlevel was -1/,
    ],
  ]
  for (const [title, more, problem] of cases) {
    it(`${title} is refused, naming the key and what it was`, () => {
      assert.match(problems(more), problem)
    })
  }
})
