import assert from 'node:assert/strict'
import { allRoles, type WampClient } from '../../support/wamp-client.ts'
import { assertAborted, assertError, assertViolation, callee, type Scene } from './scene.ts'

/** Where the bytes of the id stand in a message of the router: `[type, id, …]` or `[type, request, id, …]`. */
function writtenAsInteger(format: WampClient['format'], bytes: Buffer, id: number): boolean {
  if (format === 'json') return new RegExp(`^\\[\\d+,(\\d+,)?${id}[,\\]]`).test(bytes.toString())
  const wide = Buffer.alloc(9)
  // uint 64 of MessagePack, and an unsigned integer of eight bytes in CBOR.
  wide.writeUInt8(format === 'msgpack' ? 0xcf : 0x1b)
  wide.writeBigUInt64BE(BigInt(id), 1)
  // Behind the length of the message, its type and an id of the router, which is longer the later the case runs.
  return bytes.subarray(0, 20).includes(wide)
}

/** What routers are known to get wrong. Each case fails with the fault that it is named for. */
export function describeFaults(scene: () => Scene): void {
  describe('of the faults that routers are known for', () => {
    it('none lets a session answer, fail or end the call of another by guessing its invocation', async () => {
      const asker = await scene().join()
      const asked = await scene().joinOther('realm1', callee({ call_canceling: true }))
      await asked.register('safe.open')
      asker.send([48, 7, {}, 'safe.open'])
      const [, invocation] = await asked.next()
      for (const forged of [
        [70, invocation, {}, ['forged']],
        [70, invocation, { progress: true }, ['forged']],
        [8, 68, invocation, {}, 'forged.error'],
        [8, 68, invocation, {}, 'wamp.error.unavailable'],
      ]) {
        // A callee itself, with an invocation of the same number.
        const forger = await scene().joinOther()
        await forger.register('forger.procedure')
        forger.send(forged)
        await assertViolation(forger)
      }
      const stranger = await scene().join()
      stranger.send([49, 7, { mode: 'kill' }])
      assert.deepEqual(await stranger.settle(), [])
      assert.deepEqual(await asker.settle(), [])
      assert.deepEqual(await asked.settle(), [])
      asked.send([70, invocation, {}, ['true']])
      assert.deepEqual(await asker.next(), [50, 7, {}, ['true']])
    })

    it('none tells a subscriber what another is told of the same publication', async () => {
      const publisher = await scene().join()
      const [exact, pattern] = [await scene().joinOther(), await scene().joinOther()]
      const own = await exact.subscribe('house.door')
      await exact.subscribe('house.', { match: 'prefix' }, 2)
      await pattern.subscribe('house.', { match: 'prefix' })
      await pattern.subscribe('.door', { match: 'wildcard' }, 2)
      for (let i = 0; i < 20; i++) publisher.send([16, i + 1, {}, 'house.door', [i]])
      await publisher.settle()
      for (const client of [exact, pattern]) {
        const events = await client.settle()
        assert.equal(events.length, 40)
        for (const [, subscription, , details] of events) {
          assert.deepEqual(details, subscription === own ? {} : { topic: 'house.door' })
        }
      }
    })

    it('none breaks when a session that has some ends a registration or subscription that it has not', async () => {
      const client = await scene().join()
      const registration = await client.register('lamp.switch')
      const subscription = await client.subscribe('house.door', {}, 2)
      for (const id of [1, 4711, 2 ** 53]) {
        const [unregister, unsubscribe] = [
          await client.ask([66, 3, id]),
          await client.ask([34, 4, id]),
        ]
        assertError(unregister, 66, 3, 'wamp.error.no_such_registration')
        assertError(unsubscribe, 34, 4, 'wamp.error.no_such_subscription')
      }
      assert.deepEqual(await client.ask([66, 5, registration]), [67, 5])
      assert.deepEqual(await client.ask([34, 6, subscription]), [35, 6])
    })

    it('none takes a pattern from its other subscribers when one of them leaves', async () => {
      const publisher = await scene().join()
      const [stays, leaves] = [await scene().joinOther(), await scene().joinOther()]
      for (const [pattern, match] of [
        ['house.', 'prefix'],
        ['.door', 'wildcard'],
      ] as const) {
        const subscription = await stays.subscribe(pattern, { match })
        assert.equal(await leaves.subscribe(pattern, { match }), subscription)
        assert.deepEqual(await leaves.ask([34, 2, subscription]), [35, 2])
      }
      leaves.drop()
      publisher.send([16, 1, {}, 'house.door'])
      assert.equal((await stays.take(2)).length, 2)
      assert.deepEqual(await stays.settle(), [])
    })

    it('none confuses subscriptions of one name and different match', async () => {
      const publisher = await scene().join()
      const listener = await scene().joinOther()
      const exact = await listener.subscribe('house.door')
      const prefix = await listener.subscribe('house.door', { match: 'prefix' }, 2)
      assert.notEqual(exact, prefix)
      publisher.send([16, 1, {}, 'house.doorbell'])
      assert.deepEqual((await listener.next()).slice(0, 2), [36, prefix])
      assert.deepEqual(await listener.ask([34, 3, prefix]), [35, 3])
      publisher.send([16, 2, {}, 'house.doorbell'])
      publisher.send([16, 3, {}, 'house.door'])
      assert.deepEqual((await listener.next()).slice(0, 2), [36, exact])
      assert.deepEqual(await listener.settle(), [])
    })

    it('none is brought down by a realm that has dots, or is no name at all', async () => {
      const witness = await scene().join()
      await witness.register('witness.echo')
      witness.echo()
      for (const [realm, reason] of [
        ['com.example.realm', 'wamp.error.no_such_realm'],
        ['__proto__', 'wamp.error.no_such_realm'],
        ['a b', 'wamp.error.invalid_uri'],
        ['', 'wamp.error.invalid_uri'],
      ] as const) {
        const client = await scene().connect()
        client.send([1, realm, { roles: allRoles }])
        await assertAborted(client, reason)
        assert.deepEqual(await witness.ask([48, 1, {}, 'witness.echo', [1]]), [50, 1, {}, [1]])
      }
    })

    it('none writes an id as a float or as a string', async () => {
      const client = await scene().connect()
      client.send([1, 'realm1', { roles: allRoles }])
      const welcome = await client.nextBytes()
      const [session] = scene().open.realm1.sessions.keys()
      assert(session !== undefined)
      // One of 2^21 ids is below 2^32 and written shorter.
      assert(session < 2 ** 32 || writtenAsInteger(client.format, welcome, session))
      const publisher = await scene().join()
      await client.subscribe('house.door')
      for (let i = 0; i < 3; i++) {
        publisher.send([16, i + 1, { acknowledge: true }, 'house.door'])
        const [, , publication] = await publisher.next()
        const event = await client.nextBytes()
        assert(typeof publication === 'number')
        if (publication < 2 ** 32) continue
        assert(writtenAsInteger(client.format, event, publication), event.toString('hex'))
      }
    })

    it('none drops what a session is sent in a burst, be it events, results or acknowledgements', async () => {
      const [caller, busy] = [await scene().join(), await scene().joinOther()]
      await busy.register('lamp.switch')
      await busy.subscribe('house.door', {}, 2)
      const count = 300
      for (let i = 0; i < count; i++) {
        caller.send([16, 2 * i + 1, {}, 'house.door', [i]])
        caller.send([48, 2 * i + 2, {}, 'lamp.switch', [i]])
        busy.send([32, i + 3, {}, `house.room${i}`])
      }
      const came = await busy.take(3 * count)
      const ofType = (type: number): number => came.filter(([found]) => found === type).length
      assert.deepEqual([ofType(36), ofType(68), ofType(33)], [count, count, count])
      for (const [type, invocation] of came) if (type === 68) busy.send([70, invocation, {}])
      const results = await caller.take(count)
      assert(results.every(([type]) => type === 50))
    })

    it('none sends null for arguments that were not there', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.register('lamp.switch')
      await device.subscribe('house.door', {}, 2)
      caller.send([16, 1, {}, 'house.door'])
      assert.equal((await device.next()).length, 4)
      caller.send([48, 2, {}, 'lamp.switch'])
      const invocation = await device.next()
      assert.equal(invocation.length, 4)
      device.send([8, 68, invocation[1], {}, 'lamp.error.burnt'])
      assert.deepEqual(await caller.next(), [8, 48, 2, {}, 'lamp.error.burnt'])
    })

    it('none takes a list within a list apart', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.register('lamp.switch')
      for (const args of [[[1]], [[[]]], [[1, 2]], [[null]]]) {
        caller.send([48, 1, {}, 'lamp.switch', args])
        const [, invocation, , , found] = await device.next()
        assert.deepEqual(found, args)
        device.send([70, invocation, {}, args])
        assert.deepEqual(await caller.next(), [50, 1, {}, args])
      }
    })

    it('none ignores what it cannot read: there is an ABORT before the end', async () => {
      for (const text of ['', '[', '[]', '{}', '[48', '\u0000', '[999,1,{}]', 'null']) {
        const client = await scene().join()
        client.sendBytes(Buffer.from(text))
        await assertViolation(client)
      }
    })

    it('none answers a late answer: after a cancel it is dropped, and one never asked for ends the session', async () => {
      const caller = await scene().join()
      const device = await scene().joinOther('realm1', callee({ call_canceling: true }))
      await device.register('lamp.switch')
      for (const mode of ['skip', 'killnowait']) {
        caller.send([48, 7, {}, 'lamp.switch'])
        const [, invocation] = await device.next()
        caller.send([49, 7, { mode }])
        assertError(await caller.next(), 48, 7, 'wamp.error.canceled')
        if (mode === 'killnowait') assert.equal((await device.next())[0], 69)
        device.send([70, invocation, {}, ['late']])
        assert.deepEqual(await device.settle(), [])
      }
      assert.deepEqual(await caller.settle(), [])
      device.send([70, 4711, {}])
      await assertViolation(device)
    })
  })
}
