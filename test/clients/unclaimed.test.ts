import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Device, type DeviceOptions, type Dict } from '../../clients/index.ts'
import { startOutside, type Outside } from '../support/outside.ts'
import { codeFor } from '../support/raw-device.ts'

describe('a device that belongs to nobody', () => {
  let outside: Outside
  let stateDir: string
  const devices: Device[] = []

  beforeEach(async () => {
    outside = await startOutside()
    stateDir = await mkdtemp(join(tmpdir(), 'lk-unclaimed-'))
  })
  afterEach(async () => {
    for (const device of devices.splice(0)) await device.close()
    await outside.stop()
    await rm(stateDir, { recursive: true, force: true })
  })

  const lamp = (options: Partial<DeviceOptions>): Device => {
    const device = new Device({
      url: outside.url,
      realm: 'home',
      stateDir,
      procedures: { switch: () => 'on' },
      ...options,
    })
    devices.push(device)
    return device
  }
  /** Starts a device and resolves with the code that it shows. */
  const showing = (
    code?: string,
  ): { device: Device; shown: Promise<string>; place: Promise<Dict> } => {
    let show: (code: string) => void = () => undefined
    const shown = new Promise<string>((resolve) => (show = resolve))
    const device = lamp({ onClaimCode: (each) => show(each), ...(code !== undefined && { code }) })
    const place = device.connect().then((found) => ({ ...found }))
    place.catch(() => undefined)
    return { device, shown, place }
  }
  const claim = (claimCode: string): Promise<unknown> =>
    outside.manage('device.claim', { claim_code: claimCode, ecosystem: 'home' })
  const newcomerCode = (): Promise<string> => codeFor(outside, { class: 'light', ecosystem: null })

  it('shows its code, waits, and offers what it does once it is claimed', async () => {
    const { shown, place } = showing(await newcomerCode())
    await claim(await shown)
    const { prefix, realm } = await place
    assert.deepEqual([prefix, realm], ['lamp1', 'home'])
    await outside.person('guest')
    await outside.grant('guest', 3)
    const guest = await outside.app(await outside.token(0, 'guest'))
    assert.deepEqual((await guest.call('lamp1.switch')).args, ['on'])
    const kept = JSON.parse(await readFile(join(stateDir, 'device.json'), 'utf8')) as Dict
    assert.deepEqual([kept['prefix'], 'status' in kept], ['lamp1', false])
  })

  it('shows another code after a restart, and the one before is good for nothing', async () => {
    const first = showing(await newcomerCode())
    const old = await first.shown
    await first.device.close()
    await assert.rejects(first.place)
    const second = showing()
    const code = await second.shown
    assert.notEqual(code, old)
    await assert.rejects(claim(old), /not_found|no such claim code/)
    await claim(code)
    assert.equal((await second.place)['prefix'], 'lamp1')
  })

  it('finds that it was claimed while it was away', async () => {
    const first = showing(await newcomerCode())
    const code = await first.shown
    await first.device.close()
    await claim(code)
    assert.equal((await showing().place)['prefix'], 'lamp1')
  })
})

describe('a device that follows wishes', () => {
  it('takes each once, in order, also those that came while it was away, and reports what it is', async () => {
    const outside = await startOutside()
    const stateDir = await mkdtemp(join(tmpdir(), 'lk-wishes-'))
    try {
      const heard: [Dict, number][] = []
      let took: () => void = () => undefined
      const open = async (): Promise<Device> => {
        const device = new Device({
          url: outside.url,
          realm: 'home',
          stateDir,
          code: await codeFor(outside, { class: 'light' }),
          onDesired(desired, version) {
            heard.push([desired, version])
            setTimeout(took)
            return desired
          },
        })
        await device.connect()
        return device
      }
      const shadow = (): Promise<Dict> => outside.manage('device.shadow.get', { device: 'lamp1' })
      const wish = (desired: Dict): Promise<unknown> =>
        outside.manage('device.shadow.set', { device: 'lamp1', desired })
      const device = await open()
      await device.close()
      await wish({ on: true })
      await wish({ dim: 4 })
      const taken = new Promise<void>((resolve) => (took = resolve))
      const back = await open()
      await taken
      assert.deepEqual(heard, [[{ on: true, dim: 4 }, 2]])
      while ((await shadow())['delivered_version'] !== 2) await new Promise(setImmediate)
      assert.deepEqual((await shadow())['reported'], { on: true, dim: 4 })
      await back.close()
      const again = await open()
      const next = new Promise<void>((resolve) => (took = resolve))
      await wish({ dim: null })
      await next
      assert.deepEqual(heard.slice(1), [[{ on: true }, 3]])
      await again.close()
    } finally {
      await outside.stop()
      await rm(stateDir, { recursive: true, force: true })
    }
  })
})
