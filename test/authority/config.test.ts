import assert from 'node:assert/strict'
import { ConfigError, parseConfig } from '../../config.ts'

const digest = 'a'.repeat(64)

function problems(authority: object, websocket: object | undefined = { port: 0 }): string {
  const config = { listen: { websocket }, realms: [{ uri: 'home', authmethods: ['ticket'] }] }
  try {
    parseConfig(JSON.stringify({ ...config, authority }), 'the test')
    return ''
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.problems.join('\n')
  }
}

describe('the configuration of the authorization server', () => {
  it('needs nothing but to be there', () => {
    assert.equal(problems({}), '')
  })

  it('takes an https origin as issuer, or http on loopback', () => {
    for (const issuer of ['https://house.example', 'http://localhost:8080', 'http://[::1]:1'])
      assert.equal(problems({ issuer }), '', issuer)
    for (const issuer of [
      'http://house.example',
      'https://house.example/',
      'https://house.example/path',
      'https://house.example?x',
      'house',
    ])
      assert.match(problems({ issuer }), /authority\.issuer/, issuer)
  })

  it('needs the port of the WebSocket, and an address that others can use', () => {
    const rawsocket = { listen: { rawsocket: { port: 0 } } }
    const config = { ...rawsocket, realms: [{ uri: 'home', authmethods: ['ticket'] }] }
    assert.throws(
      () => parseConfig(JSON.stringify({ ...config, authority: {} }), 'the test'),
      /listen\.websocket is not/,
    )
    assert.match(problems({}, { host: '0.0.0.0' }), /authority\.issuer is missing/)
    assert.equal(problems({ issuer: 'https://house.example' }, { host: '0.0.0.0' }), '')
  })

  it('names each client once, by the digest of its secret', () => {
    const client = { id: 'app', name: 'App', use: 'requesting', secretSha256: digest }
    assert.equal(problems({ clients: [client] }), '')
    assert.match(problems({ clients: [client, client] }), /there is a client of that name already/)
    assert.match(problems({ clients: [{ ...client, secretSha256: 'secret' }] }), /SHA-256/)
    assert.match(problems({ clients: [{ ...client, use: 'all' }] }), /resource_server/)
  })

  it('has no bound that there is not', () => {
    assert.match(problems({ limits: { tickets: 1 } }), /tickets/)
    assert.match(problems({ limits: { ticketMs: 0 } }), /ticketMs/)
  })
})
