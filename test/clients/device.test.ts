import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import { DeviceState } from '../../clients/device-state.ts'
import { Device } from '../../clients/device.ts'
import type { DeviceOptions } from '../../clients/device.ts'
import { CallError, JoinRefused, SessionLost } from '../../clients/errors.ts'
import { webSocketClass } from '../../clients/websocket.ts'
import type { WebSocketClass } from '../../clients/wire.ts'
import { startHouse } from '../support/house.ts'
import type { House } from '../support/house.ts'
import { States } from './states.ts'

describe('a device', () => {
  let house: House
  let folder: string
  const devices: Device[] = []

  before(async () => {
    house = await startHouse()
    folder = await mkdtemp(join(tmpdir(), 'lk-devices-'))
  })

  afterEach(async () => {
    await Promise.all(devices.splice(0).map((each) => each.close()))
  })

  after(async () => {
    await house.stop()
    await rm(folder, { recursive: true })
  })

  let count = 0
  const newState = (): string => join(folder, `d${(count += 1)}`)

  async function newCode(input: Record<string, unknown> = {}): Promise<string> {
    const { codes } = await house.manage('provisioning.token.create', {
      ecosystem: 'home',
      class: 'light',
      ...input,
    })
    return String((codes as string[])[0])
  }

  /** After a restart of the router, the next tests need the operator's session. */
  async function operatorIsBack(): Promise<void> {
    for (;;) {
      try {
        await house.manage('status.get')
        return
      } catch (error) {
        if (!(error instanceof SessionLost)) throw error
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
  }

  function device(options: Partial<DeviceOptions> & { readonly stateDir: string }): Device {
    const made = new Device({
      url: house.url,
      realm: 'home',
      attributes: { name: 'Another lamp' },
      capabilities: [{ verb: 'on_change', action: 'subscribe' }],
      procedures: { switch: ({ args }) => ({ on: args[0] }) },
      backoff: { shortestMs: 5, longestMs: 40 },
      ...options,
    })
    devices.push(made)
    return made
  }

  it('enrols with its code, and is there for those who may use it', async () => {
    const stateDir = newState()
    const lamp = device({ stateDir, code: await newCode() })
    const place = await lamp.connect()
    assert.equal(lamp.uri('switch'), `${place.prefix}.switch`)
    const guest = await house.app('guest')
    assert.deepEqual((await guest.call(lamp.uri('switch'), [true])).args, [{ on: true }])
    const { devices: seen } = await guest.ask('latchkey.discovery.list', {})
    const mine = seen.find(({ prefix }) => prefix === place.prefix)
    assert.deepEqual(mine?.attributes, { name: 'Another lamp' })
    assert.ok(mine?.online)
    const uris = mine?.capabilities.map(({ uri, action }) => `${action} ${uri}`)
    assert.ok(uris?.includes(`call ${place.prefix}.switch`), String(uris))
    assert.equal((await stat(stateDir)).mode & 0o777, 0o700)
    assert.equal((await stat(join(stateDir, 'device.key'))).mode & 0o777, 0o600)
    assert.deepEqual(await readdir(stateDir), ['device.json', 'device.key', 'trust.jws'])
    assert.equal((await stat(join(stateDir, 'trust.jws'))).mode & 0o777, 0o600)
  })

  it('publishes under its prefix, to those who may listen', async () => {
    const lamp = device({ stateDir: newState(), code: await newCode() })
    await lamp.connect()
    const friend = await house.app('friend')
    const heard = new Promise((resolve) => {
      void friend
        .subscribe(lamp.uri('on_change'), ({ args }) => resolve(args[0]))
        .then(() => lamp.publish('on_change', [{ on: true }]))
    })
    assert.deepEqual(await heard, { on: true })
  })

  it('needs no code any more at its next start, and does not look at one', async () => {
    const stateDir = newState()
    const first = device({ stateDir, code: await newCode() })
    const place = await first.connect()
    await first.close()
    const second = device({ stateDir })
    assert.deepEqual(await second.connect(), place)
    assert.equal(second.fingerprint, first.fingerprint)
    await second.close()
    assert.deepEqual(await device({ stateDir, code: 'lk_nothing' }).connect(), place)
  })

  it('is refused with a code that was used, and says so', async () => {
    const code = await newCode()
    await device({ stateDir: newState(), code }).connect()
    const states = new States()
    const stateDir = newState()
    const late = device({ stateDir, code, onState: states.listen })
    await assert.rejects(late.connect(), (error) => {
      assert.ok(error instanceof JoinRefused)
      assert.equal(error.uri, 'wamp.error.authentication_denied')
      return true
    })
    assert.deepEqual(await readdir(stateDir), ['device.key'])
    assert.equal(states.all.filter(({ status }) => status === 'open').length, 0)
    const again = device({ stateDir, code: await newCode() })
    await again.connect()
    assert.equal(again.fingerprint, late.fingerprint)
  })

  it('asks for a code where it has none and is not enrolled', async () => {
    await assert.rejects(
      device({ stateDir: newState() }).connect(),
      /not enrolled, and was given no provisioning code/,
    )
  })

  /** A WebSocket that is cut when the code is being redeemed: before it is sent, or before its answer is read. */
  function cutAt(moment: 'before' | 'after', cuts: { left: number }): WebSocketClass {
    return class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols)
        const send = this.send.bind(this)
        this.send = (data: unknown) => {
          const isEnrolment = String(data).includes('latchkey.device.enrol')
          if (!isEnrolment || cuts.left === 0) return send(data as string)
          cuts.left -= 1
          if (moment === 'before') return this.terminate()
          this.removeAllListeners('message')
          this.on('message', () => this.terminate())
          send(data as string)
        }
      }
    }
  }

  it('is enrolled once when the connection is lost before the code is sent', async () => {
    const cuts = { left: 2 }
    const lamp = device({
      stateDir: newState(),
      code: await newCode({ prefix: 'cut_before' }),
      webSocket: cutAt('before', cuts),
    })
    assert.equal((await lamp.connect()).prefix, 'cut_before')
    assert.equal(cuts.left, 0)
  })

  it('finds its place by its key when the answer to the code is lost', async () => {
    const cuts = { left: 1 }
    const lamp = device({
      stateDir: newState(),
      code: await newCode({ prefix: 'cut_after' }),
      webSocket: cutAt('after', cuts),
    })
    assert.equal((await lamp.connect()).prefix, 'cut_after')
    assert.equal(cuts.left, 0)
    const guest = await house.app('guest')
    assert.deepEqual((await guest.call('cut_after.switch', [1])).args, [{ on: 1 }])
  })

  for (const withCode of [true, false])
    it(`finds its place after a crash before it was written down, ${withCode ? 'with the used code' : 'without one'}`, async () => {
      const stateDir = newState()
      const code = await newCode()
      const lamp = device({ stateDir, code })
      const place = await lamp.connect()
      await lamp.close()
      await rm(join(stateDir, 'device.json'))
      const again = device({ stateDir, ...(withCode && { code }) })
      assert.deepEqual(await again.connect(), place)
      assert.deepEqual((await DeviceState.open(stateDir)).place, place)
    })

  it('finds its place when it lost it and is given a new code', async () => {
    const stateDir = newState()
    const lamp = device({ stateDir, code: await newCode() })
    const place = await lamp.connect()
    await lamp.close()
    await rm(join(stateDir, 'device.json'))
    assert.deepEqual(await device({ stateDir, code: await newCode() }).connect(), place)
  })

  it('enrols with the key that a crash left before the code was used', async () => {
    const stateDir = newState()
    const { fingerprint } = await DeviceState.open(stateDir)
    const lamp = device({ stateDir, code: await newCode() })
    await lamp.connect()
    assert.equal(lamp.fingerprint, fingerprint)
  })

  it('comes back with its procedures when the router was away', async () => {
    const states = new States()
    const lamp = device({ stateDir: newState(), code: await newCode(), onState: states.listen })
    await lamp.connect()
    await house.restart()
    await states.nth(2, 'open')
    await operatorIsBack()
    const guest = await house.app('guest')
    assert.deepEqual((await guest.call(lamp.uri('switch'), [2])).args, [{ on: 2 }])
  })

  it('stops when it is put in quarantine, and is refused until it is let out', async () => {
    const states = new States()
    const stateDir = newState()
    const lamp = device({ stateDir, code: await newCode(), onState: states.listen })
    const { id } = await lamp.connect()
    await house.manage('device.quarantine', { device: id, reason: 'test' })
    const end = await states.nth(1, 'closed')
    assert.ok(end.status === 'closed' && end.error instanceof JoinRefused)
    assert.equal(end.error.uri, 'wamp.error.authentication_denied')
    await assert.rejects(lamp.publish('on_change'), SessionLost)
    await assert.rejects(device({ stateDir }).connect(), JoinRefused)
    await house.manage('device.release', { device: id })
    await device({ stateDir }).connect()
  })

  it('says what it offers although it may not, and stops', async () => {
    const lamp = device({
      stateDir: newState(),
      code: await newCode(),
      capabilities: [{ verb: 'Not A Verb', action: 'subscribe' }],
    })
    await assert.rejects(lamp.connect(), (error) => {
      assert.ok(error instanceof CallError)
      assert.equal(error.uri, 'wamp.error.invalid_argument')
      return true
    })
    assert.equal(lamp.state.status, 'closed')
  })

  it('can be closed while it waits for the router to enrol it', async () => {
    const lamp = device({ stateDir: newState(), code: 'lk_x', url: 'ws://127.0.0.1:1/ws' })
    const connected = assert.rejects(lamp.connect(), { reason: 'closed' })
    await new Promise((resolve) => setTimeout(resolve, 20))
    await lamp.close()
    await connected
  })

  it('goes over any WebSocket it is given', async () => {
    const lamp = device({
      stateDir: newState(),
      code: await newCode(),
      webSocket: webSocketClass({ keepAliveMs: 1_000 }),
    })
    await lamp.connect()
    assert.equal(lamp.state.status, 'open')
  })
})
