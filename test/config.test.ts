import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { ConfigError, loadConfig, parseConfig } from '../config.ts'
import { firstConfig } from '../data-folder.ts'

/** The problems that a configuration has. */
function problems(text: string): readonly string[] {
  try {
    parseConfig(text, 'test.yaml')
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.problems
  }
  return []
}

const realm = 'realms: [{ uri: home, authmethods: [ticket] }]'

describe('a configuration', () => {
  it('has a default for all but the realms', () => {
    const config = parseConfig(realm, 'test.yaml')
    assert.deepEqual(config.listen, {})
    assert.equal(config.store, 'sqlite')
    assert.equal(config.log.level, 'info')
    assert.deepEqual(config.realms[0], {
      uri: 'home',
      authmethods: ['ticket'],
      shutdown: 'goodbye',
      strictUris: false,
      tolerate: {
        unannouncedFeatures: true,
        progressWithoutCanceling: true,
        requestIdGaps: true,
      },
      topics: [],
      messagesPerSecond: {},
      principals: [],
      resumption: true,
      rules: [],
    })
  })

  it('may be JSON', () => {
    const config = parseConfig('{"realms":[{"uri":"a","authmethods":["anonymous"]}]}', 'a.json')
    assert.equal(config.realms[0]?.uri, 'a')
  })

  it('as a new data folder gets it can be used', () => {
    assert.equal(parseConfig(firstConfig, 'first').realms[0]?.shutdown, 'close')
  })

  it('of the open router can be used', async () => {
    const file = new URL('../bench/open.yaml', import.meta.url)
    const config = parseConfig(await readFile(file, 'utf8'), 'open.yaml')
    assert.deepEqual(config.listen.websocket, {
      host: '127.0.0.1',
      port: 8080,
      path: '/ws',
      origins: [],
      longpoll: '/lp',
    })
    assert.deepEqual(config.listen.rawsocket, { host: '127.0.0.1', port: 8081 })
    assert.equal(config.realms[0]?.uri, 'realm1')
  })

  it('that is not there is said to be missing, by its name', async () => {
    await assert.rejects(loadConfig('/nowhere/latchkey.yaml'), (error) => {
      assert.ok(error instanceof ConfigError)
      assert.match(error.message, /\/nowhere\/latchkey\.yaml.*\n.*there is no such file/)
      return true
    })
  })

  it('that is no YAML is refused with the line', () => {
    assert.match(problems('realms:\n  - uri: "home').join(), /^line \d: /)
  })

  const wrong: readonly [title: string, text: string, problem: RegExp][] = [
    [
      'an unknown key',
      `${realm}\nlisten: { websockt: {} }`,
      /line 2: listen\.websockt is no key: allowed are websocket, rawsocket/,
    ],
    [
      'a port that is none',
      `${realm}\nlisten: { websocket: { port: 70000 } }`,
      /listen\.websocket\.port was 70000.*65535/,
    ],
    ['a missing key', 'listen: {}', /realms is missing/],
    ['no realm', 'realms: []', /realms was an empty list: allowed is 1 in the list or more/],
    [
      'an unknown method',
      'realms: [{ uri: a, authmethods: [password] }]',
      /realms\.0\.authmethods\.0 was "password": allowed is ticket, wampcra, wamp-scram, scram, cryptosign, tls, cookie, anonymous/,
    ],
    [
      'a realm that is no URI',
      'realms: [{ uri: "a b", authmethods: [ticket] }]',
      /realms\.0\.uri was "a b"/,
    ],
    [
      'two realms of one name',
      'realms: [{ uri: a, authmethods: [ticket] }, { uri: a, authmethods: [ticket] }]',
      /realms\.1\.uri was "a"/,
    ],
    [
      'a page for a realm that is not there',
      `${realm}\nconsole: { realm: car, issuer: "http://localhost:1", clientId: x }`,
      /console\.realm was "car": allowed are the realms home/,
    ],
    [
      'an authenticator that is asked in a realm that is not there',
      'realms: [{ uri: a, authmethods: [ticket], authenticator: { procedure: a.b, realm: b, role: x, methods: [ticket] } }]',
      /realms\.0\.authenticator\.realm was "b": allowed are the realms a$/,
    ],
    [
      'authenticators that are asked by one procedure and are of two roles',
      'realms: [{ uri: a, authmethods: [ticket], principals: [{ authid: y, role: x, ticket: t }, { authid: w, role: z, ticket: t }], authenticator: { procedure: a.b, role: x, methods: [ticket] } }, { uri: b, authmethods: [ticket], authenticator: { procedure: a.b, realm: a, role: z, methods: [ticket] } }]',
      /realms\.1\.authenticator\.role was "z": allowed for a\.b in a is x$/,
    ],
    [
      'an authenticator that nobody could be in the realm where it is asked',
      'realms: [{ uri: a, authmethods: [ticket], authenticator: { procedure: a.b, realm: b, role: x, methods: [ticket] } }, { uri: b, authmethods: [ticket], principals: [{ authid: y, role: z, ticket: t }] }]',
      /realms\.0\.authenticator\.role was "x": allowed in b is z$/,
    ],
    [
      'a key of the router by which a component joins, in whatever realm',
      'realms: [{ uri: a, authmethods: [cryptosign], routerKey: "0707070707070707070707070707070707070707070707070707070707070707" }, { uri: b, authmethods: [cryptosign], principals: [{ authid: y, role: z, publicKey: ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c }] }]',
      /realms\.0\.routerKey was that of "y": allowed is one that nobody joins by$/,
    ],
    [
      'a component that poses as a person',
      'realms: [{ uri: a, authmethods: [ticket], principals: [{ authid: x, role: person, ticket: 0123456789abcdef }] }]',
      /realms\.0\.principals\.0\.role was "person"/,
    ],
    [
      'a component without a proof',
      'realms: [{ uri: a, authmethods: [ticket], principals: [{ authid: x, role: bridge }] }]',
      /principals\.0 .*one of ticket, ticketSha256, publicKey, wampcra, scram and certificate is needed/,
    ],
    [
      'a key of the wrong length',
      'realms: [{ uri: a, authmethods: [cryptosign], principals: [{ authid: x, role: b, publicKey: ab }] }]',
      /publicKey was "ab".*64 lower-case hex digits/,
    ],
    [
      'a rate for nobody',
      'realms: [{ uri: a, authmethods: [ticket], messagesPerSecond: { people: 5 } }]',
      /realms\.0\.messagesPerSecond/,
    ],
    [
      'two components of one name',
      'realms: [{ uri: a, authmethods: [ticket], principals: [{ authid: x, role: b, ticket: 0123456789abcdef }, { authid: x, role: b, ticket: 0123456789abcdef }] }]',
      /realms\.0\.principals: principal "x": authid is there twice/,
    ],
    [
      'a ticket that looks like a code',
      'realms: [{ uri: a, authmethods: [ticket], principals: [{ authid: x, role: b, ticket: lk_0123456789abcdef }] }]',
      /realms\.0\.principals: principal "x": ticket looks like a provisioning code/,
    ],
    [
      'a rule for people, whom grants decide',
      'realms: [{ uri: a, authmethods: [ticket], rules: [{ role: person, uri: x, allow: {} }] }]',
      /realms\.0\.rules\.0\.role was "person" \(decided by grants/,
    ],
    [
      'a rule for a role that nobody has',
      'realms: [{ uri: a, authmethods: [anonymous], rules: [{ role: admin, uri: x, allow: {} }] }]',
      /realms\.0\.rules\.0\.role was "admin": allowed is anonymous/,
    ],
    [
      'a rule for what is no URI',
      'realms: [{ uri: a, authmethods: [anonymous], rules: [{ role: anonymous, uri: x..y, allow: {} }] }]',
      /realms\.0\.rules\.0\.uri was "x\.\.y"/,
    ],
    [
      'a congestion beyond the end',
      `${realm}\nlimits: { congestedBytes: 9000000 }`,
      /limits\.congestedBytes was 9000000: allowed is at most pendingBytes, 4194304/,
    ],
    [
      'a congestion that one tick of answers could be',
      `${realm}\nlimits: { congestedBytes: 100000 }`,
      /limits\.congestedBytes was 100000: allowed is at least the sum of batchBytes and 131072, \d+/,
    ],
    ['an alias, which could be a bomb or a circle', 'realms: &a [*a]', /aliases .* not allowed/],
    [
      'nowhere to listen and nothing kept',
      `${realm}\nstore: memory\nlisten: {}`,
      /listen was empty: allowed is websocket, rawsocket or both/,
    ],
    [
      'a RawSocket that is both',
      `${realm}\nlisten: { rawsocket: { port: 1, path: /x } }`,
      /listen\.rawsocket was { port, path }: allowed is { host, port, tls } or { path }/,
    ],
    [
      'a bound of nothing',
      `${realm}\nlimits: { calls: 0 }`,
      /limits\.calls was 0: allowed is 1 or more/,
    ],
    [
      'an unknown bound',
      `${realm}\nlimits: { cals: 1 }`,
      /limits\.cals is no key: allowed are joinMs, /,
    ],
    [
      'a socket without a folder',
      `${realm}\nlisten: { rawsocket: { path: raw.sock } }`,
      /listen\.rawsocket\.path was "raw\.sock": it must be absolute/,
    ],
    [
      'a socket of the WebSocket without a folder',
      `${realm}\nlisten: { websocket: { socket: ws.sock } }`,
      /listen\.websocket\.socket was "ws\.sock": it must be absolute/,
    ],
    [
      'a key of TLS without a folder',
      `${realm}\nlisten: { rawsocket: { port: 1, tls: { key: house.key, cert: /house.crt } } }`,
      /listen\.rawsocket\.tls\.key was "house\.key": it must be absolute/,
    ],
    [
      'TLS without a certificate',
      `${realm}\nlisten: { websocket: { tls: { key: /house.key } } }`,
      /listen\.websocket\.tls\.cert is missing: allowed is text/,
    ],
    [
      'certificates of clients that nobody could sign',
      `${realm}\nlisten: { websocket: { tls: { key: /k, cert: /c, clientCertificates: require } } }`,
      /listen\.websocket\.tls\.ca is missing: without it no certificate of a client would be good/,
    ],
    [
      'a long-poll that would take the WebSocket’s path',
      `${realm}\nlisten: { websocket: { path: /wamp/ws, longpoll: /wamp } }`,
      /listen\.websocket\.longpoll was "\/wamp": allowed is a path with neither the page nor \/wamp\/ws in it/,
    ],
  ]
  for (const [title, text, problem] of wrong) {
    it(`with ${title} is refused, naming the key and what it was`, () => {
      assert.match(problems(text).join('\n'), problem)
    })
  }

  it('is refused with all its problems at once', () => {
    assert.equal(problems(`${realm}\nstore: paper\nlog: { level: loud }`).length, 2)
  })

  it('never repeats a ticket in a problem', () => {
    const found = problems(
      'realms: [{ uri: a, authmethods: [ticket], principals: [{ authid: x, role: b, ticket: [hunter2], scram: { salt: AAAAAAAAAAA=, iterations: 1, memory: 64, storedKey: hunter2, serverKey: hunter2 }, wampcra: { key: hunter2? } }] }]',
    )
    assert(found.length >= 4, found.join('\n'))
    assert.doesNotMatch(found.join(), /hunter2/)
  })
})
