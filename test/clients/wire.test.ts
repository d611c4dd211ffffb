import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { Connection } from '../../clients/connection.ts'
import { ticket } from '../../clients/credential.ts'
import { webSocketClass } from '../../clients/websocket.ts'
import { States } from './states.ts'

const features = { roles: { broker: { features: {} }, dealer: { features: {} } } }
const welcome = JSON.stringify([2, 1, features])

/** Answers each message of a client with what is given for its type, in this order. */
type Script = Readonly<Record<number, readonly (string | Buffer)[]>>

describe('a client of a router that is out of its mind', () => {
  let server: WebSocketServer
  let client: Connection | undefined
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)

  before(() => process.on('unhandledRejection', note))
  after(() => process.off('unhandledRejection', note))

  beforeEach(async () => {
    server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      handleProtocols: () => 'wamp.2.json',
    })
    await once(server, 'listening')
  })

  afterEach(async () => {
    await client?.close()
    for (const socket of server.clients) socket.terminate()
    server.close()
    assert.deepEqual(unhandled.splice(0), [])
  })

  /** The first connection meets the script, those after it a router in its right mind. */
  function follow(script: Script): void {
    let first = true
    server.on('connection', (socket: WebSocket) => {
      const answers = first ? script : {}
      first = false
      socket.on('message', (data: Buffer) => {
        const [type, request] = JSON.parse(data.toString()) as [number, number]
        const sane: Script = {
          1: [welcome],
          6: [JSON.stringify([6, {}, 'wamp.close.goodbye_and_out'])],
          32: [JSON.stringify([33, request, 7])],
          48: [JSON.stringify([50, request, {}, ['well']])],
        }
        for (const answer of answers[type] ?? sane[type] ?? []) socket.send(answer)
      })
    })
  }

  function connect(states: States): Connection {
    const { port } = server.address() as AddressInfo
    client = new Connection({
      url: `ws://127.0.0.1:${port}/`,
      realm: 'home',
      credential: () => ticket('secret', 'me'),
      webSocket: webSocketClass(),
      backoff: { shortestMs: 1, longestMs: 5 },
      leaveTimeoutMs: 100,
      onState: states.listen,
    })
    return client
  }

  const atJoin: Record<string, Script> = {
    'no JSON': { 1: ['hello'] },
    'a binary frame': { 1: [Buffer.from('[2,1,{}]')] },
    'an empty list': { 1: ['[]'] },
    'an unknown type': { 1: ['[99]'] },
    'a RESULT': { 1: ['[50,1,{}]'] },
    'ABORT without anything': { 1: ['[3]'] },
    'a challenge of a method that was not asked for, and nothing more': {
      1: ['[4,"scram",{}]'],
      5: ['[3,{},"wamp.error.authentication_failed"]'],
    },
  }
  for (const [what, script] of Object.entries(atJoin))
    it(`tries again when HELLO is answered with ${what}`, async () => {
      follow(script)
      const states = new States()
      await connect(states).connect()
      assert.deepEqual((await (client as Connection).call('how')).args, ['well'])
    })

  const inSession: Record<string, Script> = {
    'no JSON': { 48: ['}{'] },
    'a second WELCOME': { 48: [welcome] },
    'a progressive result that was not asked for': { 48: ['[50,2,{"progress":true}]'] },
    'a RESULT that is cut off': { 48: ['[50,2]'] },
    'an ERROR of nothing': { 48: ['[8]'] },
    'an EVENT that is cut off': { 48: ['[36,7]', '[36,7,1]', '[50]', '{}'] },
    'an INTERRUPT': { 48: ['[69,1,{}]'] },
  }
  for (const [what, script] of Object.entries(inSession))
    it(`joins anew when it is sent ${what}`, async () => {
      follow(script)
      const states = new States()
      await connect(states).connect()
      const made = client as Connection
      await made.subscribe('t', () => undefined)
      await assert.rejects(made.call('how'))
      await states.nth(2, 'open')
      assert.deepEqual((await made.call('how')).args, ['well'])
    })
})
