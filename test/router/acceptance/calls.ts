import assert from 'node:assert/strict'
import { until } from '../../support/until.ts'
import { assertError, assertViolation, callee, type Scene } from './scene.ts'

/** Remote procedure calls (rfc/text/basic/remote_procedure_call.md). */
export function describeCalls(scene: () => Scene): void {
  describe('a registration', () => {
    it('is answered with REGISTERED before the first INVOCATION', async () => {
      const caller = await scene().join()
      const device = await scene().joinOther()
      let request = 0
      for (let round = 0; round < 10; round++) {
        const procedure = `lamp.switch${round}`
        const callFive = (): void => {
          for (let i = 0; i < 5; i++) caller.send([48, ++request, {}, procedure])
        }
        callFive()
        device.send([64, 1, {}, procedure])
        callFive()
        await caller.settle()
        const [first, ...calls] = await device.settle()
        assert.deepEqual(first?.slice(0, 2), [65, 1])
        assert(calls.every(([type, , registration]) => type === 68 && registration === first?.[2]))
      }
    })

    it('of a URI that is registered is refused, whoever asks', async () => {
      const [one, other] = [await scene().join(), await scene().joinOther()]
      await one.register('lamp.switch')
      for (const client of [one, other]) {
        const answer = await client.ask([64, 2, {}, 'lamp.switch'])
        assertError(answer, 64, 2, 'wamp.error.procedure_already_exists')
      }
    })

    it('of another’s, or of nobody’s, cannot be ended', async () => {
      const [one, other] = [await scene().join(), await scene().joinOther()]
      const registration = await one.register('lamp.switch')
      for (const id of [registration, 4711, 2 ** 53]) {
        assertError(await other.ask([66, 5, id]), 66, 5, 'wamp.error.no_such_registration')
      }
      one.echo()
      assert.deepEqual(await other.ask([48, 6, {}, 'lamp.switch', [1]]), [50, 6, {}, [1]])
    })

    it('that is ended frees its URI; the call under way is still answered', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      const registration = await device.register('lamp.switch')
      caller.send([48, 1, {}, 'lamp.switch'])
      const [, invocation] = await device.next()
      assert.deepEqual(await device.ask([66, 2, registration]), [67, 2])
      assertError(
        await caller.ask([48, 2, {}, 'lamp.switch']),
        48,
        2,
        'wamp.error.no_such_procedure',
      )
      device.send([70, invocation, {}, ['late']])
      assert.deepEqual(await caller.next(), [50, 1, {}, ['late']])
      assert.notEqual(await device.register('lamp.switch'), registration)
    })
  })

  describe('a call', () => {
    it('goes CALL, INVOCATION, YIELD, RESULT, with arguments both ways', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      const registration = await device.register('lamp.switch')
      caller.send([48, 7, {}, 'lamp.switch', ['on', 3], { fade: true }])
      assert.deepEqual(await device.next(), [68, 1, registration, {}, ['on', 3], { fade: true }])
      device.send([70, 1, {}, ['done'], { watts: 4 }])
      assert.deepEqual(await caller.next(), [50, 7, {}, ['done'], { watts: 4 }])
    })

    it('without a callee is answered with no_such_procedure', async () => {
      const caller = await scene().join()
      const answer = await caller.ask([48, 7, {}, 'nobody.here', [1]])
      assertError(answer, 48, 7, 'wamp.error.no_such_procedure')
    })

    it('gets the callee’s ERROR as it is: URI, details, arguments', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.register('lamp.switch')
      caller.send([48, 7, {}, 'lamp.switch'])
      const [, invocation] = await device.next()
      device.send([8, 68, invocation, { trace: 1 }, 'lamp.error.burnt', ['oh'], { since: 2 }])
      assert.deepEqual(await caller.next(), [
        8,
        48,
        7,
        { trace: 1 },
        'lamp.error.burnt',
        ['oh'],
        { since: 2 },
      ])
    })

    it('invokes with ids that count from 1 for each callee, without gaps', async () => {
      const caller = await scene().join()
      for (const [first, name] of [
        [100, 'lamp'],
        [200, 'tv'],
      ] as const) {
        const device = await scene().joinOther()
        await device.register(`${name}.switch`)
        for (let i = 1; i <= 20; i++) {
          caller.send([48, first + i, {}, `${name}.switch`])
          assert.equal((await device.next())[1], i)
          if (i % 3 !== 0) device.send([70, i, {}])
        }
      }
    })

    it('reaches its callee in the order in which its caller called, over all procedures', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      for (const name of ['p.a', 'p.b', 'p.c']) await device.register(name)
      const got: unknown[] = []
      device.intercept = (message) => {
        if (message[0] !== 68) return false
        got.push((message[4] as unknown[])[0])
        device.send([70, message[1], {}])
        return true
      }
      // As many as may be in flight at once, three times.
      const { many } = scene()
      const results: unknown[] = []
      for (let i = 0; i < many; i++) {
        caller.send([48, i + 1, {}, `p.${'abc'[i % 3]}`, [i]])
        if ((i + 1) % (many / 3) === 0) results.push(...(await caller.take(many / 3)))
      }
      assert.deepEqual(
        got,
        Array.from({ length: many }, (_, i) => i),
      )
      assert(results.every((result) => (result as unknown[])[0] === 50))
    })

    it('ends with ERROR wamp.error.canceled when its callee is gone, whichever way', async () => {
      const caller = await scene().join()
      for (const end of ['goodbye', 'drop', 'violation']) {
        const device = await scene().joinOther()
        await device.register('lamp.switch')
        caller.send([48, 7, {}, 'lamp.switch'])
        caller.send([48, 8, {}, 'lamp.switch'])
        await device.take(2)
        if (end === 'goodbye') device.send([6, {}, 'wamp.close.close_realm'])
        if (end === 'drop') device.drop()
        if (end === 'violation') device.send([70, 99, {}])
        assertError(await caller.next(), 48, 7, 'wamp.error.canceled')
        assertError(await caller.next(), 48, 8, 'wamp.error.canceled')
        await device.closed
      }
      assert.deepEqual(await caller.settle(), [])
    })

    it('whose caller is gone interrupts the callee with killnowait if it announced call_canceling', async () => {
      const device = await scene().joinOther('realm1', callee({ call_canceling: true }))
      await device.register('lamp.switch')
      const caller = await scene().join()
      caller.send([48, 7, {}, 'lamp.switch'])
      const [, invocation] = await device.next()
      caller.drop()
      assert.deepEqual(await device.next(), [69, invocation, { mode: 'killnowait' }])
      // The late answer is dropped, and nobody minds.
      device.send([70, invocation, {}, ['late']])
      assert.deepEqual(await device.settle(), [])
    })

    it('whose caller is gone says nothing to other callees, and drops their answer', async () => {
      for (const features of [{}, { call_canceling: false }]) {
        const device = await scene().joinOther('realm1', callee(features))
        await device.register('lamp.switch')
        const caller = await scene().join()
        caller.send([48, 7, {}, 'lamp.switch'])
        const [, invocation] = await device.next()
        caller.drop()
        await until(() => scene().open.realm1.sessions.size === 1)
        device.send([8, 68, invocation, {}, 'too.late'])
        assert.deepEqual(await device.settle(), [])
        device.drop()
        await until(() => scene().open.realm1.sessions.size === 0)
      }
    })

    it('may be to a procedure of one’s own', async () => {
      const client = await scene().join()
      await client.register('my.procedure')
      client.echo()
      assert.deepEqual(await client.ask([48, 1, {}, 'my.procedure', [1]]), [50, 1, {}, [1]])
    })

    it('tells who calls where the caller asks for it, and else does not', async () => {
      const caller = await scene().connect()
      const [, session] = await caller.join('realm1', { authid: 'owner' })
      const device = await scene().joinOther()
      await device.register('lamp.switch')
      caller.send([48, 1, { disclose_me: true }, 'lamp.switch'])
      caller.send([48, 2, {}, 'lamp.switch'])
      const details = (await device.take(2)).map((invocation) => invocation[3])
      assert.deepEqual(details, [
        { caller: session, caller_authid: 'owner', caller_authrole: 'anonymous' },
        {},
      ])
    })
  })

  describe('an answer', () => {
    it('that comes twice is dropped the second time', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.register('lamp.switch')
      caller.send([48, 7, {}, 'lamp.switch'])
      const [, invocation] = await device.next()
      device.send([70, invocation, {}, [1]])
      device.send([70, invocation, {}, [2]])
      device.send([8, 68, invocation, {}, 'some.error'])
      assert.deepEqual(await device.settle(), [])
      assert.deepEqual(await caller.next(), [50, 7, {}, [1]])
      assert.deepEqual(await caller.settle(), [])
    })

    it('of progress that nobody asked for is dropped, and the call goes on', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.register('lamp.switch')
      caller.send([48, 7, {}, 'lamp.switch'])
      const [, invocation] = await device.next()
      device.send([70, invocation, { progress: true }, [1]])
      device.send([70, invocation, {}, [2]])
      assert.deepEqual(await caller.next(), [50, 7, {}, [2]])
    })
  })

  describe('a canceled call', () => {
    const canceling = callee({ call_canceling: true })

    it('in mode skip is answered at once, its callee is not interrupted, its answer dropped', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther('realm1', canceling)]
      await device.register('lamp.switch')
      caller.send([48, 7, {}, 'lamp.switch'])
      const [, invocation] = await device.next()
      caller.send([49, 7, { mode: 'skip' }])
      assertError(await caller.next(), 48, 7, 'wamp.error.canceled')
      device.send([70, invocation, {}, ['late']])
      assert.deepEqual(await device.settle(), [])
      assert.deepEqual(await caller.settle(), [])
    })

    it('in mode killnowait, which is the default, is answered at once and its callee interrupted', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther('realm1', canceling)]
      await device.register('lamp.switch')
      for (const options of [{ mode: 'killnowait' }, {}]) {
        caller.send([48, 7, {}, 'lamp.switch'])
        const [, invocation] = await device.next()
        caller.send([49, 7, options])
        assertError(await caller.next(), 48, 7, 'wamp.error.canceled')
        assert.deepEqual(await device.next(), [69, invocation, { mode: 'killnowait' }])
        device.send([8, 68, invocation, {}, 'wamp.error.canceled'])
        assert.deepEqual(await device.settle(), [])
        assert.deepEqual(await caller.settle(), [])
      }
    })

    it('in mode kill gets what its callee answers, RESULT or ERROR', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther('realm1', canceling)]
      await device.register('lamp.switch')
      caller.send([48, 7, {}, 'lamp.switch'])
      caller.send([48, 8, {}, 'lamp.switch'])
      const [one, other] = await device.take(2)
      caller.send([49, 7, { mode: 'kill' }])
      caller.send([49, 8, { mode: 'kill' }])
      // A second CANCEL changes nothing.
      caller.send([49, 8, { mode: 'skip' }])
      assert.deepEqual(await caller.settle(), [])
      assert.deepEqual(await device.take(2), [
        [69, one?.[1], { mode: 'kill' }],
        [69, other?.[1], { mode: 'kill' }],
      ])
      device.send([8, 68, one?.[1], {}, 'wamp.error.canceled', ['stopped']])
      device.send([70, other?.[1], {}, ['ready first']])
      assert.deepEqual(await caller.take(2), [
        [8, 48, 7, {}, 'wamp.error.canceled', ['stopped']],
        [50, 8, {}, ['ready first']],
      ])
    })

    it('is skipped in any mode where its callee did not announce call_canceling', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.register('lamp.switch')
      for (const mode of ['kill', 'killnowait', 'skip']) {
        caller.send([48, 7, {}, 'lamp.switch'])
        const [, invocation] = await device.next()
        caller.send([49, 7, { mode }])
        assertError(await caller.next(), 48, 7, 'wamp.error.canceled')
        device.send([70, invocation, {}])
        assert.deepEqual(await device.settle(), [])
      }
    })

    it('that is answered already, canceled already, or never was, is no error, and nothing comes of it', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther('realm1', canceling)]
      await device.register('lamp.switch')
      caller.send([48, 7, {}, 'lamp.switch'])
      caller.send([48, 8, {}, 'lamp.switch'])
      const [answered, killed] = await device.take(2)
      device.send([70, answered?.[1], {}])
      assert.deepEqual(await caller.next(), [50, 7, {}])
      caller.send([49, 8, { mode: 'kill' }])
      for (const request of [7, 8, 99]) {
        for (const mode of ['kill', 'skip']) caller.send([49, request, { mode }])
      }
      assert.deepEqual(await caller.settle(), [])
      assert.deepEqual(await device.settle(), [[69, killed?.[1], { mode: 'kill' }]])
    })

    it('is told of with ERROR on the CALL and wamp.error.canceled, also where the callee spells it cancelled', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther('realm1', canceling)]
      await device.register('lamp.switch')
      caller.send([48, 7, {}, 'lamp.switch'])
      caller.send([48, 8, {}, 'lamp.switch'])
      const [one] = await device.take(2)
      caller.send([49, 7, { mode: 'kill' }])
      device.send([8, 68, one?.[1], { at: 1 }, 'wamp.error.cancelled', ['stopped'], { at: 2 }])
      assert.deepEqual(await caller.next(), [
        8,
        48,
        7,
        { at: 1 },
        'wamp.error.canceled',
        ['stopped'],
        { at: 2 },
      ])
      assert.deepEqual(await caller.ask([49, 8, {}]), [8, 48, 8, {}, 'wamp.error.canceled'])
    })

    it('leaves room for its id, and a late answer does not reach the new call', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.register('lamp.switch')
      caller.send([48, 7, {}, 'lamp.switch', ['old']])
      caller.send([49, 7, {}])
      caller.send([48, 7, {}, 'lamp.switch', ['new']])
      const [old, fresh] = await device.take(2)
      assertError(await caller.next(), 48, 7, 'wamp.error.canceled')
      device.send([70, old?.[1], {}, ['old']])
      device.send([70, fresh?.[1], {}, ['new']])
      assert.deepEqual(await caller.next(), [50, 7, {}, ['new']])
      assert.deepEqual(await caller.settle(), [])
    })

    it('takes no room with a callee that never answers', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.register('lamp.switch')
      for (let i = 1; i <= 200; i++) {
        caller.send([48, i, {}, 'lamp.switch'])
        caller.send([49, i, {}])
      }
      await caller.settle()
      const kept = [...scene().open.realm1.sessions.values()].map(({ ledger }) => [
        ledger.calls.size,
        ledger.invocations.size,
      ])
      assert.deepEqual(kept, [
        [0, 0],
        [0, 0],
      ])
      device.send([70, 201, {}])
      await device.take(200)
      await assertViolation(device)
    })
  })
}
