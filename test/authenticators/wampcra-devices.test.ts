import assert from 'node:assert/strict'
import { deviceSecrets, deviceTemplate } from '../../authenticators/wampcra-devices.ts'
import { CraKeys } from '../../authenticators/wampcra-keys.ts'
import { wampcraAuthenticator } from '../../authenticators/wampcra.ts'
import { newDeviceSecret } from '../../ecosystems/device-secret.ts'
import { House } from '../ecosystems/house.ts'
import { craSignature, type Extra } from '../support/proofs.ts'
import type { Authenticator } from '../../router/access.ts'
import { isChallengeRequest, join, joining, refusedWith } from './attempt.ts'

describe('wampcra of devices', () => {
  let house: House
  let authenticator: Authenticator
  let secret: string
  let reasons: unknown[]

  beforeEach(async () => {
    house = await House.open()
    reasons = []
    const made = await newDeviceSecret()
    secret = made.secret
    const code = await house.code({ prefix: 'sensor' })
    await house.ecosystems.devices.enrol({ code, secret: made.kept })
    authenticator = wampcraAuthenticator({
      keys: await CraKeys.derive([], Buffer.alloc(32, 1), [deviceTemplate]),
      devices: deviceSecrets(house.ecosystems.devices, 'home'),
      clock: house.clock,
      log: (_level, _message, { reason }) => reasons.push(reason),
    })
  })

  const sign = (extra: Extra): string => craSignature(secret, extra)

  it('lets in the device that has the secret, and remembers how weak that is', async () => {
    assert.deepEqual(await join(authenticator, { authid: 'sensor' }, sign), {
      kind: 'device',
      authid: 'sensor',
      authrole: 'device',
      authmethod: 'wampcra',
      authprovider: 'latchkey',
      authextra: { prefix: 'sensor' },
      evidence: { maxLevel: 2 },
    })
  })

  it('refuses a wrong secret, a device with a key, one that is unknown, and one of another realm alike', async () => {
    await house.device('lamp')
    const elsewhere = wampcraAuthenticator({
      keys: await CraKeys.derive([], Buffer.alloc(32, 1), [deviceTemplate]),
      devices: deviceSecrets(house.ecosystems.devices, 'away'),
      clock: house.clock,
      log: () => undefined,
    })
    for (const attempt of [
      () => join(authenticator, { authid: 'sensor' }, (extra) => craSignature('wrong', extra)),
      () => join(authenticator, { authid: 'lamp' }, sign),
      () => join(authenticator, { authid: 'nobody' }, sign),
      () => join(elsewhere, { authid: 'sensor' }, sign),
    ])
      await refusedWith('wamp.error.authentication_denied', attempt)
  })

  it('refuses one that is cut off, also between the challenge and the answer', async () => {
    const { devices } = house.ecosystems
    await refusedWith('wamp.error.authentication_denied', () =>
      join(authenticator, { authid: 'sensor' }, (extra) => {
        void devices.quarantine('sensor', 'lost')
        return sign(extra)
      }),
    )
    assert.deepEqual(reasons, ['device_fallen'])
    await refusedWith('wamp.error.authentication_denied', () =>
      join(authenticator, { authid: 'sensor' }, sign),
    )
  })

  it('challenges unknown names like devices, too', async () => {
    const seen = new Set<string>()
    const shapeOf = async (authid: string): Promise<string> => {
      const { request, attempt } = joining({ authid })
      const step = await authenticator.begin(request, attempt)
      assert(isChallengeRequest(step))
      const { salt = '', iterations, keylen, challenge } = step.extra as Record<string, string>
      const { authrole, authprovider } = JSON.parse(String(challenge)) as Extra
      return [
        authrole,
        authprovider,
        salt.length,
        /^[0-9a-f]*$/.test(salt),
        iterations,
        keylen,
      ].join()
    }
    const device = await shapeOf('sensor')
    for (let i = 0; i < 64; i++) seen.add(await shapeOf(`nobody${i}`))
    assert.ok(seen.has(device), `${[...seen].join(' ')} without ${device}`)
  })
})
