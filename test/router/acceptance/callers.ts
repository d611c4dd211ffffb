import assert from 'node:assert/strict'
import { announcing } from '../../support/roles.ts'
import type { Scene } from './scene.ts'

/** Caller identification, and registrations that are taken back. */
export function describeCallers(scene: () => Scene): void {
  describe('who calls', () => {
    it('is told to a callee where the CALL says disclose_me: session, authid and authrole', async () => {
      const caller = await scene().connect()
      const [, session] = await caller.join('realm1', { authid: 'owner' })
      const device = await scene().joinOther()
      await device.register('lamp.switch')
      caller.send([48, 1, { disclose_me: true }, 'lamp.switch'])
      caller.send([48, 2, { disclose_me: false }, 'lamp.switch'])
      const details = (await device.take(2)).map((invocation) => invocation[3])
      assert.deepEqual(details, [
        { caller: session, caller_authid: 'owner', caller_authrole: 'anonymous' },
        {},
      ])
    })

    it('is told to each callee that registered with disclose_caller, and to no other', async () => {
      const caller = await scene().connect()
      const [, session] = await caller.join('realm1', { authid: 'owner' })
      const device = await scene().joinOther()
      await device.ask([64, 1, { disclose_caller: true }, 'door.open'])
      await device.ask([64, 2, { disclose_caller: false }, 'lamp.switch'])
      caller.send([48, 1, {}, 'door.open'])
      caller.send([48, 2, {}, 'lamp.switch'])
      const details = (await device.take(2)).map((invocation) => invocation[3])
      assert.deepEqual(details, [
        { caller: session, caller_authid: 'owner', caller_authrole: 'anonymous' },
        {},
      ])
    })
  })

  describe('a registration that is revoked', () => {
    it('is told of with [UNREGISTERED, 0, {registration, reason}] to a callee that announced registration_revocation, and to no other', async () => {
      const { dealer, sessions } = scene().open.realm1
      const silent = await scene().joinOther()
      const [first] = sessions.values()
      const other = dealer.registrations.byId(await silent.register('door.open'))
      assert(other !== undefined && first !== undefined)
      assert.equal(dealer.revoke(other, first, 'moved to another callee'), true)
      assert.deepEqual(await silent.settle(), [])
      const callee = announcing({ callee: ['registration_revocation'] })
      const device = await scene().joinOther('realm1', callee)
      const [, peer] = sessions.values()
      const id = await device.register('lamp.switch')
      const registration = dealer.registrations.byId(id)
      assert(registration !== undefined && peer !== undefined)
      assert.equal(dealer.revoke(registration, peer, 'moved to another callee'), true)
      assert.deepEqual(await device.next(), [
        67,
        0,
        { registration: id, reason: 'moved to another callee' },
      ])
      assert.equal(dealer.revoke(registration, peer, 'again'), false)
      assert.notEqual(await device.register('lamp.switch', 2), id)
    })

    it('gets no more calls, and those under way are still answered', async () => {
      const { dealer, sessions } = scene().open.realm1
      const device = await scene().joinOther()
      const [peer] = sessions.values()
      const caller = await scene().join()
      const id = await device.register('lamp.switch')
      caller.send([48, 1, {}, 'lamp.switch'])
      const [, invocation] = await device.next()
      const registration = dealer.registrations.byId(id)
      assert(registration !== undefined && peer !== undefined)
      dealer.revoke(registration, peer, 'moved')
      assert.deepEqual(await device.settle(), [])
      assert.equal(
        (await caller.ask([48, 2, {}, 'lamp.switch']))[4],
        'wamp.error.no_such_procedure',
      )
      device.send([70, invocation, {}, ['on']])
      assert.deepEqual(await caller.next(), [50, 1, {}, ['on']])
    })
  })
}
