import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { listeners } from '../demo/processes.ts'
import { until } from '../support/until.ts'
import { Journey } from './journey.ts'

describe('journey A: a device maker', function () {
  this.timeout(300_000)
  let journey: Journey

  before(async () => {
    journey = await Journey.begin('A')
  })
  after(() => journey.end())

  it('gets from an empty folder to a lamp with a key of its own, and to one that its owner claims, by the page', async () => {
    const { out: made } = await journey.step('latchkey provisioning token create', 0)
    const codes = made.match(/\blk_\w+/g) ?? []
    assert.equal(new Set(codes).size, 3)
    const code = { CODE1: codes[0] ?? '' }

    await journey.step('node examples/lamp.js --code', 0, code)
    const { out: pid } = await journey.shell.run('echo $!')
    await until(() => journey.shell.out.includes('registered lamp1.switch'), 20_000)
    assert.match(journey.shell.out, /^key SHA256:[A-Za-z0-9+/]{43}$/m)
    assert.deepEqual(listeners(Number(pid)), [])
    const state = join(journey.dir, 'lamp1')
    assert.equal((await stat(join(state, 'device.key'))).mode & 0o777, 0o600)
    const secret = await readFile(join(state, 'device.key'), 'utf8')
    for (const file of await filesBelow(join(journey.dir, 'latchkey-data')))
      assert.ok(!(await readFile(file)).includes(secret.split('\n')[1] ?? ''), file)
    const program = await readFile(join(journey.dir, 'examples/lamp.js'), 'utf8')
    assert.ok(program.split('\n').length < 60)

    const { out: devices } = await journey.step('latchkey device list', 0)
    assert.match(devices, /^lamp1 +light +(?:yes|true|online)/m)
    const { out: on } = await journey.step('latchkey call lamp1.switch true', 0)
    assert.deepEqual(JSON.parse(on), { on: true })
    const { err: used } = await journey.step('node examples/lamp.js --code', 1, code)
    assert.match(used, /wamp\.error\.authentication_denied/)
    const { err: denied } = await journey.step('latchkey device quarantine lamp1', 1)
    assert.match(denied, /^wamp\.error\.not_authorized: /m)

    await journey.step('node examples/lamp.js --unclaimed', 0)
    const shown = /^claim me by ([A-Z]{4}-[A-Z]{4})$/m
    await until(() => shown.test(journey.shell.out), 20_000)
    const found = { 'ABCD-EFGH': shown.exec(journey.shell.out)?.[1] ?? '' }
    await journey.step('latchkey device claim', 0, found)
    await until(() => journey.shell.out.includes('registered lamp2.switch'), 30_000)

    const tookMs = await journey.arrived()
    console.log(`      in ${(tookMs / 1000).toFixed(1)} s`)
  })
})

async function filesBelow(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
}
