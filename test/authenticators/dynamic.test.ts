import assert from 'node:assert/strict'
import { deriveCraKey } from '../../authenticators/wampcra-keys.ts'
import { parseConfig } from '../../config.ts'
import { startServer, type RunningServer } from '../../server.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { ClientKey, craSignature, type Extra } from '../support/proofs.ts'
import { allRoles, WampClient, type Wire } from '../support/wamp-client.ts'

type Details = Readonly<Record<string, unknown>>
type Question = readonly [realm: string, authid: string | null, details: Details]

const procedure = 'com.example.authenticate'

const text = `listen: { websocket: { host: 127.0.0.1, port: 0 } }
store: memory
log: { level: silent }
realms:
  - uri: house
    authmethods: [ticket, wampcra, cryptosign, anonymous]
    principals:
      - { authid: judge, role: authenticator, ticket: ticket-of-judge }
      - { authid: poser, role: poser, ticket: ticket-of-poser }
      - { authid: known, role: visitor, ticket: ticket-of-known }
    authenticator: { procedure: ${procedure}, role: authenticator, methods: [ticket, wampcra, cryptosign], timeoutMs: 1000 }
    rules:
      - { role: authenticator, uri: com.example, match: prefix, allow: { register: true } }
      - { role: poser, uri: com.example, match: prefix, allow: { register: true } }
  - uri: annexe
    authmethods: [ticket]
    authenticator: { procedure: ${procedure}, realm: house, role: authenticator, methods: [ticket] }
  - uri: lodge
    authmethods: [ticket]
    tellUnknownPrincipals: true
    authenticator: { procedure: ${procedure}, realm: house, role: authenticator, methods: [ticket] }`

describe('A dynamic authenticator', () => {
  const clock = new ManualClock()
  let server: RunningServer
  let clients: WampClient[]
  let asked: Question[]

  before(async () => {
    server = await startServer(parseConfig(text, 'the test'), { clock })
  })
  after(() => server.close())
  beforeEach(() => {
    clients = []
    asked = []
  })
  afterEach(async () => {
    for (const client of clients) {
      client.drop()
      await client.closed
    }
    const house = server.router.realm('house')
    while ((house?.sessions.size ?? 0) > 0) await new Promise(setImmediate)
  })

  async function connect(): Promise<WampClient> {
    const client = await WampClient.webSocket(`ws://127.0.0.1:${server.port}/ws`)
    clients.push(client)
    return client
  }

  /** HELLO and, if there is a challenge, AUTHENTICATE. */
  async function joinBy(
    method: string,
    authid: string | undefined,
    sign: (extra: Extra) => string,
    {
      realm = 'house',
      authextra,
      roles = allRoles,
    }: { realm?: string; authextra?: Details; roles?: Details } = {},
  ): Promise<{ client: WampClient; answer: Wire }> {
    const client = await connect()
    const details = {
      roles,
      authmethods: [method],
      ...(authid !== undefined && { authid }),
      ...(authextra !== undefined && { authextra }),
    }
    const answer = await client.ask([1, realm, details])
    if (answer[0] !== 4) return { client, answer }
    return { client, answer: await client.ask([5, sign(answer[2] as Extra), {}]) }
  }

  const byTicket = (authid: string, ticket: string, realm?: string) =>
    joinBy('ticket', authid, () => ticket, realm === undefined ? {} : { realm })

  /** The component; what it answers a question with: arguments, an ERROR's URI, or nothing. */
  async function judge(
    decide: (question: Question) => unknown[] | string | undefined,
    { as = 'judge', options = {}, features = {} } = {},
  ): Promise<WampClient> {
    const roles = { ...allRoles, callee: { features } }
    const { client, answer } = await joinBy('ticket', as, () => `ticket-of-${as}`, { roles })
    assert.equal(answer[0], 2)
    assert.equal((await client.ask([64, 1, options, procedure]))[0], 65)
    client.intercept = (message) => {
      if (message[0] !== 68) return message[0] === 69
      const question = message[4] as Question
      asked.push(question)
      const decided = decide(question)
      if (Array.isArray(decided)) client.send([70, message[1], {}, decided])
      else if (decided !== undefined) client.send([8, 68, message[1], {}, decided])
      return true
    }
    return client
  }

  const outcome = ({ answer }: { answer: Wire }): unknown => {
    if (answer[0] !== 2) return answer[2]
    const { authid, authrole, authmethod, authprovider } = answer[2] as Details
    return [authid, authrole, authmethod, authprovider]
  }

  const denied = 'wamp.error.authentication_denied'
  const failed = 'wamp.error.authentication_failed'

  it('is asked about tickets that the configuration does not know, and not about those that it knows', async () => {
    await judge(([, , { ticket }]) => [ticket === 'good' ? 'visitor' : null])
    assert.deepEqual(outcome(await byTicket('guest', 'good')), [
      'guest',
      'visitor',
      'ticket',
      'dynamic',
    ])
    assert.equal(outcome(await byTicket('guest', 'bad')), denied)
    assert.equal(asked.length, 2)
    assert.equal(outcome(await byTicket('known', 'good')), denied)
    assert.equal(Array.isArray(outcome(await byTicket('known', 'ticket-of-known'))), true)
    assert.equal(asked.length, 2)
    const [realm, authid, { authmethod, session, transport, ticket }] = asked[0] as Question
    assert.deepEqual([realm, authid, authmethod, ticket], ['house', 'guest', 'ticket', 'good'])
    assert(Number.isSafeInteger(session))
    assert.deepEqual(transport, { auth: {}, type: 'websocket', peer: '127.0.0.1' })
  })

  it('gives the secret of a name for wampcra, plain, salted or derived; no answer of its looks like an unknown name', async () => {
    const key = await deriveCraKey('sesame', { salt: 's', keylen: 32, iterations: 10 })
    await judge(([, authid]) => {
      if (authid === 'plain') return [{ role: 'visitor', secret: 'sesame' }]
      if (authid === 'salted')
        return [{ role: 'visitor', secret: 'sesame', salt: 's', iterations: 10 }]
      if (authid === 'derived') return [{ role: 'visitor', key, salt: 's', iterations: 10 }]
      return [null]
    })
    const by = (authid: string) =>
      joinBy('wampcra', authid, (extra) => craSignature('sesame', extra))
    assert.deepEqual(outcome(await by('plain')), ['plain', 'visitor', 'wampcra', 'dynamic'])
    assert.deepEqual(outcome(await by('salted')), ['salted', 'visitor', 'wampcra', 'dynamic'])
    assert.deepEqual(outcome(await by('derived')), ['derived', 'visitor', 'wampcra', 'dynamic'])
    assert.equal(outcome(await by('nobody')), denied)
  })

  it('says whose key it is for cryptosign, after the key was proven', async () => {
    const key = new ClientKey()
    await judge(([, , { authextra }]) =>
      (authextra as Details)['pubkey'] === key.publicKey
        ? [{ role: 'visitor', authid: 'key-holder' }]
        : 'com.example.unknown_key',
    )
    const by = (client: ClientKey, signing = client) =>
      joinBy('cryptosign', undefined, (extra) => signing.answer(extra), {
        authextra: { pubkey: client.publicKey },
      })
    assert.deepEqual(outcome(await by(key)), ['key-holder', 'visitor', 'cryptosign', 'dynamic'])
    assert.equal(outcome(await by(new ClientKey())), denied)
    assert.equal(asked.length, 2)
    assert.equal(outcome(await by(key, new ClientKey())), denied)
    assert.equal(asked.length, 2, 'a wrong proof is not worth a question')
  })

  it('says no by null, by false, by nothing and by an error of its own; what is broken is authentication_failed', async () => {
    const answers = new Map<string, unknown[] | string>([
      ['null', [null]],
      ['false', [false]],
      ['nothing', []],
      ['own', 'com.example.no'],
      ['denied', denied],
      ['principal', 'wamp.error.no_such_principal'],
      ['runtime', 'wamp.error.runtime_error'],
      ['argument', 'wamp.error.invalid_argument'],
      ['number', [7]],
      ['list', [[]]],
      ['true', [true]],
      ['no role', [{ authid: 'x' }]],
      ['empty', ['']],
    ])
    await judge(([, authid]) => answers.get(authid ?? ''))
    const found = new Map<string, unknown>()
    for (const name of answers.keys()) found.set(name, outcome(await byTicket(name, 'any')))
    assert.deepEqual(
      [...found].filter(([, uri]) => uri === denied).map(([name]) => name),
      ['null', 'false', 'nothing', 'own', 'denied', 'principal'],
    )
    assert.deepEqual(
      [...found].filter(([, uri]) => uri === failed).map(([name]) => name),
      ['runtime', 'argument', 'number', 'list', 'true', 'no role', 'empty'],
    )
  })

  it('cannot let anybody pass for a party of the router’s own or of the configuration, nor into another realm', async () => {
    const answers: unknown[] = [
      'person',
      'device',
      'operator',
      'service',
      'provisioning',
      'anonymous',
      { role: 'visitor', authid: 'known' },
      { role: 'visitor', authid: 'judge' },
      { role: 'visitor', authid: 7 },
      { role: 'visitor', authid: 'x'.repeat(300) },
      { role: 'visitor', realm: 'annexe' },
    ]
    await judge(([, authid]) => [answers[Number(authid)]])
    for (const index of answers.keys())
      assert.equal(outcome(await byTicket(String(index), 'any')), failed)
  })

  it('is asked in another realm where the configuration says so', async () => {
    await judge(([realm]) => [realm === 'annexe' ? 'visitor' : null])
    assert.deepEqual(outcome(await byTicket('x', 'any', 'annexe')), [
      'x',
      'visitor',
      'ticket',
      'dynamic',
    ])
  })

  it('gives roles that no realm knows before: none is said not to be there', async () => {
    await judge(() => ['visitor'])
    const client = await connect()
    const details = { roles: allRoles, authmethods: ['ticket'], authid: 'guest' }
    assert.equal((await client.ask([1, 'lodge', { ...details, authrole: 'visitor' }]))[0], 4)
    assert.equal((await client.ask([5, 'any', {}]))[0], 2)
  })

  it('is nobody but a component that proved to have the role, whoever offers its procedure', async () => {
    const { client } = await byTicket('poser', 'ticket-of-poser')
    assert.equal((await client.ask([64, 1, {}, procedure]))[4], 'wamp.error.not_authorized')
    assert.equal(outcome(await byTicket('guest', 'any')), failed)
    assert.deepEqual(asked, [], 'and what was to be asked is not shown to another')
  })

  it('is not asked through a pattern, and nobody else can share its procedure or take it over', async () => {
    const { client } = await byTicket('poser', 'ticket-of-poser')
    await client.ask([64, 1, { match: 'prefix' }, 'com.example'])
    assert.equal(outcome(await byTicket('guest', 'any')), failed)
    await judge(() => ['visitor'], { options: { invoke: 'roundrobin' } })
    assert.equal(Array.isArray(outcome(await byTicket('guest', 'any'))), true)
    for (const options of [{ invoke: 'roundrobin' }, { force_reregister: true }]) {
      const refused = await client.ask([64, 2, options, procedure])
      assert.equal(refused[4], 'wamp.error.not_authorized')
    }
    assert.equal(Array.isArray(outcome(await byTicket('guest', 'any'))), true)
    assert.equal(Array.isArray(outcome(await byTicket('guest', 'any', 'annexe'))), true)
  })

  it('that is not there, leaves or says nothing in time refuses the join with authentication_failed', async () => {
    assert.equal(outcome(await byTicket('guest', 'any')), failed)
    const leaving = await judge(() => {
      leaving.drop()
      return undefined
    })
    assert.equal(outcome(await byTicket('guest', 'any')), failed)
    await judge(() => {
      // After the question has been put, and its timer set.
      setImmediate(() => clock.advance(1_001))
      return undefined
    })
    assert.equal(outcome(await byTicket('guest', 'any')), failed)
  })

  it('that is to end its calls itself, and does not, is waited for no longer', async () => {
    const options = { forward_timeout: true }
    const features = { call_timeout: true }
    await judge(() => void setImmediate(() => clock.advance(1_001)), { options, features })
    assert.equal(outcome(await byTicket('guest', 'any')), failed)
    assert.equal(asked.length, 1)
    const [session] = server.router.realm('house')?.sessions.values() ?? []
    assert.equal(session?.principal.authid, 'judge')
    assert.equal(session?.ledger.invocations.size, 0)
  })
})
