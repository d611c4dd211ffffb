import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeviceState } from '../../clients/device-state.ts'
import { Device } from '../../clients/device.ts'
import type { DeviceOptions } from '../../clients/device.ts'
import { CallError, SessionLost } from '../../clients/errors.ts'
import type { Session } from '../../clients/session.ts'
import { keepTrust } from '../../clients/trust-keeping.ts'
import { webSocketClass } from '../../clients/websocket.ts'
import { HouseKey } from '../../ecosystems/proofs/house-key.ts'
import { eventually } from '../support/eventually.ts'
import { startHouse } from '../support/house.ts'
import type { House } from '../support/house.ts'

describe('the house that a device trusts', () => {
  let house: House
  let folder: string
  const devices: Device[] = []

  before(async () => {
    house = await startHouse()
    folder = await mkdtemp(join(tmpdir(), 'lk-trust-'))
  })

  afterEach(async () => {
    await Promise.all(devices.splice(0).map((each) => each.close()))
  })

  after(async () => {
    await house.stop()
    await rm(folder, { recursive: true })
  })

  let count = 0
  async function lamp(options: Partial<DeviceOptions> = {}) {
    const input = { ecosystem: 'home', class: 'light' }
    // After a restart the operator's session comes back first.
    const { codes } = await eventually(() => house.manage('provisioning.token.create', input))
    const problems: string[] = []
    const refused: string[] = []
    const stateDir = join(folder, `lamp${(count += 1)}`)
    const device = new Device({
      url: house.url,
      realm: 'home',
      webSocket: webSocketClass(),
      stateDir,
      code: String((codes as string[])[0]),
      procedures: { switch: () => 'on', dim: () => 'dim' },
      onProblem: (error) => problems.push(String(error)),
      onRefused: ({ problem }, uri) => refused.push(`${problem} ${uri}`),
      ...options,
    })
    devices.push(device)
    const place = await device.connect()
    return { device, place, stateDir, problems, refused }
  }

  it('is kept from the first join on', async () => {
    const { stateDir, place, problems } = await lamp()
    const { trust } = await DeviceState.open(stateDir)
    assert.equal(trust?.claims.device, place.id)
    // What the operator reads out is what a device can be given.
    assert.equal(trust.fingerprint, (await house.manage('status.get'))['house_key'])
    const given = await lamp({ houseFingerprint: trust.fingerprint })
    assert.deepEqual(given.problems, [])
    assert.equal(trust.claims.prefix, place.prefix)
    assert.deepEqual(trust.claims.ecosystems, ['home'])
    assert.deepEqual(problems, [])
  })

  it('is the same after the router came again', async () => {
    const { stateDir, device } = await lamp()
    const before = (await DeviceState.open(stateDir)).trust?.fingerprint
    await device.close()
    await house.restart()
    const again = await lamp({ stateDir })
    assert.equal((await DeviceState.open(stateDir)).trust?.fingerprint, before)
    assert.deepEqual(again.problems, [])
  })

  it('is the one whose key the owner has named, and no other', async () => {
    const { stateDir, problems } = await lamp({ houseFingerprint: HouseKey.ephemeral().kid })
    assert.equal((await DeviceState.open(stateDir)).trust, undefined)
    assert.match(problems.join(), /the house's key is/)
  })

  it('must give its word only for what the device requires it for', async () => {
    const { device, place, refused } = await lamp({ requireAssertion: ['dim'] })
    const uri = device.uri('dim')
    const capability = { device: place.id, uri, action: 'call', ecosystem: 'home', level: 3 }
    await house.manage('capability.set', capability)
    const guest = await house.app('guest')
    assert.deepEqual((await guest.call(device.uri('switch'))).args, ['on'])
    await assert.rejects(
      guest.call(uri),
      (error) => error instanceof CallError && error.uri === 'wamp.error.not_authorized',
    )
    assert.deepEqual(refused, [`absent ${uri}`])
    await house.manage('capability.set', { ...capability, assert: true })
    assert.deepEqual((await guest.call(uri)).args, ['dim'])
  })

  describe('with a router that tells nothing of it', () => {
    const answering = (error: Error): Session =>
      ({ call: () => Promise.reject(error) }) as unknown as Session

    async function problemsOf(
      error: Error,
      requireAssertion?: true | readonly string[],
    ): Promise<unknown[]> {
      const state = await DeviceState.open(join(folder, `state${(count += 1)}`))
      const problems: unknown[] = []
      await keepTrust(answering(error), state, {
        ...(requireAssertion !== undefined && { requireAssertion }),
        onProblem: (problem) => problems.push(problem),
      })
      return problems
    }

    it('is no problem for a device that requires no word of it', async () => {
      const none = new CallError('wamp.error.no_such_procedure')
      assert.deepEqual(await problemsOf(none), [])
      assert.deepEqual(await problemsOf(none, []), [])
      assert.deepEqual(await problemsOf(none, ['switch']), [none])
      assert.deepEqual(await problemsOf(none, true), [none])
    })

    it('is a problem that is told of when it is another one', async () => {
      const refusal = new CallError('wamp.error.not_authorized')
      assert.deepEqual(await problemsOf(refusal), [refusal])
      await assert.rejects(problemsOf(new SessionLost('gone')), SessionLost)
    })
  })
})
