import assert from 'node:assert/strict'
import type { NewAuthenticator } from '../../ecosystems/personal-authenticators.ts'
import { freshKey, House, refuses } from './house.ts'

const passkey = { id: 'cred', counter: 3, transports: ['internal'] }

describe('authenticators of people', () => {
  let house: House
  const made = (more: Partial<NewAuthenticator> = {}): NewAuthenticator => ({
    person: 'guest',
    name: 'my watch',
    kind: 'watch',
    publicKey: freshKey(),
    credential: null,
    acr: 'aal2',
    ...more,
  })

  beforeEach(async () => {
    house = await House.open({ bounds: { authenticatorsPerPerson: 2, authenticatorsEver: 3 } })
    await house.person('guest')
  })

  it('are enrolled once that is stored, and are there after a restart', async () => {
    const { authenticators } = house.ecosystems
    const held = house.store.hold()
    const change = authenticators.enrol(made())
    await held
    assert.deepEqual(authenticators.of('guest'), [])
    house.store.release()
    const row = await change
    assert.match(row.id, /^au_[a-z0-9]{8}$/)
    assert.deepEqual(authenticators.activeOf('guest'), [row])
    assert.deepEqual([...authenticators.active()], [row])
    const again = await house.restarted()
    assert.deepEqual(again.authenticators.of('guest'), [row])
    await refuses(again.authenticators.enrol(made({ publicKey: row.publicKey })), 'conflict')
  })

  it('are refused for nobody, without a name, twice, and beyond the bounds', async () => {
    const { authenticators } = house.ecosystems
    await refuses(authenticators.enrol(made({ person: 'nobody' })), 'not_found')
    assert.throws(() => authenticators.enrol(made({ name: ' ' })), /name/)
    const row = await authenticators.enrol(made())
    await refuses(authenticators.enrol(made({ publicKey: row.publicKey })), 'conflict')
    await authenticators.enrol(made())
    await refuses(authenticators.enrol(made()), 'invalid_state', /authenticatorsPerPerson of guest/)
    await authenticators.revoke(row.id)
    await refuses(authenticators.enrol(made({ publicKey: row.publicKey })), 'conflict')
    const third = await authenticators.enrol(made())
    await authenticators.revoke(third.id)
    await refuses(authenticators.enrol(made()), 'invalid_state', /authenticatorsEver of guest/)
  })

  it('are revoked at once and for good, whatever the store does', async () => {
    const { authenticators } = house.ecosystems
    const { id } = await authenticators.enrol(made())
    const epoch = house.ecosystems.epoch.value
    const held = house.store.hold()
    const change = authenticators.revoke(id)
    assert.equal(authenticators.isActive(id), false)
    assert.notEqual(house.ecosystems.epoch.value, epoch)
    await held
    house.store.release()
    await change
    assert.equal((await authenticators.lift(id)).status, 'revoked')
    assert.equal((await authenticators.suspend(id)).status, 'revoked')
    assert.equal((await house.restarted()).authenticators.isActive(id), false)
    await refuses(authenticators.revoke('au_nothing'), 'not_found')
  })

  it('are found by their keys, also when they count no more', async () => {
    const { authenticators } = house.ecosystems
    const { id, publicKey } = await authenticators.enrol(made())
    assert.equal(authenticators.byPublicKey(publicKey)?.id, id)
    assert.equal(authenticators.byPublicKey(freshKey()), undefined)
    await authenticators.revoke(id)
    for (const known of [authenticators, (await house.restarted()).authenticators])
      assert.equal(known.byPublicKey(publicKey)?.status, 'revoked')
  })

  it('are suspended at once and lifted when that is stored', async () => {
    const { authenticators } = house.ecosystems
    const { id } = await authenticators.enrol(made())
    await authenticators.suspend(id)
    assert.equal(authenticators.isActive(id), false)
    const held = house.store.hold()
    const change = authenticators.lift(id)
    await held
    assert.equal(authenticators.isActive(id), false)
    house.store.release()
    await change
    assert.equal(authenticators.isActive(id), true)
  })

  it('of which a passkey has counted on remember that, and never go back', async () => {
    const { authenticators } = house.ecosystems
    const { id } = await authenticators.enrol(made({ kind: 'passkey', credential: passkey }))
    const counter = (): number | undefined => authenticators.get(id)?.credential?.counter
    await authenticators.counted(id, 5)
    assert.equal(counter(), 5)
    await authenticators.counted(id, 4)
    assert.equal(counter(), 5)
    assert.equal((await house.restarted()).authenticators.get(id)?.credential?.counter, 5)
  })
})
