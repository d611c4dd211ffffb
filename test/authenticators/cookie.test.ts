import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import WebSocket from 'ws'
import { CookieJar } from '../../authenticators/cookie-jar.ts'
import { parseConfig } from '../../config.ts'
import type { PeerFacts, Principal } from '../../router/access.ts'
import { startServer, type RunningServer } from '../../server.ts'
import { createCertificates, type TestCertificates } from '../support/certificates.ts'
import { ask } from '../support/longpoll-line.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { allRoles, type Wire } from '../support/wamp-client.ts'

type Details = Readonly<Record<string, unknown>>

const realms = `
store: memory
log: { level: silent }
limits: { cookieMs: 60000 }
realms:
  - uri: house
    authmethods: [cookie, ticket]
    principals:
      - { authid: one, role: bridge, ticket: ticket-of-one }
      - { authid: two, role: bridge, ticket: ticket-of-two }
  - uri: yard
    authmethods: [cookie, ticket]
    principals: [{ authid: one, role: bridge, ticket: ticket-of-one }]
  - uri: judged
    authmethods: [ticket]
    principals: [{ authid: judge, role: authenticator, ticket: ticket-of-judge }]
    authenticator: { procedure: com.example.authenticate, role: authenticator, methods: [ticket] }
    rules:
      - role: authenticator
        uri: com.example.authenticate
        allow: { register: true }
  - uri: street
    authmethods: [ticket]
    principals: [{ authid: one, role: bridge, ticket: ticket-of-one }]`

/** One WebSocket, as a browser opens it: with the cookies that it has, and taking what it is given. */
class Browser {
  readonly #url: string
  readonly #options: WebSocket.ClientOptions
  cookie: string | undefined
  /** The Set-Cookie header of the last answer. */
  given: string | undefined
  readonly #sockets: WebSocket[] = []

  constructor(url: string, options: WebSocket.ClientOptions = {}) {
    this.#url = url
    this.#options = options
  }

  async open(): Promise<(message: Wire) => Promise<Wire>> {
    const headers = this.cookie === undefined ? {} : { cookie: `theme=dark; ${this.cookie}` }
    const socket = new WebSocket(this.#url, 'wamp.2.json', { ...this.#options, headers })
    this.#sockets.push(socket)
    const opening = Promise.all([once(socket, 'upgrade'), once(socket, 'open')])
    const [[response]] = (await opening) as [[IncomingMessage], unknown]
    const [header, ...rest] = response.headers['set-cookie'] ?? []
    assert.deepEqual(rest, [])
    this.given = header
    if (header !== undefined) this.cookie = header.split(';', 1)[0]
    return async (message) => {
      socket.send(JSON.stringify(message))
      const [data] = (await once(socket, 'message')) as [Buffer]
      return JSON.parse(data.toString()) as Wire
    }
  }

  /** Joins; the last answer. */
  async join(authmethods: string[], ticket = '', authid = 'one', realm = 'house'): Promise<Wire> {
    const say = await this.open()
    const answer = await say([1, realm, { roles: allRoles, authmethods, authid }])
    return answer[0] === 4 ? say([5, ticket, {}]) : answer
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate()
  }
}

function identity(answer: Wire): unknown[] {
  const { authid, authrole, authmethod } = answer[2] as Details
  return [answer[0], authid, authrole, authmethod]
}

describe('A cookie', () => {
  const clock = new ManualClock()
  let server: RunningServer
  let url: string
  let browsers: Browser[]

  before(async () => {
    const config = parseConfig(
      `listen: { websocket: { host: 127.0.0.1, port: 0, longpoll: /lp } }${realms}`,
      'the test',
    )
    server = await startServer(config, { clock })
    url = `ws://127.0.0.1:${server.port}/ws`
  })
  after(async () => {
    const closing = server.close()
    // Time stands still here: nobody waits for those that do not answer.
    clock.advance(60_000)
    await closing
  })
  beforeEach(() => (browsers = []))
  afterEach(() => {
    for (const each of browsers) each.close()
  })

  function browser(): Browser {
    const made = new Browser(url)
    browsers.push(made)
    return made
  }

  it('given with the upgrade stands for whoever proved itself on that connection, and lets it in again without a proof', async () => {
    const mine = browser()
    assert.deepEqual(identity(await mine.join(['ticket'], 'ticket-of-one')), [
      2,
      'one',
      'bridge',
      'ticket',
    ])
    assert.match(
      mine.given ?? '',
      /^latchkey=[\w-]{32}; Path=\/; Max-Age=60; HttpOnly; SameSite=Strict$/,
    )
    for (let i = 0; i < 2; i++) {
      assert.deepEqual(identity(await mine.join(['cookie'])), [2, 'one', 'bridge', 'cookie'])
      assert.equal(mine.given, undefined, 'a good cookie is kept')
    }
  })

  it('that stands for nobody is passed over for the client’s next method', async () => {
    const mine = browser()
    const [type, , reason] = await mine.join(['cookie'])
    assert.deepEqual([type, reason], [3, 'wamp.error.no_matching_auth_method'])
    mine.cookie = `latchkey=${'A'.repeat(32)}`
    const join = await mine.join(['cookie', 'ticket'], 'ticket-of-one')
    assert.deepEqual(identity(join), [2, 'one', 'bridge', 'ticket'])
    assert.notEqual(mine.given, undefined, 'an unknown one is replaced')
  })

  it('of a join that failed stands for nobody, and one of another realm neither', async () => {
    const mine = browser()
    assert.equal((await mine.join(['ticket'], 'wrong'))[0], 3)
    assert.equal((await mine.join(['cookie']))[0], 3)
    await mine.join(['ticket'], 'ticket-of-one')
    assert.equal((await mine.join(['cookie'], '', 'one', 'yard'))[0], 3)
    assert.equal((await mine.join(['cookie']))[0], 2)
    const other = browser()
    await other.join(['ticket'], 'ticket-of-one', 'one', 'street')
    assert.equal((await other.join(['cookie']))[0], 3)
  })

  it('that was planted with somebody never becomes that somebody’s', async () => {
    const [thief, owner] = [browser(), browser()]
    await thief.open()
    const planted = thief.cookie
    owner.cookie = planted
    assert.equal((await owner.join(['ticket'], 'ticket-of-one'))[0], 2)
    assert.notEqual(owner.cookie, planted)
    assert.equal((await thief.join(['cookie']))[0], 3)
    // Neither does one that stands for the thief: it falls.
    await thief.join(['ticket'], 'ticket-of-two', 'two')
    owner.cookie = thief.cookie
    await owner.join(['ticket'], 'ticket-of-one')
    assert.equal((await thief.join(['cookie'], '', 'two'))[0], 3)
  })

  it('falls when somebody else joins by the same connection after a GOODBYE', async () => {
    const shared = browser()
    const say = await shared.open()
    for (const authid of ['one', 'two']) {
      await say([1, 'house', { roles: allRoles, authmethods: ['ticket'], authid }])
      assert.equal((await say([5, `ticket-of-${authid}`, {}]))[0], 2)
      assert.equal((await say([6, {}, 'wamp.close.close_realm']))[0], 6)
    }
    assert.equal((await shared.join(['cookie']))[0], 3)
  })

  it('of the application’s own proves who comes as HELLO.Details.transport.auth, which no client can write itself', async () => {
    const judge = new WebSocket(url, 'wamp.2.json')
    const said: Wire[] = []
    const answers: Record<number, (message: Wire) => Wire | undefined> = {
      4: () => [5, 'ticket-of-judge', {}],
      2: () => [64, 1, {}, 'com.example.authenticate'],
      68: (message) => {
        const [, , details] = message[4] as [string, string, { transport: { auth: Details } }]
        said.push([details.transport.auth])
        const { cookies } = details.transport.auth as { cookies?: Record<string, string> }
        return [70, message[1], {}, [cookies?.['web'] === 'good' ? { role: 'visitor' } : null]]
      },
    }
    const registered = new Promise((resolve) => {
      judge.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as Wire
        if (message[0] === 65) resolve(message)
        const answer = answers[message[0] as number]?.(message)
        if (answer !== undefined) judge.send(JSON.stringify(answer))
      })
    })
    await once(judge, 'open')
    const details = { roles: allRoles, authmethods: ['ticket'], authid: 'judge' }
    judge.send(JSON.stringify([1, 'judged', details]))
    await registered
    const transport = { auth: { cookies: { web: 'good' } } }
    for (const [cookie, type] of [
      ['web=good', 2],
      ['web=bad', 3],
      [undefined, 3],
    ] as const) {
      const mine = browser()
      await mine.join(['ticket'], 'ticket-of-one')
      mine.cookie = cookie === undefined ? undefined : `${mine.cookie}; ${cookie}`
      const say = await mine.open()
      await say([1, 'judged', { roles: allRoles, authmethods: ['ticket'], authid: 'x', transport }])
      assert.equal((await say([5, 'any', {}]))[0], type)
    }
    judge.terminate()
    assert.deepEqual(said, [
      [{ cookies: { theme: 'dark', web: 'good' } }],
      [{ cookies: { theme: 'dark', web: 'bad' } }],
      [{}],
    ])
  })

  it('is forgotten after its time, and its session ends with it', async () => {
    const mine = browser()
    await mine.join(['ticket'], 'ticket-of-one')
    clock.advance(59_999)
    assert.equal((await mine.join(['cookie']))[0], 2)
    const joined = (): number => server.router.realm('house')?.sessions.size ?? 0
    const before = joined()
    clock.advance(1)
    assert(joined() < before)
    assert.equal((await mine.join(['cookie']))[0], 3)
  })

  it('comes with the answer to long-poll’s open, and counts there too', async () => {
    const base = `http://127.0.0.1:${server.port}/lp`
    const body = JSON.stringify({ protocols: ['wamp.2.json'] })
    const join = async (cookie: string | undefined, hello: Details, more: Wire[]) => {
      const headers = cookie === undefined ? {} : { cookie }
      const opened = await ask(`${base}/open`, { body, headers })
      const { transport } = JSON.parse(opened.body.toString()) as { transport: string }
      let answer: Wire = []
      for (const message of [[1, 'house', { roles: allRoles, ...hello }], ...more]) {
        await ask(`${base}/${transport}/send`, { body: JSON.stringify(message) })
        const got = await ask(`${base}/${transport}/receive`)
        answer = JSON.parse(got.body.toString()) as Wire
      }
      return { answer, given: opened.headers['set-cookie']?.[0] }
    }
    const hello = { authmethods: ['ticket'], authid: 'one' }
    const first = await join(undefined, hello, [[5, 'ticket-of-one', {}]])
    assert.equal(first.answer[0], 2)
    assert.match(first.given ?? '', /^latchkey=[\w-]{32};.*HttpOnly; SameSite=Strict$/)
    const cookie = first.given?.split(';', 1)[0]
    const { answer } = await join(cookie, { authmethods: ['cookie'] }, [])
    assert.deepEqual(identity(answer), [2, 'one', 'bridge', 'cookie'])
  })

  it('is neither given to nor taken from a page that may connect only as any may', async () => {
    const text = `listen: { websocket: { host: 127.0.0.1, port: 0, longpoll: /lp, origins: ['*'] } }${realms}`
    const lax = await startServer(parseConfig(text, 'the test'))
    try {
      const at = `ws://127.0.0.1:${lax.port}/ws`
      const [mine, foreign] = [new Browser(at), new Browser(at, { origin: 'http://127.0.0.1:1' })]
      browsers.push(mine, foreign)
      await mine.join(['ticket'], 'ticket-of-one')
      assert.equal((await mine.join(['cookie']))[0], 2)
      assert.equal((await foreign.join(['ticket'], 'ticket-of-one'))[0], 2)
      assert.equal(foreign.cookie, undefined)
      foreign.cookie = mine.cookie
      assert.equal((await foreign.join(['cookie']))[0], 3)
      const opening = await ask(`http://127.0.0.1:${lax.port}/lp/open`, {
        body: '{"protocols":["wamp.2.json"]}',
        headers: { origin: 'http://127.0.0.1:1' },
      })
      assert.deepEqual([opening.status, opening.headers['set-cookie']], [200, undefined])
    } finally {
      await lax.close()
    }
  })

  describe('under TLS', () => {
    let files: TestCertificates
    let secure: RunningServer
    before(async () => {
      files = await createCertificates()
      const tls = `tls: { key: ${files.files.key}, cert: ${files.files.cert} }`
      const text = `listen: { websocket: { host: 127.0.0.1, port: 0, ${tls} } }${realms}`
      secure = await startServer(parseConfig(text, 'the test'))
    })
    after(async () => {
      await secure.close()
      await files.remove()
    })

    it('never leaves by a connection without', async () => {
      const ca = files.authority.cert
      const mine = new Browser(`wss://127.0.0.1:${secure.port}/ws`, { ca })
      browsers.push(mine)
      await mine.join(['ticket'], 'ticket-of-one')
      assert.match(mine.given ?? '', /; Secure$/)
      assert.deepEqual(identity(await mine.join(['cookie'])), [2, 'one', 'bridge', 'cookie'])
    })
  })
})

describe('The cookies that are remembered', () => {
  const clock = new ManualClock()
  const principal = (authid: string, more: Partial<Principal> = {}): Principal => ({
    kind: 'component',
    authid,
    authrole: 'bridge',
    authmethod: 'ticket',
    authprovider: 'static',
    ...more,
  })
  const facts = (value: string | undefined, given?: string): PeerFacts => ({
    transport: 'websocket',
    address: '',
    operator: false,
    ...(value !== undefined && { cookies: { latchkey: value } }),
    ...(given !== undefined && { givenCookie: given }),
  })

  function remembering(jar: CookieJar, who: Principal): string {
    const value = jar.issue(undefined)
    assert(value !== undefined)
    jar.remember(facts(undefined, value), 'house', who)
    return value
  }

  it('are at most so many: the oldest is forgotten', () => {
    const jar = new CookieJar({ cookies: 3, cookieMs: 1_000 }, clock)
    const values = ['a', 'b', 'c', 'd', 'e'].map((name) => remembering(jar, principal(name)))
    assert.equal(jar.size, 3)
    const found = values.map((value) => jar.principalOf(facts(value), 'house')?.authid)
    assert.deepEqual(found, [undefined, undefined, 'c', 'd', 'e'])
  })

  it('are forgotten when their party falls', () => {
    const jar = new CookieJar({ cookies: 10, cookieMs: 1_000 }, clock)
    const person = remembering(jar, principal('one', { kind: 'person' }))
    const component = remembering(jar, principal('one'))
    jar.forget({ kind: 'person', authid: 'one' })
    assert.equal(jar.principalOf(facts(person), 'house'), undefined)
    assert.equal(jar.principalOf(facts(component), 'house')?.authid, 'one')
  })

  it('never outlive the proof that they stand for', () => {
    const jar = new CookieJar({ cookies: 10, cookieMs: 10_000 }, clock)
    const expiresAt = clock.now() + 500
    const value = remembering(jar, principal('one', { expiresAt }))
    assert.equal(jar.principalOf(facts(value), 'house')?.expiresAt, expiresAt)
    clock.advance(500)
    assert.equal(jar.principalOf(facts(value), 'house'), undefined)
  })

  it('do not prolong themselves: what joined by a cookie is not remembered anew', () => {
    const jar = new CookieJar({ cookies: 10, cookieMs: 10_000 }, clock)
    const value = jar.issue(undefined)
    jar.remember(facts(undefined, value), 'house', principal('one', { authmethod: 'cookie' }))
    assert.equal(jar.size, 0)
  })
})
