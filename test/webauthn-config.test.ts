import assert from 'node:assert/strict'
import { ConfigError, parseConfig } from '../config.ts'
import { relyingPartyOf } from '../webauthn-config.ts'

const base = 'realms: [{ uri: home, authmethods: [ticket] }]\n'

function problems(webauthn: string): readonly string[] {
  try {
    parseConfig(`${base}webauthn: ${webauthn}`, 'the test')
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.problems
  }
}

describe('whose passkeys a house takes', () => {
  it('is said by domain and origins', () => {
    const { webauthn } = parseConfig(
      `${base}webauthn: { rpId: my.house, origins: [https://my.house, https://app.my.house:8443] }`,
      'the test',
    )
    assert.deepEqual(webauthn, {
      rpId: 'my.house',
      origins: ['https://my.house', 'https://app.my.house:8443'],
      name: 'Latchkey',
    })
  })

  const refused: [string, string, RegExp][] = [
    ['an address', '{ rpId: 127.0.0.1, origins: [https://127.0.0.1] }', /webauthn\.rpId/],
    ['http elsewhere', '{ rpId: my.house, origins: [http://my.house] }', /webauthn\.origins\.0/],
    ['a path', '{ rpId: my.house, origins: [https://my.house/] }', /webauthn\.origins\.0/],
    ['no origin', '{ rpId: my.house, origins: [] }', /webauthn\.origins/],
    [
      'another domain',
      '{ rpId: my.house, origins: [https://my.house, https://nomy.house] }',
      /webauthn\.origins\.1 was "https:\/\/nomy\.house": allowed are my\.house/,
    ],
    ['another key', '{ rpId: my.house, origins: [https://my.house], id: 1 }', /webauthn\.id/],
  ]
  for (const [what, webauthn, line] of refused)
    it(`is refused for ${what}, with the key`, () => {
      assert.match(problems(webauthn).join('\n'), line)
    })

  const websocket = { host: 'localhost', port: 8080, path: '/ws', origins: [] }
  const tls = { key: '/k', cert: '/c', clientCertificates: 'none', required: true } as const

  it('follows from the address of the page, where browsers take it', () => {
    assert.deepEqual(relyingPartyOf(undefined, websocket), {
      rpId: 'localhost',
      origins: ['http://localhost:8080'],
      name: 'Latchkey',
    })
    const house = { ...websocket, host: 'my.house', port: 443, tls }
    assert.deepEqual(relyingPartyOf(undefined, house)?.origins, ['https://my.house'])
  })

  it("is nobody's where they do not, or where the address is not known", () => {
    for (const different of [
      { host: '127.0.0.1' },
      { host: '::1' },
      { host: '0.0.0.0' },
      { host: 'my.house' },
      { port: 0 },
    ])
      assert.equal(relyingPartyOf(undefined, { ...websocket, ...different }), undefined)
    assert.equal(relyingPartyOf(undefined, undefined), undefined)
  })

  it('is as configured, whatever the address', () => {
    const configured = { rpId: 'my.house', origins: ['https://my.house'], name: 'Home' }
    assert.equal(relyingPartyOf(configured, { ...websocket, port: 0 }), configured)
  })
})
