import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { sign as wampyCryptosign } from 'wampy/cryptosign.js'
import { bound, channelIdOf } from '../../authenticators/channel-id.ts'
import { cryptosignAuthenticator } from '../../authenticators/cryptosign.ts'
import { SigningKey } from '../../authenticators/ed25519.ts'
import { StaticPrincipals } from '../../authenticators/principals.ts'
import type { DeviceRow } from '../../ecosystems/store/store.ts'
import type { Authenticator } from '../../router/access.ts'
import { emptyDict } from '../../router/wire/message.ts'
import type { Dict } from '../../router/wire/message.ts'
import { isChallengeRequest, join, joining, refusedWith } from './attempt.ts'
import { deviceRow } from '../support/rows.ts'

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

/** rfc/text/advanced/authentication_cryptosign.md, Test Vectors: channel id, private key, challenge, signature. */
const vectors: readonly (readonly [string | undefined, string, string, string])[] = [
  [
    undefined,
    '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510',
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'b32675b221f08593213737bef8240e7c15228b07028e19595294678c90d11c0cae80a357331bfc5cc9fb71081464e6e75013517c2cf067ad566a6b7b728e5d03ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  ],
  [
    undefined,
    'd511fe78e23934b3dadb52fcd022974b80bd92bccc7c5cf404e46cc0a8a2f5cd',
    'b26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d',
    'd4209ad10d5aff6bfbc009d7e924795de138a63515efc7afc6b01b7fe5201372190374886a70207b042294af5bd64ce725cd8dceb344e6d11c09d1aaaf4d660fb26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d',
  ],
  [
    undefined,
    '6e1fde9cf9e2359a87420b65a87dc0c66136e66945196ba2475990d8a0c3a25b',
    'b05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2',
    '7beb282184baadd08f166f16dd683b39cab53816ed81e6955def951cb2ddad1ec184e206746fd82bda075af03711d3d5658fc84a76196b0fa8d1ebc92ef9f30bb05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2',
  ],
  [
    '62e935ae755f3d48f80d4d59f6121358c435722a67e859cc0caa8b539027f2ff',
    '4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510',
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    '9b6f41540c9b95b4b7b281c3042fa9c54cef43c842d62ea3fd6030fcb66e70b3e80d49d44c29d1635da9348d02ec93f3ed1ef227dfb59a07b580095c2b82f80f9d16ca518aa0c2b707f2b2a609edeca73bca8dd59817a633f35574ac6fd80d00',
  ],
  [
    '62e935ae755f3d48f80d4d59f6121358c435722a67e859cc0caa8b539027f2ff',
    'd511fe78e23934b3dadb52fcd022974b80bd92bccc7c5cf404e46cc0a8a2f5cd',
    'b26c1f87c13fc1da14997f1b5a71995dff8fbe0a62fae8473c7bdbd05bfb607d',
    '305aaa3ac25e98f651427688b3fc43fe7d8a68a7ec1d7d61c61517c519bd4a427c3015599d83ca28b4c652333920223844ef0725eb5dc2febfd6af7677b73f01d0852a29b460fc92ec943242ac638a053bbacc200512b18b30d15083cbdc9282',
  ],
  [
    '62e935ae755f3d48f80d4d59f6121358c435722a67e859cc0caa8b539027f2ff',
    '6e1fde9cf9e2359a87420b65a87dc0c66136e66945196ba2475990d8a0c3a25b',
    'b05e6b8ad4d69abf74aa3be3c0ee40ae07d66e1895b9ab09285a2f1192d562d2',
    'ee3c7644fd8070532bc1fde3d70d742267da545d8c8f03e63bda63f1ad4214f4d2c4bfdb4eb9526def42deeb7e31602a6ff99eba893e0a4ad4d45892ca75e608d2b75e24a189a7f78ca776ba36fc53f6c3e31c32f251f2c524f0a44202f2902d',
  ],
]

describe('cryptosign', () => {
  const lamp = keyPair()
  const backend = keyPair()
  let device: DeviceRow
  let reasons: unknown[]
  let cryptosign: Authenticator

  beforeEach(() => {
    device = deviceRow({ id: 'lamp', publicKey: lamp.publicKey })
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

  it('agrees with the vectors of the specification, with and without a channel id', () => {
    for (const [channel, seed, challenge, expected] of vectors) {
      const bytes = Buffer.from(channel ?? '', 'hex')
      const id = channel === undefined ? undefined : { type: 'tls-unique', bytes }
      const message = bound(Buffer.from(challenge, 'hex'), id)
      assert.equal(new SigningKey(seed).sign(message), expected)
    }
  })

  it('asks a channel for its id, and takes none that is not 32 bytes long or of no known type', () => {
    const facts = (data: Buffer | undefined) =>
      joining({ peer: { channelBinding: () => data } }).attempt.peer
    const exported = Buffer.alloc(32, 3)
    assert.deepEqual(channelIdOf(facts(exported), 'tls-exporter')?.bytes, exported)
    assert.equal(channelIdOf(facts(Buffer.alloc(12)), 'tls-exporter'), undefined)
    assert.equal(channelIdOf(facts(Buffer.alloc(12)), 'tls-unique')?.bytes.length, 32)
    for (const type of ['tls-server-end-point', '', null, undefined, 7, ['tls-exporter']])
      assert.equal(channelIdOf(facts(exported), type), undefined)
    assert.equal(channelIdOf(facts(undefined), 'tls-unique'), undefined)
    assert.equal(channelIdOf(joining().attempt.peer, 'tls-unique'), undefined)
  })

  it('refuses to prove the router by what is no challenge, and proves it to nobody without a key of its own', async () => {
    const authextra = { pubkey: lamp.publicKey, challenge: 'ab'.repeat(32) }
    const { request, attempt } = joining({ authextra })
    const step = await cryptosign.begin(request, attempt)
    assert(isChallengeRequest(step))
    assert.deepEqual(Object.keys(step.extra), ['challenge', 'channel_binding'])
    const proving = cryptosignAuthenticator({
      devices: { byPublicKey: () => undefined },
      principals: new StaticPrincipals(),
      routerKey: new SigningKey('08'.repeat(32)),
      log: (_level, _message, { reason }) => reasons.push(reason),
    })
    for (const challenge of ['ab', 7, 'zz'.repeat(32), 'ab'.repeat(33)])
      await refusedWith(denied, () =>
        join(proving, { authextra: { pubkey: lamp.publicKey, challenge } }, () => ''),
      )
    assert.deepEqual(new Set(reasons), new Set(['challenge_malformed']))
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
