import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { sign as wampyCryptosign } from 'wampy/cryptosign.js'
import { cryptosignAuthenticator } from '../../authenticators/cryptosign.ts'
import { StaticPrincipals } from '../../authenticators/principals.ts'
import type { DeviceRow } from '../../ecosystems/store/store.ts'
import type { Authenticator } from '../../router/access.ts'
import { emptyDict } from '../../router/wire/message.ts'
import type { Dict } from '../../router/wire/message.ts'
import { isChallengeRequest, join, joining, refusedWith } from './attempt.ts'

const denied = 'wamp.error.authentication_denied'

function hexOf(key: KeyObject): string {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex')
}

function keyPair(): { privateKey: KeyObject; publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { privateKey, publicKey: hexOf(publicKey) }
}

function challengeOf(extra: Dict): string {
  assert(typeof extra['challenge'] === 'string')
  return extra['challenge']
}

function signing(privateKey: KeyObject): (extra: Dict) => string {
  return (extra) => {
    const challenge = challengeOf(extra)
    return sign(null, Buffer.from(challenge, 'hex'), privateKey).toString('hex') + challenge
  }
}

describe('cryptosign', () => {
  const lamp = keyPair()
  const backend = keyPair()
  let device: DeviceRow
  let reasons: unknown[]
  let cryptosign: Authenticator

  beforeEach(() => {
    device = {
      id: 'lamp',
      realm: 'home',
      class: 'light',
      prefix: 'lamp',
      publicKey: lamp.publicKey,
      status: 'active',
      ecosystems: ['home'],
      attributes: {},
      announced: [],
      createdAt: 0,
    }
    reasons = []
    cryptosign = cryptosignAuthenticator({
      devices: { byPublicKey: (key) => (key === device.publicKey ? device : undefined) },
      principals: new StaticPrincipals([
        { authid: 'backend', role: 'integrator', publicKey: backend.publicKey.toUpperCase() },
      ]),
      log: (_level, _message, { reason }) => reasons.push(reason),
    })
  })

  it('lets a device in by the key it holds', async () => {
    const authextra = { pubkey: lamp.publicKey }
    assert.deepEqual(await join(cryptosign, { authextra }, signing(lamp.privateKey)), {
      kind: 'device',
      authid: 'lamp',
      authrole: 'device',
      authmethod: 'cryptosign',
      authprovider: 'latchkey',
      authextra: { prefix: 'lamp' },
    })
  })

  it('takes the identity from the key, whatever authid HELLO says', async () => {
    const authextra = { pubkey: lamp.publicKey.toUpperCase() }
    const joined = await join(cryptosign, { authid: 'owner', authextra }, signing(lamp.privateKey))
    assert.equal(joined.authid, 'lamp')
  })

  it('lets a component of the configuration in by its key', async () => {
    const authextra = { pubkey: backend.publicKey }
    assert.deepEqual(await join(cryptosign, { authextra }, signing(backend.privateKey)), {
      kind: 'component',
      authid: 'backend',
      authrole: 'integrator',
      authmethod: 'cryptosign',
      authprovider: 'static',
    })
  })

  it('challenges with 32 fresh bytes, and offers no channel binding', async () => {
    const seen = new Set<string>()
    for (let i = 0; i < 10; i++) {
      const authextra = { pubkey: lamp.publicKey, channel_binding: 'tls-exporter' }
      const { request, attempt } = joining({ authextra })
      const step = await cryptosign.begin(request, attempt)
      assert(isChallengeRequest(step))
      assert.match(challengeOf(step.extra), /^[0-9a-f]{64}$/)
      assert.equal(step.extra['channel_binding'], null)
      seen.add(challengeOf(step.extra))
    }
    assert.equal(seen.size, 10)
  })

  it('challenges an unknown key like any other and refuses it then', async () => {
    const stranger = keyPair()
    const authextra = { pubkey: stranger.publicKey }
    await refusedWith(denied, () => join(cryptosign, { authextra }, signing(stranger.privateKey)))
    assert.deepEqual(reasons, ['key_unknown'])
  })

  it('refuses a quarantined device, also one that falls between challenge and answer', async () => {
    const authextra = { pubkey: lamp.publicKey }
    await refusedWith(denied, () =>
      join(cryptosign, { authextra }, (extra) => {
        device = { ...device, status: 'quarantined' }
        return signing(lamp.privateKey)(extra)
      }),
    )
    assert.deepEqual(reasons, ['device_quarantined'])
  })

  it('refuses a device in a realm that is not its own', async () => {
    const authextra = { pubkey: lamp.publicKey }
    await refusedWith(denied, () =>
      join(cryptosign, { realm: 'car', authextra }, signing(lamp.privateKey)),
    )
    assert.deepEqual(reasons, ['device_of_another_realm'])
  })

  it('refuses an answer that was overheard in an earlier join', async () => {
    const authextra = { pubkey: lamp.publicKey }
    let overheard = ''
    await join(cryptosign, { authextra }, (extra) => {
      overheard = signing(lamp.privateKey)(extra)
      return overheard
    })
    await refusedWith(denied, () => join(cryptosign, { authextra }, () => overheard))
    assert.deepEqual(reasons, ['message_is_not_our_challenge'])
  })

  it('refuses a good signature of another message, and another signature of the right message', async () => {
    const authextra = { pubkey: lamp.publicKey }
    const other = 'ab'.repeat(32)
    const overOther = sign(null, Buffer.from(other, 'hex'), lamp.privateKey).toString('hex')
    await refusedWith(denied, () => join(cryptosign, { authextra }, () => overOther + other))
    await refusedWith(denied, () =>
      join(cryptosign, { authextra }, (extra) => overOther + challengeOf(extra)),
    )
    const stranger = keyPair()
    await refusedWith(denied, () => join(cryptosign, { authextra }, signing(stranger.privateKey)))
    assert.deepEqual(reasons, [
      'message_is_not_our_challenge',
      'signature_wrong',
      'signature_wrong',
    ])
  })

  it('refuses answers that are no 96 bytes in hex', async () => {
    const authextra = { pubkey: lamp.publicKey }
    const good = signing(lamp.privateKey)
    for (const spoil of [
      () => '',
      (text: string) => text.slice(0, -1),
      (text: string) => text.slice(0, -2),
      (text: string) => `${text}00`,
      (text: string) => text.slice(0, -2) + 'zz',
      (text: string) => ` ${text.slice(1)}`,
    ])
      await refusedWith(denied, () =>
        join(cryptosign, { authextra }, (extra) => spoil(good(extra))),
      )
    assert.deepEqual(new Set(reasons), new Set(['signature_malformed']))
  })

  it('takes hex in upper case', async () => {
    const authextra = { pubkey: lamp.publicKey }
    await join(cryptosign, { authextra }, (extra) => signing(lamp.privateKey)(extra).toUpperCase())
  })

  it('refuses a HELLO without a key that could be one', async () => {
    for (const pubkey of [undefined, null, 7, '', 'zz'.repeat(32), 'ab'.repeat(31), ['ab']])
      await refusedWith(denied, () => join(cryptosign, { authextra: { pubkey } }, () => ''))
    assert.deepEqual(new Set(reasons), new Set(['key_malformed']))
  })

  it('does not crash at keys that are no points of the curve', async () => {
    for (const pubkey of ['ff'.repeat(32), `02${'00'.repeat(31)}`]) {
      device = { ...device, publicKey: pubkey }
      await refusedWith(denied, () =>
        join(cryptosign, { authextra: { pubkey } }, (e) => '00'.repeat(64) + challengeOf(e)),
      )
    }
  })

  it('takes no signature under a key of small order, though it verifies', async () => {
    // The neutral point as R and 0 as S fit every message under the key 1.
    const forged = `01${'00'.repeat(63)}`
    for (const pubkey of [`01${'00'.repeat(31)}`, `01${'00'.repeat(30)}80`]) {
      device = { ...device, publicKey: pubkey }
      await refusedWith(denied, () =>
        join(cryptosign, { authextra: { pubkey } }, (extra) => forged + challengeOf(extra)),
      )
    }
    assert.deepEqual(new Set(reasons), new Set(['signature_wrong']))
  })

  it('is answered rightly by wampy', async () => {
    const { d = '' } = lamp.privateKey.export({ format: 'jwk' })
    const answering = wampyCryptosign(Buffer.from(d, 'base64url').toString('hex'))
    const { request, attempt } = joining({ authextra: { pubkey: lamp.publicKey } })
    const step = await cryptosign.begin(request, attempt)
    assert(isChallengeRequest(step))
    const signature = answering('cryptosign', { challenge: challengeOf(step.extra) })
    const joined = await cryptosign.verify?.(
      { signature, extra: emptyDict },
      step,
      request,
      attempt,
    )
    assert(joined !== undefined && !isChallengeRequest(joined))
    assert.equal(joined.authid, 'lamp')
  })
})
