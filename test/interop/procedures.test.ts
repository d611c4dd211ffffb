import assert from 'node:assert/strict'
import { Wampy } from 'wampy'
import { CborSerializer } from 'wampy/CborSerializer.js'
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js'
import WebSocket from 'ws'
import type { LatchkeyProcess } from '../support/latchkey-process.ts'
import { allRoles, WampClient } from '../support/wamp-client.ts'
import { autobahnJsWays } from './autobahn-js-client.ts'
import { Arrivals, type InteropClient } from './client.ts'
import { startOpenLatchkey } from './open-latchkey.ts'
import { ways } from './ways.ts'

describe('The Advanced Profile, as clients in wide use know it', function () {
  this.timeout(30_000)
  let latchkey: LatchkeyProcess

  before(async () => {
    latchkey = await startOpenLatchkey()
  })

  after(() => latchkey.stop())

  for (const [i, way] of ways.entries()) {
    describe(way.name, () => {
      let one: InteropClient
      let two: InteropClient
      const ns = `way${i}`

      before(async () => {
        ;[one, two] = await Promise.all([way.join(latchkey), way.join(latchkey)])
      })

      after(async () => {
        await Promise.all([one.leave(), two.leave()])
      })

      it('streams results to a caller that asks for progress, and one result to another', async () => {
        await one.register(`${ns}.count`, 'count')
        assert.deepEqual(await two.stream(`${ns}.count`, 5), [1, 2, 3, 4, 5])
        assert.equal(await two.call(`${ns}.count`, 5), 5)
      })

      it('serves patterns, and is told which procedure was meant', async () => {
        await one.register(`${ns}.house`, 'who', { match: 'prefix', name: 'prefix' })
        await one.register(`${ns}..lamp`, 'who', { match: 'wildcard', name: 'wildcard' })
        for (const [uri, name] of [
          [`${ns}.house.hall.door`, 'prefix'],
          [`${ns}.garden.lamp`, 'wildcard'],
        ] as const) {
          const [who, details] = (await two.call(uri)) as [string, { procedure: string }]
          assert.deepEqual([who, details.procedure], [name, uri])
        }
      })

      it('shares a procedure with another session, by turns', async () => {
        const options = { invoke: 'roundrobin' } as const
        await one.register(`${ns}.work`, 'who', { ...options, name: 'one' })
        await two.register(`${ns}.work`, 'who', { ...options, name: 'two' })
        const names = []
        for (let call = 0; call < 4; call++) {
          const [name] = (await two.call(`${ns}.work`)) as [string]
          names.push(name)
        }
        assert.deepEqual(names, ['one', 'two', 'one', 'two'])
      })
    })
  }

  it('wampy sends a call in pieces, though it does not announce that it does', async () => {
    const callee = await WampClient.webSocket(latchkey.webSocket)
    const features = { progressive_call_invocations: true, call_canceling: true }
    await callee.join('realm1', { roles: { ...allRoles, callee: { features } } })
    await callee.register('upload')
    const wampy = new Wampy(latchkey.webSocket, { realm: 'realm1', ws: WebSocket as never })
    await wampy.connect()
    const { result, sendData } = wampy.progressiveCall('upload', [1])
    sendData([2])
    sendData([3], { progress: false })
    const chunks = await callee.take(3)
    const [first] = chunks
    assert.deepEqual(
      chunks.map(([type, request, , details, args]) => [
        type,
        request,
        (details as { progress?: boolean }).progress ?? false,
        args,
      ]),
      [
        [68, first?.[1], true, [1]],
        [68, first?.[1], true, [2]],
        [68, first?.[1], false, [3]],
      ],
    )
    callee.send([70, first?.[1], {}, ['all of it']])
    assert.deepEqual((await result).argsList, ['all of it'])
    await wampy.disconnect()
    callee.close()
  })

  it('wampy passes payloads through that the router does not read', async () => {
    const join = async (): Promise<Wampy> => {
      const payloadSerializers = { cbor: new CborSerializer() }
      const wampy = new Wampy(latchkey.webSocket, {
        realm: 'realm1',
        ws: WebSocket as never,
        serializer: new MsgpackSerializer(),
        payloadSerializers,
      })
      await wampy.connect()
      return wampy
    }
    const [one, two] = [await join(), await join()]
    const passthru = { ppt_scheme: 'x_house', ppt_serializer: 'cbor' }
    await one.register('vault', ({ argsList, argsDict }) => ({
      argsList: [argsList, argsDict],
      options: passthru,
    }))
    const payload = { argsList: ['secret', [1]], argsDict: { of: 'mine' } }
    const result = await two.call('vault', payload, passthru)
    assert.deepEqual(result.argsList, [payload.argsList, payload.argsDict])
    const events = new Arrivals<object>()
    await one.subscribe('vault.news', ({ argsList, argsDict }) => {
      events.push({ argsList, argsDict })
    })
    await two.publish('vault.news', payload, passthru)
    assert.deepEqual(await events.next(), payload)
    await Promise.all([one.disconnect(), two.disconnect()])
  })

  it('autobahn for JavaScript gets progress from its own callees, though they cannot be canceled', async () => {
    const [way] = autobahnJsWays
    assert(way !== undefined)
    const [one, two] = await Promise.all([way.join(latchkey), way.join(latchkey)])
    await one.register('js.count', 'count')
    assert.deepEqual(await two.stream('js.count', 3), [1, 2, 3])
    await Promise.all([one.leave(), two.leave()])
  })
})
