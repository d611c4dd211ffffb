import assert from 'node:assert/strict'
import type { Scene } from './scene.ts'

/** Subscriptions that are taken away (rfc/text/advanced/pubsub_subscription_revocation.md). */
export function describeRevokedSubscriptions(scene: () => Scene): void {
  describe('a subscription that the router revokes', () => {
    it('is told as UNSUBSCRIBED 0 with id and reason to those who announced subscription_revocation, and to nobody else', async () => {
      const features = { subscriber: { features: { subscription_revocation: true } } }
      const told = await scene().joinOther('realm1', { roles: features })
      const untold = await scene().joinOther()
      const id = await told.subscribe('house.door')
      for (const listener of [told, untold]) {
        await listener.subscribe('house.door')
        await listener.subscribe('house.lamp', {}, 2)
      }
      const { realm1 } = scene().open
      const { broker } = realm1
      const subscription = broker.subscriptions.byId(id)
      assert(subscription !== undefined)
      for (const session of realm1.sessions.values())
        assert.equal(broker.revoke(subscription, session, 'no longer authorized'), true)
      assert.deepEqual(await told.settle(), [
        [35, 0, { subscription: id, reason: 'no longer authorized' }],
      ])
      assert.deepEqual(await untold.settle(), [])
      assert.equal(broker.subscriptions.byId(id), undefined)
      const publisher = await scene().join()
      publisher.send([16, 1, {}, 'house.door'])
      publisher.send([16, 2, {}, 'house.lamp'])
      await publisher.settle()
      for (const listener of [told, untold]) assert.equal((await listener.settle()).length, 1)
    })
  })
}
