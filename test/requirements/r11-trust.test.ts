import assert from 'node:assert/strict'
import { cp, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { DeviceState } from '../../clients/device-state.ts'
import { Device, TrustBundle, webSocketClass } from '../../clients/index.ts'
import type { AssertionClaims, DeviceOptions, ProofError } from '../../clients/index.ts'
import { parseConfig, type Config } from '../../config.ts'
import { startServer, type RunningServer } from '../../server.ts'
import { eventually } from '../support/eventually.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Outside } from '../support/outside.ts'
import { WampClient } from '../support/wamp-client.ts'

/** A device at a house, with what it was told and what it refused. */
interface Thing {
  readonly device: Device
  readonly stateDir: string
  readonly asked: { readonly args: readonly unknown[]; readonly claims?: AssertionClaims }[]
  readonly refused: string[]
  readonly problems: string[]
}

const denied = 'wamp.error.not_authorized'

describe('R11 trust both ways', function () {
  this.timeout(30_000)
  let outside: Outside
  let folder: string
  let guest: WampClient
  const clock = new ManualClock()
  const things: Device[] = []

  before(async () => {
    outside = await startOutside({ clock, store: 'folder' })
    folder = await mkdtemp(join(tmpdir(), 'lk-r11-'))
    await outside.person('guest')
    await outside.grant('guest', 3)
    guest = await outside.join(await outside.token(0, 'guest'))
  })

  after(async () => {
    await Promise.all(things.map((each) => each.close()))
    await outside.stop()
    await rm(folder, { recursive: true })
  })

  async function thing(prefix: string, more: Partial<DeviceOptions> = {}): Promise<Thing> {
    const { codes } = await outside.manage('provisioning.token.create', {
      ecosystem: 'home',
      class: 'light',
      prefix,
    })
    const options = { stateDir: join(folder, prefix), code: String((codes as string[])[0]) }
    return started({ ...options, ...more })
  }

  /** Starts the program of a device, with what it has on disk. */
  async function started(
    options: Partial<DeviceOptions> & { readonly stateDir: string },
  ): Promise<Thing> {
    const found: Omit<Thing, 'device'> = {
      stateDir: options.stateDir,
      asked: [],
      refused: [],
      problems: [],
    }
    const device = new Device({
      url: outside.url,
      realm: 'home',
      webSocket: webSocketClass(),
      backoff: { shortestMs: 5, longestMs: 20 },
      requireAssertion: true,
      assertions: { clock },
      procedures: {
        switch: ({ args, assertion: claims }) => {
          found.asked.push({ args, ...(claims !== undefined && { claims }) })
          return 'done'
        },
      },
      onRefused: (error: ProofError) => found.refused.push(error.problem),
      onProblem: (error) => found.problems.push(String(error)),
      ...options,
    })
    things.push(device)
    await device.connect()
    return { device, ...found }
  }

  /** The owner wants the house's word for it. */
  async function assertFor(prefix: string): Promise<void> {
    const { devices } = await outside.manage('device.list')
    const row = (devices as { id: string; prefix: string }[]).find((each) => each.prefix === prefix)
    await outside.manage('capability.set', {
      device: row?.id,
      uri: `${prefix}.switch`,
      action: 'call',
      ecosystem: 'home',
      level: 3,
      assert: true,
    })
  }

  it('R11: the device verifies with only the bundle who asks for what', async () => {
    const lamp = await thing('lamp1')
    await assertFor('lamp1')
    assert.equal(await outside.outcome(guest, 'lamp1.switch', [true], { fade: 2 }), 'RESULT')
    const [{ args, claims } = { args: [] }] = lamp.asked
    assert.deepEqual(args, [true])
    assert.equal(claims?.sub, 'guest')
    assert.equal(claims.level, 3)
    assert.equal(claims.uri, 'lamp1.switch')
    assert.match(claims.args_sha256, /^[0-9a-f]{64}$/)
    assert.equal(claims.exp - claims.iat, 30)
    assert.deepEqual(lamp.refused, [])
    assert.deepEqual(lamp.problems, [])
  })

  it('R11: what a router says on its own, without the word of the house, moves nothing', async () => {
    const lamp = await thing('lamp2')
    assert.equal(await outside.outcome(guest, 'lamp2.switch', [true]), denied)
    assert.deepEqual(lamp.refused, ['absent'])
    assert.deepEqual(lamp.asked, [])
  })

  it('R11: over JSON, MessagePack and CBOR it is the same word', async () => {
    const lamp = await thing('lamp3')
    await assertFor('lamp3')
    const args = [true, 'é', 1.5, [1, { b: null, a: -1 }]]
    for (const format of ['json', 'msgpack', 'cbor'] as const) {
      const client = await outside.join(await outside.token(0, 'guest'), { format })
      assert.equal(await outside.outcome(client, 'lamp3.switch', args), 'RESULT', format)
    }
    assert.equal(lamp.asked.length, 3)
  })

  it('R11: a call whose arguments are not the same everywhere is not delivered', async () => {
    const lamp = await thing('lamp4')
    await assertFor('lamp4')
    const client = await outside.join(await outside.token(0, 'guest'), { format: 'msgpack' })
    assert.equal(
      await outside.outcome(client, 'lamp4.switch', [2 ** 60]),
      'wamp.error.authorization_failed',
    )
    assert.deepEqual(lamp.asked, [])
    assert.deepEqual(lamp.refused, [])
  })

  it('R11: a device registers nothing under the prefix of its neighbour', async () => {
    await thing('lamp5')
    const stateDir = join(folder, 'lamp5')
    // The neighbour's place, with a key that is not the neighbour's.
    const state = await DeviceState.open(stateDir)
    const { authmethods, authid, authextra, answer } = state.credential()
    const client = await outside.connect()
    const challenge = await client.ask([
      1,
      'home',
      { roles: { callee: {} }, authmethods, authid, authextra },
    ])
    assert.equal(challenge[0], 4)
    const signature = answer?.('cryptosign', challenge[2] as Record<string, unknown>) ?? ''
    assert.equal((await client.ask([5, signature, {}]))[0], 2)
    const own = await client.ask([64, 1, {}, 'lamp5.blink'])
    assert.equal(own[0], 65)
    const neighbours = await client.ask([64, 2, {}, 'lamp1.blink'])
    assert.deepEqual([neighbours[0], neighbours[4]], [8, denied])
  })

  describe('behind another router', () => {
    let other: RunningServer
    let dir: string
    let config: Config

    before(async () => {
      dir = await mkdtemp(join(tmpdir(), 'lk-r11-other-'))
    })

    afterEach(async () => {
      await other.close()
      await rm(dir, { recursive: true, force: true })
    })

    it('R11: a device that comes to a router with another key does nothing for it', async () => {
      const lamp = await thing('lamp6')
      await assertFor('lamp6')
      assert.equal(await outside.outcome(guest, 'lamp6.switch', [1]), 'RESULT')
      await lamp.device.close()
      // The whole house was taken, its database above all; only the key of the house was not.
      await outside.server.close()
      await cp(outside.dir ?? '', dir, {
        recursive: true,
        filter: (file) => !/\.(pem|sock|lock)$/.test(file),
      })
      config = parseConfig(
        'listen: { websocket: { host: 127.0.0.1, port: 0 } }\nrealms: [{ uri: home, authmethods: [ticket, cryptosign], shutdown: close }]',
        'the test',
      )
      other = await startServer(config, { dir, clock, logger: pino({ level: 'silent' }) })
      const url = `ws://127.0.0.1:${other.port}/ws`
      const again = await started({ stateDir: lamp.stateDir, url })
      assert.match(again.problems.join(), /this device trusts/)
      const client = await WampClient.webSocket(url)
      await client.ask([1, 'home', { roles: { caller: {} }, authmethods: ['ticket'] }])
      const welcome = await client.ask([5, await outside.token(0, 'guest'), {}])
      assert.equal(welcome[0], 2)
      // That router allows it and says so, by its own key.
      assert.equal(await outside.outcome(client, 'lamp6.switch', [1]), denied)
      client.drop()
      assert.deepEqual(again.asked, [])
      assert.deepEqual(again.refused, ['signature'])
      await again.device.close()
    })
  })

  it('R11: a device is handed over to a new key by the one that it trusts', async () => {
    await outside.restart()
    const lamp = await thing('lamp7')
    await assertFor('lamp7')
    const dir = outside.dir ?? ''
    const before = (await DeviceState.open(lamp.stateDir)).trust
    await rename(join(dir, 'house-key.pem'), join(dir, 'house-key.previous.pem'))
    await outside.restart()
    await eventually(async () => {
      const { trust } = await DeviceState.open(lamp.stateDir)
      assert.ok(trust instanceof TrustBundle)
      assert.notEqual(trust.fingerprint, before?.fingerprint)
    })
    guest = await outside.join(await outside.token(0, 'guest'))
    assert.equal(await outside.outcome(guest, 'lamp7.switch', [1]), 'RESULT')
    assert.deepEqual(lamp.refused, [])
  })
})
