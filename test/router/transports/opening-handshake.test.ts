import assert from 'node:assert/strict'
import { connect } from 'node:net'
import {
  handshakeAnswer,
  offeredSubprotocol,
} from '../../../router/transports/opening-handshake.ts'
import { frame } from '../../support/hand-websocket.ts'
import { startOpenRouter, type OpenRouter } from '../../support/open-router.ts'
import { allRoles } from '../../support/wamp-client.ts'

const noBytes: Buffer = Buffer.alloc(0)
const key = 'dGhlIHNhbXBsZSBub25jZQ=='

describe('The opening handshake of WebSocket', () => {
  let open: OpenRouter

  before(async () => {
    open = await startOpenRouter()
  })
  after(() => open.stop())
  afterEach(() => open.dropClients())

  const right: Readonly<Record<string, string | undefined>> = {
    Host: '127.0.0.1',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Protocol': 'wamp.2.json',
  }

  /** What comes of a request, until it has come or the connection is closed. */
  const answerTo = async (
    request: string,
    {
      method = 'GET',
      behind = noBytes,
      enough = (text: string): boolean => text.includes('\r\n\r\n'),
    } = {},
  ): Promise<string> => {
    const socket = connect(open.port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(Buffer.concat([Buffer.from(`${method} /ws HTTP/1.1\r\n${request}\r\n`), behind]))
    let text = ''
    await new Promise<void>((resolve) => {
      socket.on('close', resolve)
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1')
        if (enough(text)) resolve()
      })
    })
    socket.destroy()
    return text
  }
  const headOf = (changes: Readonly<Record<string, string | undefined>> = {}): string =>
    Object.entries({ ...right, ...changes })
      .flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\r\n`]))
      .join('')

  it('is answered with the proof that it was understood (RFC 6455, 1.3)', async () => {
    const answer = await answerTo(headOf())
    assert.match(answer, /^HTTP\/1\.1 101 Switching Protocols\r\n/)
    assert.match(answer, /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/)
    assert.match(answer, /\r\nSec-WebSocket-Protocol: wamp\.2\.json\r\n/)
    assert.doesNotMatch(answer, /Sec-WebSocket-Extensions|Set-Cookie/)
  })

  it('is refused where something of it is missing or wrong, with a status that tells what', async () => {
    for (const [changes, status] of [
      [{ 'Sec-WebSocket-Key': undefined }, 400],
      [{ 'Sec-WebSocket-Key': 'short' }, 400],
      [{ 'Sec-WebSocket-Key': `${key}=` }, 400],
      [{ Upgrade: 'h2c' }, 400],
      [{ 'Sec-WebSocket-Version': undefined }, 426],
      [{ 'Sec-WebSocket-Version': '8' }, 426],
      [{ 'Sec-WebSocket-Protocol': undefined }, 400],
      [{ 'Sec-WebSocket-Protocol': 'mqtt' }, 400],
      [{ 'Sec-WebSocket-Protocol': 'wamp.2.json,' }, 400],
      [{ 'Sec-WebSocket-Protocol': 'wamp.2.json, wamp.2.json' }, 400],
      [{ 'Sec-WebSocket-Protocol': 'wamp.2.json, a b' }, 400],
    ] as const) {
      const answer = await answerTo(headOf(changes))
      assert.equal(answer.slice(0, 12), `HTTP/1.1 ${status}`, JSON.stringify(changes))
      assert.equal(answer.includes('\r\nSec-WebSocket-Version: 13\r\n'), status === 426)
    }
    assert.match(await answerTo(headOf(), { method: 'POST' }), /^HTTP\/1\.1 405 /)
  })

  it('may have its Upgrade in any case, and the subprotocols in more than one header', async () => {
    const twice = 'mqtt\r\nSec-WebSocket-Protocol: wamp.2.cbor'
    const answer = await answerTo(headOf({ Upgrade: 'WebSocket', 'Sec-WebSocket-Protocol': twice }))
    assert.match(answer, /\r\nSec-WebSocket-Protocol: wamp\.2\.cbor\r\n/)
  })

  it('may have frames behind it, which are taken', async () => {
    const hello = Buffer.from(JSON.stringify([1, 'realm1', { roles: allRoles }]))
    const enough = (text: string): boolean => text.includes('authrole')
    assert.match(await answerTo(headOf(), { behind: frame(1, hello), enough }), /\[2,\d+,\{/)
  })

  it('offers subprotocols in the order of the client’s wish', () => {
    assert.equal(offeredSubprotocol('wamp.2.json')?.name, 'wamp.2.json')
    assert.equal(offeredSubprotocol('mqtt , wamp.2.cbor,wamp.2.json')?.name, 'wamp.2.cbor')
    assert.equal(offeredSubprotocol('WAMP.2.JSON'), undefined)
    assert.equal(offeredSubprotocol(''), undefined)
  })

  it('is answered with a cookie where one is given', () => {
    const request = { headers: { 'sec-websocket-key': key } } as Parameters<
      typeof handshakeAnswer
    >[0]
    assert.match(
      handshakeAnswer(request, 'wamp.2.json', 'a=b; Path=/'),
      /\r\nSet-Cookie: a=b; Path=\/\r\n\r\n$/,
    )
  })
})
