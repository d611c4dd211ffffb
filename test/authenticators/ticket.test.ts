import assert from 'node:assert/strict'
import { generateKeyPair, importJWK, SignJWT, UnsecuredJWT } from 'jose'
import { StaticPrincipals } from '../../authenticators/principals.ts'
import { ticketAuthenticator } from '../../authenticators/ticket.ts'
import type { TicketAuthenticator } from '../../authenticators/ticket.ts'
import { Ecosystems } from '../../ecosystems/ecosystems.ts'
import { Issuers } from '../../ecosystems/issuers.ts'
import { MemoryStore } from '../../ecosystems/store/memory.ts'
import { StoreUnavailable } from '../../ecosystems/store/store.ts'
import type { Change } from '../../ecosystems/store/store.ts'
import type { Principal } from '../../router/access.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOpenIdProvider } from '../support/openid-provider.ts'
import type { OpenIdProvider } from '../support/openid-provider.ts'
import { isChallengeRequest, join, joining, refusedWith } from './attempt.ts'

const denied = 'wamp.error.authentication_denied'
const failed = 'wamp.error.authentication_failed'

/** A store whose disk can be full. */
class FullStore extends MemoryStore {
  full = false

  override commit(changes: readonly Change[]): Promise<void> {
    return this.full ? Promise.reject(new StoreUnavailable('disk full')) : super.commit(changes)
  }
}

describe('a ticket', () => {
  const clock = new ManualClock(1_800_000_000_000)
  const secret = 'a long enough secret'
  let provider: OpenIdProvider
  let other: OpenIdProvider
  let store: FullStore
  let ecosystems: Ecosystems
  let ticket: TicketAuthenticator
  let log: { level: string; reason: unknown; text: string }[]

  before(async () => {
    provider = await startOpenIdProvider({ people: ['owner', 'guest'], clock })
    other = await startOpenIdProvider({ people: ['guest'], clock })
  })
  after(async () => {
    await provider.stop()
    await other.stop()
  })

  beforeEach(async () => {
    store = new FullStore()
    ecosystems = await Ecosystems.open(store, { clock })
    await ecosystems.idps.add({ issuer: provider.issuer, clientId: 'latchkey' })
    await ecosystems.idps.add({ issuer: other.issuer, clientId: 'latchkey' })
    log = []
    ticket = ticketAuthenticator({
      issuers: new Issuers(ecosystems.idps, { clock }),
      ecosystems,
      principals: new StaticPrincipals([{ authid: 'backend', role: 'app', ticket: secret }]),
      log: (level, message, details) =>
        log.push({ level, reason: details['reason'], text: message + JSON.stringify(details) }),
    })
  })
  afterEach(() => ecosystems.close())

  it('denies whose token is taken back, or who is disabled, while what waits for him is looked at', async () => {
    const issuers = new Issuers(ecosystems.idps, { clock })
    const guest = { issuer: provider.issuer, subject: 'guest' }
    const { people, provisioning, identities } = ecosystems
    for (const shutOut of [
      () => issuers.cutoffs.add({ ...guest, at: clock.now() }),
      () => identities.disable({ ...guest, reason: 'pushed' }),
    ]) {
      let isLate = false
      const slow = ticketAuthenticator({
        issuers,
        ecosystems: {
          people,
          provisioning,
          invites: { claim: () => (isLate ? shutOut() : Promise.resolve()) },
        },
        principals: new StaticPrincipals([]),
        log: () => undefined,
      })
      const token = await provider.token('guest')
      assert.equal((await slow.personOfToken(token)).kind, 'person')
      isLate = true
      await assert.rejects(slow.personOfToken(token), { uri: denied })
      clock.advance(1_000)
    }
  })

  it('of the house’s own is of whom its authorization server says, and of nobody it does not know', async () => {
    const party: Principal = {
      kind: 'person',
      authid: 'friend',
      authrole: 'person',
      authmethod: 'ticket',
      authprovider: provider.issuer,
    }
    const asked: string[] = []
    const own = ticketAuthenticator({
      issuers: new Issuers(ecosystems.idps, { clock }),
      ecosystems,
      principals: new StaticPrincipals([{ authid: 'backend', role: 'app', ticket: secret }]),
      rpts: {
        prefix: 'rpt_',
        rptPrincipal(token, realm) {
          asked.push(`${token} ${realm}`)
          if (token === 'rpt_broken') return Promise.reject(new StoreUnavailable('disk gone'))
          return Promise.resolve(token === 'rpt_good' ? party : undefined)
        },
      },
      log: () => undefined,
    })
    const bring = (signature: string): Promise<Principal> => join(own, {}, () => signature)
    assert.equal(await bring('rpt_good'), party)
    await refusedWith(denied, () => bring('rpt_bad'))
    await refusedWith(failed, () => bring('rpt_broken'))
    assert.equal(asked.length, 3)
    // Where there is no such server, it is a ticket like any that nobody knows.
    await refusedWith(denied, () => present('rpt_good'))
  })

  const present = (
    signature: string,
    given: Parameters<typeof joining>[0] = {},
  ): Promise<Principal> => join(ticket, given, () => signature)

  it('is asked for with an empty challenge, whoever comes', async () => {
    for (const authid of [undefined, 'backend', 'nobody']) {
      const { request, attempt } = joining(authid === undefined ? {} : { authid })
      const step = await ticket.begin(request, attempt)
      assert(isChallengeRequest(step))
      assert.deepEqual({ ...step.extra }, {})
    }
  })

  describe('that is an ID token', () => {
    it('lets a person in, who is made at the first time and is the same from then on', async () => {
      const first = await present(await provider.token('guest'))
      const { id, name, status } = ecosystems.people.list()[0] ?? {}
      assert(id !== undefined)
      assert.match(id, /^[a-z0-9_]+$/)
      assert.deepEqual([name, status], ['guest', 'active'])
      assert.deepEqual(first, {
        kind: 'person',
        authid: id,
        authrole: 'person',
        authmethod: 'ticket',
        authprovider: provider.issuer,
        expiresAt: clock.now() + 3_600_000,
        evidence: {
          identity: { issuer: provider.issuer, subject: 'guest', issuedAt: clock.now() },
        },
      })
      assert.equal((await present(await provider.token('guest'))).authid, id)
      assert.equal(ecosystems.people.list().length, 1)
    })

    it('gives the same authid in every realm, whatever authid HELLO asks for', async () => {
      const token = await provider.token('guest')
      const home = await present(token, { realm: 'home', authid: 'owner' })
      const car = await present(token, { realm: 'car' })
      assert.equal(home.authid, car.authid)
      assert.notEqual(home.authid, 'owner')
    })

    it('of another issuer is another person, though subject, name and e-mail are the same', async () => {
      const one = await present(await provider.token('guest'))
      const two = await present(await other.token('guest'))
      assert.notEqual(one.authid, two.authid)
      assert.equal(two.authprovider, other.issuer)
    })

    it('makes one person, though two sessions of a newcomer arrive together', async () => {
      const token = await provider.token('guest')
      const joined = await Promise.all([present(token), present(token), present(token)])
      assert.equal(new Set(joined.map(({ authid }) => authid)).size, 1)
      assert.equal(ecosystems.people.list().length, 1)
    })

    it('does not let a disabled person in, and does again when enabled', async () => {
      const token = await provider.token('guest')
      const { authid } = await present(token)
      await ecosystems.people.disable(authid)
      await refusedWith(denied, () => present(token))
      assert.equal(log.at(-1)?.reason, 'person_disabled')
      await ecosystems.people.enable(authid)
      assert.equal((await present(token)).authid, authid)
    })

    it('is refused alike whatever is wrong with it, and the reason goes to the log alone', async () => {
      const now = Math.floor(clock.now() / 1000)
      const claims = {
        iss: provider.issuer,
        aud: 'latchkey',
        sub: 'owner',
        iat: now,
        exp: now + 60,
      }
      const { privateKey } = await generateKeyPair('ES256')
      const signed = (kid: string, extra: object = {}): Promise<string> =>
        new SignJWT({ ...claims, ...extra })
          .setProtectedHeader({ alg: 'ES256', kid })
          .sign(privateKey)
      const hmac = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new Uint8Array(32))
      const kid = provider.signingKey().kid ?? ''
      const cases = {
        token_algorithm: [new UnsecuredJWT(claims).encode(), hmac],
        token_unknown_key: [await signed('mine')],
        token_bad_signature: [await signed(kid)],
        token_untrusted_issuer: [await signed(kid, { iss: 'https://else.example' })],
        token_wrong_audience: [await provider.token('owner', { audience: 'another' })],
        token_expired: [await provider.token('owner', { expiresInSeconds: -61 })],
        token_malformed: ['eyJ.eyJ.x'],
      }
      for (const [reason, tokens] of Object.entries(cases))
        for (const token of tokens) {
          await refusedWith(denied, () => present(token))
          assert.equal(log.at(-1)?.reason, reason)
          assert.equal(log.at(-1)?.level, 'info')
        }
      assert.equal(ecosystems.people.list().length, 0)
      for (const { text } of log) assert.doesNotMatch(text, /eyJ/, 'a token is in the log')
    })

    it('expired by 59 s is accepted, and its session ends with the skew', async () => {
      const token = await provider.token('guest', { expiresInSeconds: -59 })
      assert.equal((await present(token)).expiresAt, clock.now() + 1_000)
    })

    it('cannot be checked while its issuer is down, and the join fails as such', async () => {
      const gone = await startOpenIdProvider({ people: ['guest'], clock })
      await ecosystems.idps.add({ issuer: gone.issuer, clientId: 'latchkey' })
      const token = await gone.token('guest')
      await gone.stop()
      await refusedWith(failed, () => present(token))
      assert.equal(log.at(-1)?.level, 'warn')
      assert.match(log.at(-1)?.text ?? '', /tokens cannot be checked/)
    })

    it('lets known people in while the disk is full, and newcomers fail', async () => {
      const token = await provider.token('guest')
      const { authid } = await present(token)
      store.full = true
      assert.equal((await present(token)).authid, authid)
      const newcomer = await provider.token('owner')
      await refusedWith(failed, () => present(newcomer))
      assert.match(log.at(-1)?.text ?? '', /a new person cannot be kept/)
      store.full = false
      assert.notEqual((await present(newcomer)).authid, authid)
    })

    it('proves the same without a join, for a session that is renewed', async () => {
      const { authid } = await present(await provider.token('guest'))
      clock.advance(1_000)
      const renewed = await ticket.personOfToken(await provider.token('guest'))
      assert.equal(renewed.authid, authid)
      assert.equal(renewed.expiresAt, clock.now() + 3_600_000)
      await refusedWith(denied, () => ticket.personOfToken('no token'))
    })

    it('is taken though it names no key, if the issuer has but one', async () => {
      const now = Math.floor(clock.now() / 1000)
      const token = await new SignJWT({ sub: 'guest', iss: provider.issuer, aud: 'latchkey' })
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuedAt(now)
        .setExpirationTime(now + 60)
        .sign(await importJWK(provider.signingKey(), 'ES256'))
      assert.equal((await present(token)).kind, 'person')
    })
  })

  describe('that is a provisioning code', () => {
    let code: string

    beforeEach(async () => {
      await ecosystems.directory.create({ id: 'home', realm: 'home' })
      const order = { realm: 'home', ecosystems: ['home'], class: 'light', count: 1 }
      const codes = await ecosystems.provisioning.create({ ...order, by: 'operator:operator' })
      code = codes[0] ?? ''
    })

    it('lets a device in that has no key yet, as long as the code is good', async () => {
      assert.deepEqual(await present(code, { authid: 'anything' }), {
        kind: 'provisioning',
        authid: 'provisioning',
        authrole: 'provisioning',
        authmethod: 'ticket',
        authprovider: 'latchkey',
        expiresAt: clock.now() + 24 * 3_600_000,
      })
    })

    it('is refused when it is used, expired, unknown or another realm’s', async () => {
      await refusedWith(denied, () => present(code, { realm: 'car' }))
      assert.equal(log.at(-1)?.reason, 'code_of_another_realm')
      await refusedWith(denied, () => present(`${code}x`))
      await ecosystems.devices.enrol({ code, publicKey: 'd7'.repeat(32) })
      await refusedWith(denied, () => present(code))
      assert.equal(log.at(-1)?.reason, 'code_unknown_used_or_expired')
      const order = { realm: 'home', ecosystems: ['home'], class: 'light', count: 1, ttlMs: 60_000 }
      const [late = ''] = await ecosystems.provisioning.create({ ...order, by: 'person:x' })
      clock.advance(60_000)
      await refusedWith(denied, () => present(late))
      for (const { text } of log) assert.doesNotMatch(text, /lk_/, 'a code is in the log')
    })
  })

  describe('of the configuration', () => {
    it('lets a component in under the authid that it names', async () => {
      assert.deepEqual(await present(secret, { authid: 'backend' }), {
        kind: 'component',
        authid: 'backend',
        authrole: 'app',
        authmethod: 'ticket',
        authprovider: 'static',
      })
    })

    it('is refused alike for a wrong ticket and an unknown authid', async () => {
      await refusedWith(denied, () => present('wrong', { authid: 'backend' }))
      await refusedWith(denied, () => present(secret, { authid: 'nobody' }))
      await refusedWith(denied, () => present(secret))
      await refusedWith(denied, () => present('', { authid: 'backend' }))
      for (const { reason } of log) assert.equal(reason, 'ticket_unknown_or_wrong')
    })
  })
})
