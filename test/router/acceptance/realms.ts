import assert from 'node:assert/strict'
import { assertError, type Scene } from './scene.ts'

/** Realms are routing domains that never see each other (rfc/text/basic/introduction.md). */
export function describeRealms(scene: () => Scene): void {
  describe('a realm', () => {
    it('knows nothing of another’s procedures, topics, ids and calls', async () => {
      const here = await scene().join('realm1')
      const there = await scene().joinOther('realm2')
      // The same ids, as each realm counts for itself.
      const registration = await here.register('lamp.switch')
      const subscription = await here.subscribe('house.door')
      assertError(
        await there.ask([48, 1, {}, 'lamp.switch']),
        48,
        1,
        'wamp.error.no_such_procedure',
      )
      assertError(await there.ask([66, 2, registration]), 66, 2, 'wamp.error.no_such_registration')
      assertError(await there.ask([34, 3, subscription]), 34, 3, 'wamp.error.no_such_subscription')
      there.send([16, 4, {}, 'house.door', ['there']])
      await there.settle()
      assert.deepEqual(await here.settle(), [])
      // The same URIs are free there, and stay apart.
      await there.register('lamp.switch')
      await there.subscribe('house.door')
      const caller = await scene().join('realm2')
      caller.send([48, 5, {}, 'lamp.switch', ['there']])
      const [, invocation] = await there.next()
      assert.deepEqual(await here.settle(), [])
      here.drop()
      there.send([70, invocation, {}])
      assert.deepEqual(await caller.next(), [50, 5, {}])
      const publisher = await scene().join('realm2')
      publisher.send([16, 6, {}, 'house.door', ['there']])
      assert.deepEqual((await there.next())[4], ['there'])
    })
  })
}
