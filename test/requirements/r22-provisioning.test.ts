import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WebSocket from 'ws'
import { claimByUserCode, Device } from '../../clients/index.ts'
import { JoinAborted, startOutside, type Outside } from '../support/outside.ts'
import {
  boardKey,
  codeFor,
  enrolBy,
  joinByKey,
  publicHex,
  registering,
} from '../support/raw-device.ts'

/** Remembers all that goes over any of its connections. */
class Overheard extends WebSocket {
  static readonly sent: string[] = []

  override send(data: string): void {
    Overheard.sent.push(data)
    super.send(data)
  }
}

describe('R22 devices get their identity, and their owner', () => {
  let outside: Outside
  let stateDir: string

  beforeEach(async () => {
    outside = await startOutside({ config: { authority: {} } })
    stateDir = await mkdtemp(join(tmpdir(), 'lk-r22-'))
    await outside.person('owner')
    await outside.grant('owner', 1)
  })
  afterEach(async () => {
    await outside.stop()
    await rm(stateDir, { recursive: true, force: true })
  })

  it('R22: a token that was used is denied, at the join and in a session that joined by it before', async () => {
    const code = await codeFor(outside, { class: 'light' })
    const early = await outside.join(code)
    await enrolBy(outside, code, { public_key: publicHex(boardKey()) })
    await assert.rejects(
      outside.join(code),
      (error) =>
        error instanceof JoinAborted && error.reason === 'wamp.error.authentication_denied',
    )
    const again = { code, public_key: publicHex(boardKey()) }
    assert.equal(
      await outside.outcome(early, 'latchkey.device.enrol', [], again),
      'wamp.error.authentication_denied',
    )
  })

  it('R22: the key is made on board, stays in a file of its owner, and never goes over the wire', async () => {
    Overheard.sent.length = 0
    const code = await codeFor(outside, { class: 'light' })
    const device = new Device({
      url: outside.url,
      realm: 'home',
      stateDir,
      code,
      webSocket: Overheard,
      procedures: { switch: () => ({ args: [true] }) },
    })
    await device.connect()
    await device.close()
    const file = join(stateDir, 'device.key')
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    const pem = await readFile(file, 'utf8')
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    const seed = der.subarray(-32)
    const all = Overheard.sent.join('\n')
    assert.ok(all.includes(code))
    for (const form of ['hex', 'base64', 'base64url'] as const)
      assert.equal(all.includes(seed.toString(form).replace(/=+$/, '')), false)
  })

  it('R22: only the operator makes codes for devices of nobody; such a device is claimed by its owner', async () => {
    const owner = await outside.join(await outside.token(0, 'owner'))
    assert.equal(
      await outside.outcome(owner, 'latchkey.provisioning.token.create', [], { class: 'light' }),
      'wamp.error.not_authorized',
    )
    const startedAt = performance.now()
    const key = boardKey()
    const code = await codeFor(outside, { class: 'light', ecosystem: null })
    const { claim_code: claimCode } = await enrolBy(outside, code, { public_key: publicHex(key) })
    const device = await joinByKey(outside, key)
    const kwargs = { claim_code: claimCode, ecosystem: 'home' }
    assert.equal(await outside.outcome(owner, 'latchkey.device.claim', [], kwargs), 'RESULT')
    assert.equal(await registering(device, 'lamp1.switch'), 'REGISTERED')
    assert.ok(performance.now() - startedAt < 60_000)
  })

  it('R22: a device without a screen shows a user code; claimed by it, it is in the house in less than a minute', async () => {
    const startedAt = performance.now()
    const owner = await outside.join(await outside.token(0, 'owner'))
    let claimed: Promise<string> | undefined
    const { code } = await claimByUserCode({
      server: outside.http,
      onCode: ({ userCode }) => {
        const kwargs = { claim_code: userCode, ecosystem: 'home', class: 'light' }
        claimed = outside.outcome(owner, 'latchkey.device.claim', [], kwargs)
      },
    })
    assert.equal(await claimed, 'RESULT')
    const procedures = { switch: () => ({ args: [true] }) }
    const device = new Device({ url: outside.url, realm: 'home', stateDir, code, procedures })
    assert.deepEqual(await device.connect(), { id: 'lamp1', realm: 'home', prefix: 'lamp1' })
    assert.equal(await outside.outcome(owner, 'lamp1.switch', [true]), 'RESULT')
    assert.ok(performance.now() - startedAt < 60_000)
    await device.close()
  }).timeout(60_000)

  it('R22: who shows a user code cannot be claimed without saying as what, nor into another’s ecosystem', async () => {
    await outside.person('other')
    const other = await outside.join(await outside.token(0, 'other'))
    const owner = await outside.join(await outside.token(0, 'owner'))
    const stopped = new AbortController()
    const outcomes: string[] = []
    const waiting = claimByUserCode({
      server: outside.http,
      stopped: stopped.signal,
      onCode: ({ userCode }) => {
        const claim = async (): Promise<void> => {
          const kwargs = { claim_code: userCode, ecosystem: 'home' }
          const uri = 'latchkey.device.claim'
          outcomes.push(await outside.outcome(other, uri, [], { ...kwargs, class: 'light' }))
          outcomes.push(await outside.outcome(owner, uri, [], kwargs))
          stopped.abort(new Error('seen enough'))
        }
        void claim()
      },
    })
    await assert.rejects(waiting, /seen enough/)
    assert.deepEqual(outcomes, ['wamp.error.not_authorized', 'wamp.error.invalid_argument'])
  })
})
