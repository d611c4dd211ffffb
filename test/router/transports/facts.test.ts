import assert from 'node:assert/strict'
import { describeTransport } from '../../../router/transport-description.ts'
import { alternativeNames, cookiesOf } from '../../../router/transports/facts.ts'
import { json } from '../../../router/wire/json.ts'

describe('facts of a transport', () => {
  it('take the names of a certificate apart, and no name for two', () => {
    assert.deepEqual(alternativeNames('DNS:lamp.example, URI:urn:lamp, IP Address:10.0.0.1'), [
      'DNS:lamp.example',
      'URI:urn:lamp',
      'IP Address:10.0.0.1',
    ])
    assert.deepEqual(alternativeNames('DNS:"evil.example, DNS:door.example", DNS:last'), [
      'DNS:evil.example, DNS:door.example',
      'DNS:last',
    ])
    assert.deepEqual(alternativeNames('URI:"urn:a\\",DNS:door"'), ['URI:urn:a",DNS:door'])
    assert.deepEqual(alternativeNames('DNS:"a"b, DNS:"\\q", DNS:c'), ['DNS:c'])
    assert.deepEqual(alternativeNames(''), [])
  })

  it('take cookies apart, the first of a name', () => {
    assert.deepEqual(cookiesOf('a=1; b="two"; a=3;c=x=y; ; broken'), { a: '1', b: 'two', c: 'x=y' })
    assert.deepEqual(cookiesOf('a = 1 ;b="; c=""; d d=1; e=x"y; =z;'), { a: '1', c: '' })
    const odd = cookiesOf('__proto__=x')
    assert.equal(Object.getPrototypeOf(odd), Object.prototype)
    assert.equal(Object.getOwnPropertyDescriptor(odd, '__proto__')?.value, 'x')
  })

  it('take cookies apart at once, whatever blanks and quotes there are', () => {
    const blanks = ' '.repeat(4_000)
    const before = performance.now()
    assert.deepEqual(cookiesOf(`a=${blanks}"b"c; d=${blanks}1${blanks}`), { d: '1' })
    assert.ok(performance.now() - before < 1_000)
  })

  it('are described to others without what proves who one is', () => {
    const described = describeTransport({
      serializer: json,
      peer: {
        transport: 'websocket',
        address: '127.0.0.1',
        operator: false,
        encrypted: true,
        channelBinding: () => Buffer.from('key material'),
        cookies: { session: 'secret' },
        origin: 'https://house.example',
        userAgent: 'browser',
        certificate: {
          subject: 'CN=lamp',
          fingerprint256: 'AA',
          subjectAltNames: [],
          validTo: 1,
          authorized: true,
        },
      },
    })
    assert.deepEqual(described, {
      type: 'websocket',
      protocol: 'wamp.2.json',
      peer: '127.0.0.1',
      encrypted: true,
      origin: 'https://house.example',
      user_agent: 'browser',
      certificate: { subject: 'CN=lamp' },
    })
  })
})
