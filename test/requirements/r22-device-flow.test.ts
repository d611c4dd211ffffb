import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as oauth from 'oauth4webapi'
import { claimByUserCode, ClaimDenied, Device, type ShownCode } from '../../clients/index.ts'
import type { DeviceClaims } from '../../realms/authority-services.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Outside } from '../support/outside.ts'
import { until } from '../support/until.ts'

const insecure = { [oauth.allowInsecureRequests]: true }
const client: oauth.Client = { client_id: 'latchkey_device' }

describe('R22 a device without a screen is claimed by its user code', function () {
  this.timeout(20_000)

  let outside: Outside
  let clock: ManualClock
  let as: oauth.AuthorizationServer

  beforeEach(async () => {
    clock = new ManualClock()
    outside = await startOutside({ clock, config: { authority: {} } })
    const issuer = new URL(outside.http)
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
    as = await oauth.processDiscoveryResponse(issuer, response)
  })
  afterEach(() => outside.stop())

  const claims = (): DeviceClaims => {
    const { authority } = outside.server
    assert(authority !== undefined)
    return authority.deviceFlow
  }

  /** `latchkey device claim CODE --ecosystem home --class light`. `false`: nobody shows that code. */
  const claim = async (userCode: string): Promise<boolean> => {
    const input = { claim_code: userCode, ecosystem: 'home', class: 'light' }
    try {
      await outside.manage('device.claim', input)
      return true
    } catch (error) {
      const { uri } = error as { readonly uri?: string }
      assert.equal(uri, 'latchkey.error.not_found')
      return false
    }
  }

  const begin = async (): Promise<oauth.DeviceAuthorizationResponse> => {
    const response = await oauth.deviceAuthorizationRequest(as, client, oauth.None(), {}, insecure)
    return oauth.processDeviceAuthorizationResponse(as, client, response)
  }

  /** The error of a poll, or the provisioning code. */
  const poll = async (deviceCode: string): Promise<string> => {
    const response = await oauth.deviceCodeGrantRequest(
      as,
      client,
      oauth.None(),
      deviceCode,
      insecure,
    )
    try {
      const found = await oauth.processDeviceCodeResponse(as, client, response, {
        recognizedTokenTypes: { provisioning_code: () => undefined },
      })
      return found.access_token
    } catch (error) {
      assert(error instanceof oauth.ResponseBodyError, String(error))
      assert.equal(error.status, 400)
      return error.error
    }
  }

  it('R22: the request is answered with a user code to type, where, for how long and how often to ask', async () => {
    const begun = await begin()
    assert.match(begun.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    assert.equal(begun.expires_in, 600)
    assert.equal(begun.interval, 5)
    const page = await fetch(begun.verification_uri)
    assert.equal(page.status, 200)
    assert.match(await page.text(), /latchkey device claim/)
  })

  it('R22: who polls under the interval is told to slow down, and waits five seconds more from then on', async () => {
    const { device_code: deviceCode, user_code: userCode } = await begin()
    clock.advance(5_000)
    assert.equal(await poll(deviceCode), 'authorization_pending')
    clock.advance(4_999)
    assert.equal(await poll(deviceCode), 'slow_down')
    // Five seconds are too few now.
    clock.advance(9_999)
    assert.equal(await poll(deviceCode), 'slow_down')
    clock.advance(15_000)
    assert.equal(await poll(deviceCode), 'authorization_pending')
    assert.equal(await claim(userCode), true)
    clock.advance(15_000)
    assert.match(await poll(deviceCode), /^lk_/)
  })

  it('R22: the codes are good once, and for ten minutes', async () => {
    const first = await begin()
    assert.equal(await claim(first.user_code), true)
    assert.equal(await claim(first.user_code), false)
    assert.match(await poll(first.device_code), /^lk_/)
    clock.advance(5_000)
    assert.equal(await poll(first.device_code), 'invalid_grant')
    const second = await begin()
    clock.advance(600_000)
    assert.equal(await claim(second.user_code), false)
    assert.equal(await poll(second.device_code), 'expired_token')
  })

  it('R22: a device whose owner says no is denied', async () => {
    const begun = await begin()
    assert.equal(claims().deny(begun.user_code), true)
    assert.equal(await poll(begun.device_code), 'access_denied')
  })

  it('R22: the whole way, from a code on a label to a call, takes less than a minute and leaves the key on the device', async () => {
    const since = Date.now()
    const stateDir = await mkdtemp(join(tmpdir(), 'lk-claimed-'))
    const shown: ShownCode[] = []
    const claiming = claimByUserCode({
      server: outside.http,
      onCode: (code) => shown.push(code),
      clock,
    })
    await until(() => shown.length > 0)
    const [label] = shown
    assert(label !== undefined)
    const waiting = claims().pending(label.userCode.toLowerCase(), 'person:owner')
    assert.equal(waiting?.userCode, label.userCode)
    assert.equal(await claim(label.userCode), true)
    clock.advance(5_000)
    const { code, realm = '' } = await claiming
    const device = new Device({
      url: outside.url,
      realm,
      stateDir,
      code,
      procedures: { switch: () => 'switched' },
    })
    try {
      const place = await device.connect()
      assert.equal(place.realm, 'home')
      await outside.person('owner')
      await outside.grant('owner', 1)
      const owner = await outside.join(await outside.token(0, 'owner'))
      const result = await outside.call(owner, `${place.prefix}.switch`)
      assert.deepEqual(result[3], ['switched'])
      // Used up by the enrolment.
      await assert.rejects(outside.join(code), { reason: 'wamp.error.authentication_denied' })
      const files = await readdir(stateDir)
      assert.ok(files.length > 0)
      for (const file of files)
        assert.doesNotMatch(await readFile(join(stateDir, file), 'utf8'), new RegExp(code))
    } finally {
      await device.close()
      await rm(stateDir, { recursive: true })
    }
    assert.ok(Date.now() - since < 60_000)
  })

  it('R22: the client shows another code when the first has ended, and gives up when the owner says no', async () => {
    const shown: ShownCode[] = []
    const claiming = claimByUserCode({
      server: outside.http,
      onCode: (code) => shown.push(code),
      clock,
      // The clock runs ahead of the network here.
      requestTimeoutMs: 86_400_000,
    })
    claiming.catch(() => undefined)
    await until(() => shown.length > 0)
    while (shown.length < 2) {
      clock.advance(5_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const [first, second] = shown
    assert.notEqual(first?.userCode, second?.userCode)
    assert.equal(claims().deny(second?.userCode ?? ''), true)
    const asking = setInterval(() => clock.advance(1_000), 5)
    try {
      await assert.rejects(claiming, ClaimDenied)
    } finally {
      clearInterval(asking)
    }
  })
})
