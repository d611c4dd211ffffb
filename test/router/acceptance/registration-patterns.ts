import assert from 'node:assert/strict'
import { assertError, type Scene } from './scene.ts'

/** Pattern-based registrations (rfc/text/advanced/rpc_pattern_based_registration.md). */
export function describeRegistrationPatterns(scene: () => Scene): void {
  describe('a registration of a pattern', () => {
    it('with match=prefix is called by what begins with its text, and not by what does not', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.ask([64, 1, { match: 'prefix' }, 'com.myapp.myobject1'])
      device.echo()
      const called = [
        'com.myapp.myobject1.myprocedure1',
        'com.myapp.myobject1-mysubobject1',
        'com.myapp.myobject1.mysubobject1.myprocedure1',
        'com.myapp.myobject1',
      ]
      let request = 0
      for (const uri of called) {
        assert.deepEqual((await caller.ask([48, ++request, {}, uri, [uri]]))[3], [uri])
      }
      for (const uri of ['com.myapp.myobject2', 'com.myapp.myobject']) {
        const answer = await caller.ask([48, ++request, {}, uri])
        assertError(answer, 48, request, 'wamp.error.no_such_procedure')
      }
    })

    it('with match=wildcard is called by what has any one component where it has an empty one', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.ask([64, 1, { match: 'wildcard' }, 'com.myapp..myprocedure1'])
      device.echo()
      let request = 0
      for (const name of ['myobject1', 'myobject2']) {
        const uri = `com.myapp.${name}.myprocedure1`
        assert.equal((await caller.ask([48, ++request, {}, uri]))[0], 50)
      }
      for (const uri of [
        'com.myapp.myobject1.myprocedure1.mysubprocedure1',
        'com.myapp.myobject1.myprocedure2',
        'com.myapp2.myobject1.myprocedure1',
        'com.myapp.myprocedure1',
      ]) {
        const answer = await caller.ask([48, ++request, {}, uri])
        assertError(answer, 48, request, 'wamp.error.no_such_procedure')
      }
    })

    it('gives way: exact goes before the longest prefix, and that before a wildcard; one callee is invoked', async () => {
      const caller = await scene().join()
      const offers = [
        ['exact', 'a1.b2.c3'],
        ['prefix', 'a1.b2'],
        ['prefix', 'a1'],
        ['wildcard', 'a1..c3'],
      ] as const
      const device = await scene().joinOther()
      const byId = new Map<unknown, string>()
      for (const [i, [match, uri]] of offers.entries()) {
        const [type, , id] = await device.ask([64, i + 1, { match }, uri])
        assert.equal(type, 65)
        byId.set(id, `${match} ${uri}`)
      }
      const reached = async (uri: string, request: number): Promise<unknown> => {
        caller.send([48, request, {}, uri])
        const [, invocation, registration] = await device.next()
        device.send([70, invocation, {}])
        await caller.next()
        assert.deepEqual(await device.settle(), [], 'no other callee is invoked')
        return byId.get(registration)
      }
      assert.equal(await reached('a1.b2.c3', 1), 'exact a1.b2.c3')
      assert.equal(await reached('a1.b2.x.y', 2), 'prefix a1.b2')
      assert.equal(await reached('a1.x.c3', 3), 'prefix a1')
      for (const [id, name] of byId) {
        if (name === 'prefix a1') await device.ask([66, 9, id])
      }
      assert.equal(await reached('a1.x.c3', 4), 'wildcard a1..c3')
    })

    it('that is the best is found as in the seven examples of the specification', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      const offers = [
        ['exact', 'a1.b2.c3.d4.e55'],
        ['prefix', 'a1.b2.c3'],
        ['prefix', 'a1.b2.c3.d4'],
        ['wildcard', 'a1.b2..d4.e5'],
        ['wildcard', 'a1.b2.c33..e5'],
        ['wildcard', 'a1.b2..d4.e5..g7'],
        ['wildcard', 'a1.b2..d4..f6.g7'],
      ] as const
      const numbers = new Map<unknown, number>()
      for (const [i, [match, uri]] of offers.entries()) {
        const [, , id] = await device.ask([64, i + 1, { match }, uri])
        numbers.set(id, i + 1)
      }
      const expected = [
        ['a1.b2.c3.d4.e55', 1],
        ['a1.b2.c3.d98.e74', 2],
        ['a1.b2.c3.d4.e325', 3],
        ['a1.b2.c55.d4.e5', 4],
        ['a1.b2.c33.d4.e5', 5],
        ['a1.b2.c88.d4.e5.f6.g7', 6],
      ] as const
      for (const [i, [uri, number]] of expected.entries()) {
        caller.send([48, i + 1, {}, uri])
        const [, invocation, registration] = await device.next()
        assert.equal(numbers.get(registration), number, uri)
        device.send([70, invocation, {}])
        await caller.next()
      }
      const none = await caller.ask([48, 8, {}, 'a2.b2.c2.d2.e2'])
      assertError(none, 48, 8, 'wamp.error.no_such_procedure')
    })

    it('gets the URI that was called as INVOCATION.Details.procedure; an exact one does not', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.ask([64, 1, { match: 'prefix' }, 'lamp'])
      await device.ask([64, 2, { match: 'wildcard' }, 'tv..switch'])
      await device.ask([64, 3, {}, 'door.open'])
      for (const [i, uri] of ['lamp.kitchen.switch', 'tv.bedroom.switch', 'door.open'].entries()) {
        caller.send([48, i + 1, {}, uri])
        const [, , , details] = await device.next()
        assert.deepEqual(details, uri === 'door.open' ? {} : { procedure: uri })
      }
    })

    it('stands beside those of the same URI with another match policy, each by itself', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      const ids: unknown[] = []
      for (const [i, match] of ['exact', 'prefix', 'wildcard'].entries()) {
        const [type, , id] = await device.ask([64, i + 1, { match }, 'lamp.switch'])
        assert.equal(type, 65)
        ids.push(id)
      }
      assert.equal(new Set(ids).size, 3)
      for (const [i, id] of ids.entries()) {
        caller.send([48, i + 1, {}, 'lamp.switch'])
        const [, invocation, registration] = await device.next()
        assert.equal(registration, id)
        device.send([70, invocation, {}])
        assert.equal((await caller.next())[0], 50)
        assert.deepEqual(await device.ask([66, 10 + i, id]), [67, 10 + i])
      }
      const none = await caller.ask([48, 9, {}, 'lamp.switch'])
      assertError(none, 48, 9, 'wamp.error.no_such_procedure')
    })

    it('never gets what is under wamp: that is answered by the router alone', async () => {
      const [caller, device] = [await scene().join(), await scene().joinOther()]
      await device.ask([64, 1, { match: 'prefix' }, ''])
      await device.ask([64, 2, { match: 'prefix' }, 'wam'])
      await device.ask([64, 3, { match: 'wildcard' }, '..'])
      const answer = await caller.ask([48, 1, {}, 'wamp.nobody.here'])
      assertError(answer, 48, 1, 'wamp.error.no_such_procedure')
      assert.deepEqual(await device.settle(), [])
      const refused = await device.ask([64, 4, { match: 'prefix' }, 'wamp.'])
      assertError(refused, 64, 4, 'wamp.error.invalid_uri')
    })
  })
}
