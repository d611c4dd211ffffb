import assert from 'node:assert/strict'
import { allRoles } from '../../support/wamp-client.ts'
import { errorOf, resultOf } from './answers.ts'
import type { Scene } from './scene.ts'

/** Registrations and subscriptions that are taken away by the meta API (catalog, wamp-meta.fbs). */
export function describeRemoval(scene: () => Scene): void {
  const reason = 'my.reason'

  describe('the meta API', () => {
    it('takes a callee and a subscriber away by remove_callee and remove_subscriber: told only where revocation was announced', async () => {
      const asker = await scene().join()
      const roles = {
        ...allRoles,
        callee: { features: { registration_revocation: true } },
        subscriber: { features: { subscription_revocation: true } },
      }
      const told = await scene().joinOther('realm1', { roles })
      const untold = await scene().joinOther()
      const topic = await told.subscribe('house.door')
      await untold.subscribe('house.door')
      const ids: number[] = []
      for (const client of [told, untold]) {
        ids.push((await client.ask([64, 2, { invoke: 'first' }, 'lamp.switch']))[2] as number)
      }
      const [registration] = ids
      assert.equal(ids[1], registration)
      const removal = (session: number, kind: 'callee' | 'subscriber') =>
        [
          kind === 'callee'
            ? 'wamp.registration.remove_callee'
            : 'wamp.subscription.remove_subscriber',
          [kind === 'callee' ? registration : topic, session],
          { reason },
        ] as const

      assert.equal(await resultOf(asker, ...removal(told.session, 'callee')), undefined)
      assert.deepEqual(await told.next(), [67, 0, { registration, reason }])
      assert.equal(await resultOf(asker, ...removal(told.session, 'subscriber')), undefined)
      assert.deepEqual(await told.next(), [35, 0, { subscription: topic, reason }])
      for (const kind of ['callee', 'subscriber'] as const) {
        const error = await errorOf(asker, ...removal(told.session, kind))
        assert.equal(error, 'wamp.error.no_such_session')
        await resultOf(asker, ...removal(untold.session, kind))
      }
      assert.deepEqual(
        [
          await errorOf(asker, ...removal(untold.session, 'callee')),
          await errorOf(asker, ...removal(untold.session, 'subscriber')),
        ],
        ['wamp.error.no_such_registration', 'wamp.error.no_such_subscription'],
      )
      // Neither is called or told of anything any more.
      const call = await asker.ask([48, 2, {}, 'lamp.switch'])
      assert.deepEqual(call.slice(0, 5), [8, 48, 2, {}, 'wamp.error.no_such_procedure'])
      await asker.ask([16, 3, { acknowledge: true }, 'house.door'])
      assert.deepEqual([...(await untold.settle()), ...(await told.settle())], [])
    })
  })
}
