import assert from 'node:assert/strict'
import { allRoles, type WampClient, type Wire } from '../../support/wamp-client.ts'
import { assertError, assertViolation, type Scene } from './scene.ts'

/**
 * Protocol errors (rfc/text/basic/building_blocks.md): ABORT `wamp.error.protocol_violation`, all that the session had
 * is disposed of, the transport is dropped. Nobody else notices.
 */
export function describeViolations(scene: () => Scene): void {
  describe('a protocol error', () => {
    let bystander: WampClient
    let asker: WampClient

    // Somebody else's call goes through all the time.
    beforeEach(async () => {
      bystander = await scene().joinOther()
      await bystander.register('bystander.echo')
      bystander.echo()
      asker = await scene().join()
    })

    afterEach(async () => {
      assert.deepEqual(await asker.ask([48, 1, {}, 'bystander.echo', [1]]), [50, 1, {}, [1]])
    })

    const offend = async (message: Wire): Promise<string> => {
      const offender = await scene().join()
      await offender.register('offender.procedure')
      await offender.subscribe('offender.topic')
      offender.send(message)
      const text = await assertViolation(offender)
      const { dealer, broker } = scene().open.realm1
      assert.equal(dealer.registrations.get('exact', 'offender.procedure'), undefined)
      assert.equal(broker.size, 0)
      return text
    }

    it('is a second HELLO', async () => {
      await offend([1, 'realm1', { roles: allRoles }])
    })

    it('is a message that only a router sends', async () => {
      const messages: Wire[] = [
        [2, 1, {}],
        [4, 'ticket', {}],
        [17, 1, 1],
        [33, 1, 1],
        [35, 1],
        [36, 1, 1, {}],
        [50, 1, {}],
        [65, 1, 1],
        [67, 1],
        [68, 1, 1, {}],
        [69, 1, {}],
      ]
      for (const message of messages) await offend(message)
    })

    it('is an AUTHENTICATE in a session', async () => {
      await offend([5, 'secret', {}])
    })

    it('is an ERROR that answers anything else than an INVOCATION', async () => {
      for (const type of [48, 16, 32, 34, 64, 66, 0, 1, 999]) {
        await offend([8, type, 1, {}, 'some.error'])
      }
    })

    it('is such an ERROR also with the id of an invocation that waits for an answer', async () => {
      const offender = await scene().join()
      await offender.register('offender.procedure')
      const caller = await scene().joinOther()
      caller.send([48, 7, {}, 'offender.procedure'])
      const [, invocation] = await offender.next()
      offender.send([8, 48, invocation, {}, 'some.error'])
      await assertViolation(offender)
      assertError(await caller.next(), 48, 7, 'wamp.error.canceled')
    })

    it('is a YIELD or ERROR for an invocation that the session was never sent', async () => {
      await offend([70, 1, {}, ['forged']])
      await offend([8, 68, 1, {}, 'forged.error'])
    })

    it('is a YIELD for an invocation of another’s: the call is answered by who was asked', async () => {
      const offender = await scene().join()
      const callee = await scene().joinOther()
      await callee.register('safe.open')
      asker.send([48, 7, {}, 'safe.open'])
      const invocation = await callee.next()
      offender.send([70, invocation[1], {}, ['forged']])
      await assertViolation(offender)
      callee.send([70, invocation[1], {}, ['true']])
      assert.deepEqual(await asker.next(), [50, 7, {}, ['true']])
    })

    it('is an unknown type code, whatever it is', async () => {
      for (const type of [0, 7, 9, 71, 255, 4294967296, -1, 48.5, '48', null, true, [], {}]) {
        await offend([type, 1, {}, 'a.b'])
      }
    })

    it('is an empty list, and what is no list', async () => {
      await offend([])
      for (const message of [{}, 'HELLO', 48, null, true]) await offend(message as never)
    })

    it('is a message with too few or too many elements', async () => {
      const messages: Wire[] = [
        [48],
        [48, 1],
        [48, 1, {}],
        [48, 1, {}, 'a.b', [], {}, 1],
        [16, 1, {}],
        [32, 1, {}],
        [32, 1, {}, 'a.b', []],
        [34, 1],
        [66, 1],
        [70, 1],
        [6, {}],
        [8, 68, 1, {}],
      ]
      for (const message of messages) await offend(message)
    })

    it('is an id that is no integer in [1, 2^53]', async () => {
      for (const id of [0, -1, 1.5, 2 ** 53 + 2, 1e300, '1', null, true, [1], {}]) {
        const text = await offend([48, id, {}, 'a.b'])
        assert.match(text, /CALL\.Request/)
      }
      await offend([34, 1, 0])
      await offend([66, 1, '1'])
    })

    it('is a dictionary, list or URI of another type', async () => {
      const messages: Wire[] = [
        [48, 1, [], 'a.b'],
        [48, 1, null, 'a.b'],
        [48, 1, {}, 7],
        [48, 1, {}, null],
        [48, 1, {}, 'a.b', {}],
        [48, 1, {}, 'a.b', null],
        [48, 1, {}, 'a.b', 'x'],
        [48, 1, {}, 'a.b', [], []],
        [48, 1, {}, 'a.b', [], null],
        [16, 1, {}, 'a.b', 7],
        [6, [], 'a.b'],
      ]
      for (const message of messages) await offend(message)
    })

    it('is an option of the wrong type, which is named', async () => {
      const cases: [Wire, RegExp][] = [
        [[16, 1, { acknowledge: 1 }, 'a.b'], /PUBLISH\.Options\.acknowledge is 1/],
        [[16, 1, { exclude: 'x' }, 'a.b'], /PUBLISH\.Options\.exclude/],
        [[16, 1, { exclude_me: null }, 'a.b'], /PUBLISH\.Options\.exclude_me/],
        [[16, 1, { eligible: [0] }, 'a.b'], /PUBLISH\.Options\.eligible/],
        [[16, 1, { eligible_authid: [1] }, 'a.b'], /PUBLISH\.Options\.eligible_authid/],
        [[32, 1, { match: 'bad' }, 'a.b'], /SUBSCRIBE\.Options\.match is "bad"/],
        [[64, 1, { match: 1 }, 'a.b'], /REGISTER\.Options\.match/],
        [[48, 1, { disclose_me: 'yes' }, 'a.b'], /CALL\.Options\.disclose_me/],
        [[48, 1, { timeout: -1 }, 'a.b'], /CALL\.Options\.timeout/],
        [[49, 1, { mode: 1 }], /CANCEL\.Options\.mode is 1/],
      ]
      for (const [message, named] of cases) assert.match(await offend(message), named)
    })

    it('is a CALL whose request is in use by a call that is not answered', async () => {
      const callee = await scene().joinOther()
      await callee.register('slow.procedure')
      const offender = await scene().join()
      offender.rawIds = true
      offender.send([48, 1, {}, 'slow.procedure'])
      await callee.next()
      offender.send([48, 1, {}, 'slow.procedure'])
      await assertViolation(offender)
    })

    it('is a message that is nested deeper than 64', async () => {
      const nested = (depth: number): unknown => {
        let value: unknown = 1
        for (let i = 0; i < depth; i++) value = [value]
        return value
      }
      await offend([16, 1, {}, 'a.b', nested(64)])
      await offend([16, 1, { x: nested(64) }, 'a.b'])
    })

    it('is no option or key that the router does not know', async () => {
      const client = await scene().join()
      const options = { x: 1, _custom: [1], unknown: { a: null }, __proto__: 1 }
      assert.deepEqual(await client.ask([48, 1, { ...options, _abc: true }, 'bystander.echo']), [
        50,
        1,
        {},
      ])
    })

    it('is no request id that is not the next one: any first id and gaps are tolerated', async () => {
      const client = await scene().join()
      for (const request of [17, 18, 4711, 3, 2 ** 53, 2 ** 32, 5]) {
        const answer = await client.ask([48, request, {}, 'bystander.echo'])
        assert.deepEqual(answer, [50, request, {}])
      }
      assert.equal((await client.ask([32, 900, {}, 'a.b']))[0], 33)
      assert.equal((await client.ask([64, 2, {}, 'a.b']))[0], 65)
    })
  })
}
