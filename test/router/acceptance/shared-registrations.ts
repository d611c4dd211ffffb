import assert from 'node:assert/strict'
import { announcing } from '../../support/roles.ts'
import type { WampClient } from '../../support/wamp-client.ts'
import { assertError, type Scene } from './scene.ts'

/** Several callees of one procedure (rfc/text/advanced/rpc_shared_registration.md). */
export function describeSharedRegistrations(scene: () => Scene): void {
  /** Callees of `lamp.switch`, in order of registration; each answers with its own name. */
  const offer = async (names: readonly string[], invoke: string): Promise<WampClient[]> => {
    const devices: WampClient[] = []
    for (const name of names) {
      const device = await scene().joinOther()
      assert.equal((await device.ask([64, 1, { invoke }, 'lamp.switch']))[0], 65)
      device.intercept = (message) => {
        if (message[0] === 68) device.send([70, message[1], {}, [name]])
        return message[0] === 68
      }
      devices.push(device)
    }
    return devices
  }
  let request = 0
  const callTimes = async (caller: WampClient, times: number): Promise<unknown[]> => {
    const names: unknown[] = []
    for (let i = 0; i < times; i++) {
      const [, , , args] = await caller.ask([48, ++request, {}, 'lamp.switch'])
      names.push((args as unknown[])[0])
    }
    return names
  }

  describe('a shared registration', () => {
    it('is none without an invoke policy: single is the default, and others are refused', async () => {
      const [one, other] = [await scene().join(), await scene().joinOther()]
      await one.register('lamp.switch')
      for (const [i, options] of [{}, { invoke: 'single' }, { invoke: 'roundrobin' }].entries()) {
        const answer = await other.ask([64, i + 1, options, 'lamp.switch'])
        assertError(answer, 64, i + 1, 'wamp.error.procedure_already_exists')
      }
    })

    it('with roundrobin invokes in order of registration and begins anew, also as callees come and go', async () => {
      const caller = await scene().join()
      const [, b] = await offer(['a', 'b', 'c'], 'roundrobin')
      assert.deepEqual(await callTimes(caller, 7), ['a', 'b', 'c', 'a', 'b', 'c', 'a'])
      b?.drop()
      await offer(['d'], 'roundrobin')
      const names = await callTimes(caller, 6)
      const [start] = names
      const order = start === 'b' ? ['b'] : []
      assert.deepEqual(names, [...order, 'c', 'd', 'a', 'c', 'd', 'a'].slice(0, 6))
    })

    it('with random invokes each of them, and none always', async () => {
      const caller = await scene().join()
      await offer(['a', 'b', 'c'], 'random')
      const names = await callTimes(caller, 90)
      for (const name of 'abc') {
        const count = names.filter((each) => each === name).length
        assert(count > 8 && count < 60, `${name}: ${count} of 90`)
      }
    })

    it('with first invokes who registered first, and the next of them when that one is gone', async () => {
      const caller = await scene().join()
      const [a] = await offer(['a', 'b', 'c'], 'first')
      assert.deepEqual(await callTimes(caller, 3), ['a', 'a', 'a'])
      await a?.ask([66, 9, await registrationOf(a)])
      assert.deepEqual(await callTimes(caller, 2), ['b', 'b'])
    })

    it('with last invokes who registered last, and the one before when that one is gone', async () => {
      const caller = await scene().join()
      const [, , c] = await offer(['a', 'b', 'c'], 'last')
      assert.deepEqual(await callTimes(caller, 3), ['c', 'c', 'c'])
      await c?.ask([66, 9, await registrationOf(c)])
      assert.deepEqual(await callTimes(caller, 2), ['b', 'b'])
    })

    it('refuses a REGISTER with another policy than the first one’s, and names that', async () => {
      const [one, other] = [await scene().join(), await scene().joinOther()]
      await one.ask([64, 1, { invoke: 'roundrobin' }, 'lamp.switch'])
      for (const [i, options] of [{}, { invoke: 'random' }, { invoke: 'first' }].entries()) {
        const answer = await other.ask([64, i + 1, options, 'lamp.switch'])
        const args = assertError(answer, 64, i + 1, 'wamp.error.procedure_already_exists')
        assert.match(String((args as unknown[])[0]), /invoke=roundrobin/)
      }
      assert.equal((await other.ask([64, 9, { invoke: 'roundrobin' }, 'lamp.switch']))[0], 65)
    })

    it('has one id for all its callees, and each of them once', async () => {
      const [one, other] = [await scene().join(), await scene().joinOther()]
      const [, , id] = await one.ask([64, 1, { invoke: 'first' }, 'lamp.switch'])
      assert.deepEqual(await other.ask([64, 1, { invoke: 'first' }, 'lamp.switch']), [65, 1, id])
      const again = await other.ask([64, 2, { invoke: 'first' }, 'lamp.switch'])
      assertError(again, 64, 2, 'wamp.error.procedure_already_exists')
    })

    it('with a policy that there is not is refused with invalid_argument, which names the policies', async () => {
      const device = await scene().join()
      const answer = await device.ask([64, 1, { invoke: 'fastest' }, 'lamp.switch'])
      const args = assertError(answer, 64, 1, 'wamp.error.invalid_argument')
      assert.match(String((args as unknown[])[0]), /"fastest".*single, first, last, roundrobin/)
    })

    it('is taken over by force_reregister: who has it loses it, is told if it announced that, and the caller gets the new one', async () => {
      const caller = await scene().join()
      const told = await scene().joinOther(
        'realm1',
        announcing({ callee: ['registration_revocation'] }),
      )
      const [, , old] = await told.ask([64, 1, {}, 'lamp.switch'])
      const untold = await scene().joinOther()
      const taken = await untold.ask([64, 1, {}, 'lamp.switch'])
      assertError(taken, 64, 1, 'wamp.error.procedure_already_exists')
      const [type, , fresh] = await untold.ask([64, 2, { force_reregister: true }, 'lamp.switch'])
      assert.equal(type, 65)
      assert.notEqual(fresh, old)
      const [revoked, zero, details] = await told.next()
      assert.deepEqual([revoked, zero], [67, 0])
      assert.equal((details as { registration: unknown }).registration, old)
      untold.echo()
      assert.equal((await caller.ask([48, 1, {}, 'lamp.switch']))[0], 50)
      await told.ask([64, 3, { force_reregister: true }, 'lamp.switch'])
      assert.deepEqual(await untold.settle(), [], 'who did not announce it is not told')
    })
  })

  describe('a call with runmode=partition', () => {
    it('goes to the callee of its rkey, always the same, and keys are spread over all', async () => {
      const caller = await scene().join()
      await offer(['a', 'b', 'c'], 'roundrobin')
      const seen = new Map<string, unknown>()
      for (let round = 0; round < 2; round++) {
        for (let i = 0; i < 24; i++) {
          const options = { runmode: 'partition', rkey: `key ${i}` }
          const [, , , args] = await caller.ask([48, ++request, options, 'lamp.switch'])
          const [name] = args as unknown[]
          assert.equal(seen.get(`key ${i}`) ?? name, name)
          seen.set(`key ${i}`, name)
        }
      }
      assert.deepEqual(new Set(seen.values()), new Set(['a', 'b', 'c']))
    })

    it('keeps the keys of those who stay when another callee is gone', async () => {
      const caller = await scene().join()
      const [, b] = await offer(['a', 'b', 'c'], 'random')
      const chosen = async (): Promise<unknown[]> => {
        const names: unknown[] = []
        for (let i = 0; i < 24; i++) {
          const options = { runmode: 'partition', rkey: `key ${i}` }
          const [, , , args] = await caller.ask([48, ++request, options, 'lamp.switch'])
          names.push((args as unknown[])[0])
        }
        return names
      }
      const before = await chosen()
      await b?.ask([66, 9, await registrationOf(b)])
      const after = await chosen()
      after.forEach((name, i) => assert.equal(name, before[i] === 'b' ? name : before[i]))
      assert(!after.includes('b'))
    })

    it('needs an rkey; runmode=all is not offered, and another one is no runmode', async () => {
      const caller = await scene().join()
      await offer(['a'], 'roundrobin')
      const refusals = [
        [{ runmode: 'partition' }, 'wamp.error.invalid_argument'],
        [{ runmode: 'all', rkey: 'x' }, 'wamp.error.feature_not_supported'],
        [{ runmode: 'some', rkey: 'x' }, 'wamp.error.invalid_argument'],
      ] as const
      for (const [options, uri] of refusals) {
        const answer = await caller.ask([48, ++request, options, 'lamp.switch'])
        assertError(answer, 48, request, uri)
      }
    })
  })

  /** The id of `lamp.switch`, as all its callees have it. */
  const registrationOf = async (device: WampClient): Promise<unknown> => {
    await device.settle()
    return scene().open.realm1.dealer.registrations.get('exact', 'lamp.switch')?.id
  }
}
