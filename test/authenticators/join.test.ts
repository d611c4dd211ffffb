import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { UnsecuredJWT } from 'jose'
import WebSocket from 'ws'
import { Wampy } from 'wampy'
import { cryptosignAuthenticator } from '../../authenticators/cryptosign.ts'
import { StaticPrincipals } from '../../authenticators/principals.ts'
import { ticketAuthenticator } from '../../authenticators/ticket.ts'
import { Ecosystems } from '../../ecosystems/ecosystems.ts'
import { Issuers } from '../../ecosystems/issuers.ts'
import { MemoryStore } from '../../ecosystems/store/memory.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOpenIdProvider } from '../support/openid-provider.ts'
import type { OpenIdProvider } from '../support/openid-provider.ts'
import { startOpenRouter } from '../support/open-router.ts'
import type { OpenRouter } from '../support/open-router.ts'
import { allRoles } from '../support/wamp-client.ts'
import type { Wire } from '../support/wamp-client.ts'

describe('a join over a real socket', () => {
  const clock = new ManualClock()
  let provider: OpenIdProvider
  let ecosystems: Ecosystems
  let router: OpenRouter

  before(async () => {
    provider = await startOpenIdProvider({ people: ['guest'], clock })
    ecosystems = await Ecosystems.open(new MemoryStore(), { clock })
    await ecosystems.idps.add({ issuer: provider.issuer, clientId: 'latchkey' })
    const log = (): void => undefined
    const principals = new StaticPrincipals()
    const issuers = new Issuers(ecosystems.idps, { clock })
    router = await startOpenRouter({
      clock,
      realm: {
        authenticators: [
          ticketAuthenticator({ issuers, ecosystems, principals, log }),
          cryptosignAuthenticator({ devices: ecosystems.devices, principals, log }),
        ],
      },
    })
  })
  after(async () => {
    await router.stop()
    await ecosystems.close()
    await provider.stop()
  })

  /** HELLO and AUTHENTICATE with a ticket; the answer is WELCOME or ABORT. */
  async function present(ticket: string, realm = 'realm1'): Promise<Wire> {
    const client = await router.connect()
    client.send([1, realm, { roles: allRoles, authmethods: ['ticket'] }])
    assert.deepEqual(await client.next(), [4, 'ticket', {}])
    client.send([5, ticket, {}])
    return client.next()
  }

  function detailsOf(welcome: Wire): Record<string, unknown> {
    assert.equal(welcome[0], 2, JSON.stringify(welcome))
    const details: unknown = welcome[2]
    assert(typeof details === 'object' && details !== null)
    return { ...details }
  }

  it('with one token leads to one authid in every realm', async () => {
    const token = await provider.token('guest')
    const one = detailsOf(await present(token, 'realm1'))
    const two = detailsOf(await present(token, 'realm2'))
    assert.match(String(one['authid']), /^[a-z0-9_]+$/)
    assert.equal(one['authid'], two['authid'])
    assert.equal(one['authrole'], 'person')
    assert.equal(one['authmethod'], 'ticket')
    assert.equal(one['authprovider'], provider.issuer)
  })

  it('with a token that proves nothing ends with ABORT authentication_denied', async () => {
    const unsecured = new UnsecuredJWT({ iss: provider.issuer, sub: 'guest' }).encode()
    for (const token of [
      unsecured,
      await provider.token('guest', { audience: 'another' }),
      await provider.token('guest', { expiresInSeconds: -61 }),
    ]) {
      const abort = await present(token)
      assert.equal(abort[0], 3)
      assert.equal(abort[2], 'wamp.error.authentication_denied')
      assert.deepEqual(abort[1], { message: 'the proof does not hold' })
    }
  })

  it('with a token that cannot be checked ends with ABORT authentication_failed', async () => {
    const gone = await startOpenIdProvider({ people: ['guest'], clock })
    await ecosystems.idps.add({ issuer: gone.issuer, clientId: 'latchkey' })
    const token = await gone.token('guest')
    await gone.stop()
    const abort = await present(token)
    assert.equal(abort[0], 3)
    assert.equal(abort[2], 'wamp.error.authentication_failed')
  })

  it('with a token expired by 59 s is a session until the skew ends', async () => {
    const client = await router.connect()
    client.send([1, 'realm1', { roles: allRoles, authmethods: ['ticket'] }])
    await client.next()
    client.send([5, await provider.token('guest', { expiresInSeconds: -59 }), {}])
    detailsOf(await client.next())
    clock.advance(1_000)
    await client.closed
  })

  it('of wampy with a token, and any authid, works', async () => {
    const token = await provider.token('guest')
    const wampy = new Wampy(router.url, {
      realm: 'realm1',
      ws: WebSocket as never,
      authid: 'whatever',
      authmethods: ['ticket'],
      onChallenge: () => token,
    })
    const welcome = await wampy.connect()
    assert.equal(welcome['authprovider'], provider.issuer)
    await wampy.disconnect()
  })

  it('of a device by its key works, and its answer cannot be used again', async () => {
    await ecosystems.directory.create({ id: 'home', realm: 'realm1' })
    const order = { realm: 'realm1', ecosystems: ['home'], class: 'light', count: 1 }
    const [code = ''] = await ecosystems.provisioning.create({ ...order, by: 'operator:operator' })
    const enrolling = detailsOf(await present(code))
    assert.equal(enrolling['authrole'], 'provisioning')

    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const x = publicKey.export({ format: 'jwk' }).x ?? ''
    const pubkey = Buffer.from(x, 'base64url').toString('hex')
    const device = await ecosystems.devices.enrol({ code, publicKey: pubkey })
    assert.equal((await present(code))[2], 'wamp.error.authentication_denied')

    const hello = [
      1,
      'realm1',
      { roles: allRoles, authmethods: ['cryptosign'], authextra: { pubkey } },
    ]
    const client = await router.connect()
    client.send(hello)
    const [, , extra] = await client.next()
    assert(typeof extra === 'object' && extra !== null && 'challenge' in extra)
    const challenge = String(extra.challenge)
    const signature = sign(null, Buffer.from(challenge, 'hex'), privateKey).toString('hex')
    client.send([5, signature + challenge, {}])
    assert.equal(detailsOf(await client.next())['authid'], device.id)

    const replaying = await router.connect()
    replaying.send(hello)
    await replaying.next()
    replaying.send([5, signature + challenge, {}])
    assert.equal((await replaying.next())[2], 'wamp.error.authentication_denied')
  })
})
