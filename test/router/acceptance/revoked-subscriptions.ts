import assert from 'node:assert/strict'
import type { Scene } from './scene.ts'

/** Subscriptions that are taken away (rfc/text/advanced/pubsub_subscription_revocation.md). */
export function describeRevokedSubscriptions(scene: () => Scene): void {
  describe('a subscription that the router revokes', () => {
    it('is told as UNSUBSCRIBED 0 with id and reason to who announced subscription_revocation', async () => {
      const features = { subscriber: { features: { subscription_revocation: true } } }
      const listener = await scene().joinOther('realm1', { roles: features })
      const id = await listener.subscribe('house.door')
      await listener.subscribe('house.lamp', {}, 2)
      const { realm1 } = scene().open
      const [session] = realm1.sessions.values()
      const subscription = realm1.broker.subscriptions.byId(id)
      assert(session !== undefined && subscription !== undefined)
      assert.equal(realm1.broker.revoke(subscription, session, 'no longer authorized'), true)
      assert.deepEqual(await listener.next(), [
        35,
        0,
        { subscription: id, reason: 'no longer authorized' },
      ])
      const publisher = await scene().join()
      publisher.send([16, 1, {}, 'house.door'])
      publisher.send([16, 2, {}, 'house.lamp'])
      await publisher.settle()
      assert.equal((await listener.settle()).length, 1)
      assert.equal(realm1.broker.revoke(subscription, session), false)
    })

    it('is gone without a word for who did not announce it', async () => {
      const listener = await scene().joinOther()
      const id = await listener.subscribe('house.door')
      const { realm1 } = scene().open
      const [session] = realm1.sessions.values()
      const subscription = realm1.broker.subscriptions.byId(id)
      assert(session !== undefined && subscription !== undefined)
      realm1.broker.revoke(subscription, session, 'no longer authorized')
      const publisher = await scene().join()
      publisher.send([16, 1, {}, 'house.door'])
      await publisher.settle()
      assert.deepEqual(await listener.settle(), [])
      assert.equal(realm1.broker.size, 0)
    })
  })
}
