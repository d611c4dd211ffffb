import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  Authenticator,
  newAuthenticatorKey,
  type Device,
  type Dict,
  type Procedure,
} from '../../clients/index.ts'
import type { Present } from '../../realms/uris.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Outside } from '../support/outside.ts'
import type { WampClient } from '../support/wamp-client.ts'

const denied = { uri: 'wamp.error.not_authorized' }

/** What a lock gives out. */
function nonceOf(): string {
  return randomBytes(16).toString('base64url')
}

describe('R16 a hand wave beside the lock', () => {
  let clock: ManualClock
  let outside: Outside
  let door: Device
  let gate: Device
  let watch: Authenticator
  let ids: Map<string, string>
  let opened: string[]

  /** What a lock's program does with a sign: it brings it to the router. */
  const verify = async (
    lock: Device,
    nonce: string,
    proof: string,
    more: Dict = {},
  ): Promise<Present> => lock.ask('latchkey.presence.verify', { nonce, proof, ...more })
  const idOf = (prefix: string): string => ids.get(prefix) ?? ''
  const enrol = async (person: string, acr: string): Promise<Authenticator> => {
    const made = new Authenticator({ key: await newAuthenticatorKey(), clock })
    const auth_time = Math.floor(clock.now() / 1_000)
    const app = await outside.app(await outside.token(0, person, { acr, auth_time }))
    await made.enrol(app, { kind: 'watch', name: 'watch' })
    await app.close()
    return made
  }
  const phoneOf = async (person: string, acr = 'password'): Promise<WampClient> => {
    const auth_time = Math.floor(clock.now() / 1_000)
    return outside.join(await outside.token(0, person, { acr, auth_time }))
  }
  const require = async (prefix: string, more: Dict): Promise<void> => {
    await outside.manage('capability.set', {
      device: idOf(prefix),
      uri: `${prefix}.unlock`,
      action: 'call',
      ecosystem: 'home',
      level: 3,
      ...more,
    })
  }

  beforeEach(async () => {
    clock = new ManualClock(1_700_000_000_000)
    opened = []
    outside = await startOutside({ clock, acrMap: { gold: 'aal2' } })
    await outside.person('guest')
    await outside.grant('guest', 3)
    await outside.person('stranger')
    const unlock =
      (prefix: string): Procedure =>
      () =>
        opened.push(prefix)
    door = await outside.device('lock', { prefix: 'door', handlers: { unlock: unlock('door') } })
    gate = await outside.device('lock', { prefix: 'gate', handlers: { unlock: unlock('gate') } })
    const { devices } = (await outside.manage('device.list')) as unknown as {
      devices: { id: string; prefix: string }[]
    }
    ids = new Map(devices.map(({ id, prefix }) => [prefix, id]))
    await require('door', { presence: true })
    await require('gate', { presence: true })
    watch = await enrol('guest', 'gold')
    // A sign that is older than the router's run is none.
    clock.advance(20_000)
  })

  afterEach(() => outside.stop())

  it('R16: opens it, and for ten seconds the person counts as being there, at no other lock', async () => {
    const phone = await phoneOf('guest')
    const far = await outside.call(phone, 'door.unlock')
    assert.equal(far[4], 'wamp.error.authorization_required')
    assert.deepEqual(far[6], { error: 'presence_required', uri: 'door.unlock' })
    const nonce = nonceOf()
    const proof = await watch.presence({ lock: idOf('door'), nonce })
    const seen = await verify(door, nonce, proof)
    assert.deepEqual(seen, { person: 'guest', allowed: true, until: clock.now() + 10_000 })
    assert.equal(await outside.outcome(phone, 'door.unlock'), 'RESULT')
    assert.equal(await outside.outcome(phone, 'gate.unlock'), 'wamp.error.authorization_required')
    clock.advance(9_999)
    assert.equal(await outside.outcome(phone, 'door.unlock'), 'RESULT')
    clock.advance(1)
    assert.equal(await outside.outcome(phone, 'door.unlock'), 'wamp.error.authorization_required')
    assert.deepEqual(opened, ['door', 'door'])
  })

  it('R16: where the lock names the key of the watch, that one alone is looked at', async () => {
    const nonce = nonceOf()
    const proof = await watch.presence({ lock: idOf('door'), nonce })
    const other = await enrol('stranger', 'gold')
    for (const { publicKey } of [other, await newAuthenticatorKey()])
      await assert.rejects(verify(door, nonce, proof, { public_key: publicKey }), denied)
    const seen = await verify(door, nonce, proof, { public_key: watch.publicKey })
    assert.equal(seen.allowed, true)
    const { authenticators } = await outside.manage('authenticator.list', { person: 'guest' })
    for (const { id } of authenticators as { id: string }[])
      await outside.manage('authenticator.revoke', { id })
    const again = nonceOf()
    const late = await watch.presence({ lock: idOf('door'), nonce: again })
    await assert.rejects(verify(door, again, late, { public_key: watch.publicKey }), denied)
  })

  it('R16: relayed to another lock it is denied, whichever nonce that gives out', async () => {
    const nonce = nonceOf()
    const proof = await watch.presence({ lock: idOf('door'), nonce })
    await assert.rejects(verify(gate, nonce, proof), denied)
    await assert.rejects(verify(gate, nonceOf(), proof), denied)
    await assert.rejects(verify(door, nonceOf(), proof), denied)
    const phone = await phoneOf('guest')
    for (const uri of ['door.unlock', 'gate.unlock'])
      assert.equal(await outside.outcome(phone, uri), 'wamp.error.authorization_required')
    // Nothing was used up by others' attempts.
    assert.equal((await verify(door, nonce, proof)).person, 'guest')
  })

  it('R16: 11 s old it is denied; so it is a second time', async () => {
    const old = nonceOf()
    const oldProof = await watch.presence({ lock: idOf('door'), nonce: old })
    clock.advance(11_000)
    await assert.rejects(verify(door, old, oldProof), denied)
    const nonce = nonceOf()
    const proof = await watch.presence({ lock: idOf('door'), nonce })
    assert.equal((await verify(door, nonce, proof)).allowed, true)
    await assert.rejects(verify(door, nonce, proof), denied)
  })

  it("R16: of a watch that is nobody's, of a stranger, or revoked, it is denied alike", async () => {
    const sign = async (from: Authenticator): Promise<Promise<Present>> => {
      const nonce = nonceOf()
      return verify(door, nonce, await from.presence({ lock: idOf('door'), nonce }))
    }
    const nobodys = new Authenticator({ key: await newAuthenticatorKey(), clock })
    await assert.rejects(sign(nobodys), denied)
    const strangers = await enrol('stranger', 'gold')
    await assert.rejects(sign(strangers), denied)
    const { authenticators } = (await outside.manage('authenticator.list', {
      person: 'guest',
    })) as unknown as { authenticators: { id: string }[] }
    await outside.manage('authenticator.revoke', { id: authenticators[0]?.id })
    await assert.rejects(sign(watch), denied)
    const phone = await phoneOf('guest')
    assert.equal(
      await outside.outcome(phone, 'latchkey.presence.verify', [], {
        nonce: nonceOf(),
        proof: 'a.b.c',
      }),
      denied.uri,
    )
  })

  it('R16: the answer tells the lock what the person may do there, by what the watch is worth', async () => {
    const wave = async (from: Authenticator, more?: Dict): Promise<boolean> => {
      const nonce = nonceOf()
      const proof = await from.presence({ lock: idOf('door'), nonce })
      return (await verify(door, nonce, proof, more)).allowed
    }
    await require('door', { presence: true, acr: 'aal2', max_age: '5m' })
    assert.equal(await wave(watch), true)
    assert.equal(await wave(watch, { uri: 'door.unlock' }), true)
    assert.equal(await wave(watch, { uri: 'gate.unlock' }), false)
    assert.equal(await wave(watch, { uri: 'door.lock' }), true)
    const weak = await enrol('guest', 'password')
    assert.equal(await wave(weak), false)
    await outside.manage('person.disable', { person: 'guest' })
    await assert.rejects(wave(watch), denied)
  })

  it('R16: where names are kept from devices, the lock is told what it may do and not for whom', async () => {
    await outside.manage('ecosystem.set', { id: 'home', pseudonyms: true })
    const nonce = nonceOf()
    const proof = await watch.presence({ lock: idOf('door'), nonce })
    const seen = await verify(door, nonce, proof)
    assert.deepEqual(seen, { allowed: true, until: clock.now() + 10_000 })
  })

  it('R16: what is counted is counted, also when the lock opens by itself', async () => {
    const { grants } = (await outside.manage('grant.list', { to: 'guest' })) as unknown as {
      grants: { id: string }[]
    }
    await outside.manage('grant.revoke', { id: grants[0]?.id })
    await outside.grant('guest', 3, { uses: { 'door.unlock': 2 } })
    const wave = async (more?: Dict): Promise<boolean> => {
      const nonce = nonceOf()
      const proof = await watch.presence({ lock: idOf('door'), nonce })
      return (await verify(door, nonce, proof, more)).allowed
    }
    assert.equal(await wave(), true)
    assert.equal(await wave({ uri: 'door.unlock' }), true)
    assert.equal(await wave({ uri: 'door.unlock' }), false)
  })
})
