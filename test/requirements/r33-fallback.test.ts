import assert from 'node:assert/strict'
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { eventually } from '../support/eventually.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { JoinAborted, startOutside, type Answer, type Outside } from '../support/outside.ts'
import type { WampClient } from '../support/wamp-client.ts'

const na = 'wamp.error.not_authorized'
const denied = 'wamp.error.authentication_denied'

/** An Ed25519 key as somebody has it in a pocket. */
interface Key {
  readonly hex: string
  readonly private: KeyObject
}

function freshKey(): Key {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const { x = '' } = publicKey.export({ format: 'jwk' })
  return { hex: Buffer.from(x, 'base64url').toString('hex'), private: privateKey }
}

describe('R33 a local identity for when the provider cannot be reached', () => {
  let clock: ManualClock
  let outside: Outside
  let key: Key

  beforeEach(async () => {
    clock = new ManualClock(1_700_000_000_000)
    outside = await startOutside({ clock, store: 'folder' })
    key = freshKey()
    const handlers = { unlock: () => 'open' }
    await outside.device('lock', { prefix: 'door', handlers })
    await outside.device('safe', { prefix: 'safe', handlers: { open: () => 'open' } })
    await outside.person('guest')
    await outside.grant('guest', 1)
  })
  afterEach(() => outside.stop())

  const local = async (more: object = {}): Promise<string> => {
    const base = { person: 'guest', ecosystem: 'home', max_level: 3, key: key.hex }
    return String((await outside.manage('local.create', { ...base, ...more }))['id'])
  }

  /** A join by cryptosign, as any client does it. */
  async function joinBy({ hex, private: secret }: Key): Promise<WampClient> {
    const client = await outside.connect()
    const details = {
      roles: { caller: {} },
      authmethods: ['cryptosign'],
      authextra: { pubkey: hex },
    }
    const asked = await client.ask([1, 'home', details])
    if (asked[0] !== 4) throw new JoinAborted(asked)
    const { challenge } = asked[2] as { challenge: string }
    const message = Buffer.from(challenge, 'hex')
    const signature = Buffer.concat([sign(null, message, secret), message]).toString('hex')
    const answer = await client.ask([5, signature, {}])
    if (answer[0] !== 2) throw new JoinAborted(answer)
    const { authid, authprovider } = answer[2] as Answer
    assert.deepEqual([authid, authprovider], ['guest', 'local'])
    return client
  }
  const refused = (error: unknown): boolean =>
    error instanceof JoinAborted && error.reason === denied

  /** The port is closed, and the house finds out by itself. */
  async function blocked(): Promise<void> {
    await outside.provider.goAway()
    await found('unreachable')
  }

  async function found(status: 'reachable' | 'unreachable'): Promise<void> {
    await eventually(async () => {
      clock.advance(15_000)
      await new Promise((resolve) => setTimeout(resolve, 20))
      const { idps } = await outside.manage('idp.list')
      assert.deepEqual(
        (idps as Answer[]).map(({ reachable }) => reachable),
        [status === 'reachable'],
      )
    })
  }

  it('R33: the key opens the door while the provider’s port is blocked, audited as fallback', async () => {
    await local()
    await assert.rejects(joinBy(key), refused)
    await blocked()
    const guest = await joinBy(key)
    assert.equal(await outside.outcome(guest, 'door.unlock'), 'RESULT')
    // Granted level 1, by this key level 3: never more than the key is for.
    assert.equal(await outside.outcome(guest, 'safe.open'), na)
    const { records } = await outside.manage('audit.list', { actor: 'person:guest' })
    const seen = (records as Answer[]).map(({ action, target, outcome, details }) => [
      action,
      outcome,
      (details as Answer)['fallback'],
      action === 'join' ? '' : target,
    ])
    assert.deepEqual(seen.toReversed(), [
      ['join', 'deny', undefined, ''],
      ['join', 'allow', true, ''],
      ['call', 'allow', true, 'door.unlock'],
      ['call', 'deny', true, 'safe.open'],
    ])
  })

  it('R33: never more than the level last known: neither the grant’s, nor what the provider is trusted with', async () => {
    await local({ max_level: 1 })
    await outside.manage('ecosystem.trust_idp', {
      ecosystem: 'home',
      issuer: outside.provider.issuer,
      max_level: 2,
    })
    await blocked()
    const guest = await joinBy(key)
    assert.equal(await outside.outcome(guest, 'safe.open'), na)
    assert.equal(await outside.outcome(guest, 'door.unlock'), 'RESULT')
    const { grants } = await outside.manage('grant.list', { to: 'guest' })
    await outside.manage('grant.revoke', { id: (grants as Answer[])[0]?.['id'] })
    assert.equal(await outside.outcome(guest, 'door.unlock'), na)
  })

  it('R33: whoever was disabled before the outage stays out, over a restart too', async () => {
    await local({ mode: 'always' })
    await joinBy(key)
    await outside.manage('person.disable', { person: 'guest' })
    await blocked()
    await assert.rejects(joinBy(key), refused)
    await outside.restart()
    await assert.rejects(joinBy(key), refused)
  })

  it('R33: so does one whose only identity the provider has disabled', async () => {
    await local()
    const { issuer } = outside.provider
    await outside.manage('identity.disable', { issuer, subject: 'guest' })
    await outside.provider.goAway()
    for (let probe = 0; probe < 4; probe++) {
      clock.advance(15_000)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await assert.rejects(joinBy(key), refused)
  })

  it('R33: when the provider is back, the fallback closes', async () => {
    await local()
    await blocked()
    const guest = await joinBy(key)
    await outside.provider.comeBack()
    const closed = guest.next()
    await found('reachable')
    assert.deepEqual((await closed).slice(0, 3), [6, {}, 'wamp.close.killed'])
    await assert.rejects(joinBy(key), refused)
    await outside.join(await outside.token(0, 'guest'))
  })

  it('R33: a key that was revoked ends its sessions, and is nobody’s', async () => {
    const id = await local({ mode: 'always' })
    const guest = await joinBy(key)
    await outside.manage('local.revoke', { id })
    assert.deepEqual((await guest.next()).slice(0, 3), [6, {}, 'wamp.close.killed'])
    await assert.rejects(joinBy(key), refused)
  })

  it('R33: a PIN counts at its own lock alone, and guesses there have to wait', async () => {
    const lock = await outside.device('lock', { prefix: 'gate_a', handlers: { unlock: () => 1 } })
    const other = await outside.device('lock', { prefix: 'gate_b', handlers: { unlock: () => 1 } })
    const ask = (device: typeof lock, pin: string, uri: string): Promise<unknown> =>
      device.call('latchkey.local.verify', [], { pin, uri }).then(({ args }) => args?.[0])
    await outside.manage('local.create', {
      person: 'guest',
      ecosystem: 'home',
      pin: '246810',
      device: 'gate_a',
      max_level: 3,
      mode: 'always',
    })
    const yes = { allowed: true, person: 'guest' }
    const no = { allowed: false }
    assert.deepEqual(await ask(lock, '246810', 'gate_a.unlock'), yes)
    await outside.manage('ecosystem.set', { id: 'home', pseudonyms: true })
    assert.deepEqual(await ask(lock, '246810', 'gate_a.unlock'), { allowed: true })
    await outside.manage('ecosystem.set', { id: 'home', pseudonyms: false })
    assert.deepEqual(await ask(other, '246810', 'gate_b.unlock'), no)
    assert.deepEqual(await ask(lock, '246810', 'gate_b.unlock'), no)
    for (const pin of ['0000', '111111', '246811', '24681', '999999'])
      assert.deepEqual(await ask(lock, pin, 'gate_a.unlock'), no)
    // Not even the right one is looked at now.
    const tooMany = { uri: 'latchkey.error.rate_limited' }
    await assert.rejects(ask(lock, '246810', 'gate_a.unlock'), tooMany)
    clock.advance(30_000)
    assert.deepEqual(await ask(lock, '246810', 'gate_a.unlock'), yes)
    // A right one wipes nothing out: the next wrong one waits for twice as long.
    assert.deepEqual(await ask(lock, '0000', 'gate_a.unlock'), no)
    clock.advance(30_000)
    await assert.rejects(ask(lock, '246810', 'gate_a.unlock'), tooMany)
    await outside.manage('person.disable', { person: 'guest' })
    clock.advance(3_600_000)
    assert.deepEqual(await ask(lock, '246810', 'gate_a.unlock'), no)
  })

  it('R33: by a local identity no account is tied to the person, nor taken off', async () => {
    await local({ mode: 'always', max_level: 1 })
    const client = await joinBy(key)
    const account = { issuer: outside.provider.issuer, subject: 'guest' }
    for (const [procedure, input] of [
      ['latchkey.identity.link.start', {}],
      ['latchkey.identity.unlink', account],
    ] as const) {
      const answer = await outside.call(client, procedure, [], input)
      assert.equal(answer[4], 'wamp.error.authorization_required', procedure)
      assert.equal((answer[6] as Answer)['error'], 'insufficient_user_authentication')
    }
  })
})
