import assert from 'node:assert/strict'
import type { Evidence } from '../../ecosystems/evidence.ts'
import { MemoryStore } from '../../ecosystems/store/memory.ts'
import { House, refuses } from './house.ts'

const issuer = 'https://a.test'
const ecosystem = 'home'
const come = (more: Partial<Evidence> = {}): Evidence => ({
  identity: { issuer, subject: 'x' },
  ...more,
})

describe('what an ecosystem makes of a provider', () => {
  let house: House
  beforeEach(async () => {
    house = await House.open()
    const { directory, idps } = house.ecosystems
    await directory.create({ id: 'car', realm: 'home' })
    await idps.add({ issuer, clientId: 'latchkey', acrMap: { gold: 'aal2', otp: 'aal2' } })
  })

  it('is nothing special where nothing is said, and nothing at all of one that nobody knows', () => {
    const { assurances } = house.ecosystems
    assert.equal(assurances.capOf({}, ecosystem), 1)
    assert.equal(assurances.capOf(come(), ecosystem), 1)
    assert.equal(assurances.capOf(come({ maxLevel: 4 }), ecosystem), 4)
    const stranger = { identity: { issuer: 'https://b.test', subject: 'x' } }
    assert.equal(assurances.capOf(stranger, ecosystem), Infinity)
  })

  it('narrows at once, widens when it is stored, and is about that ecosystem alone', async () => {
    const { assurances, idpTrusts } = house.ecosystems
    const gate = house.store.hold()
    const narrowing = idpTrusts.set({ ecosystem, issuer, maxLevel: 3 })
    assert.equal(assurances.capOf(come(), ecosystem), 3)
    assert.equal(assurances.capOf(come(), 'car'), 1)
    await gate
    house.store.release()
    await narrowing
    const again = house.store.hold()
    const before = assurances.epoch.value
    const widening = idpTrusts.set({ ecosystem, issuer, maxLevel: 2 })
    assert.equal(assurances.capOf(come(), ecosystem), 3)
    await again
    house.store.release()
    await widening
    assert.equal(assurances.capOf(come(), ecosystem), 2)
    assert.notEqual(assurances.epoch.value, before)
  })

  it('stays narrow in memory when the store fails, and as it was where it would have widened', async () => {
    const { assurances, idpTrusts } = house.ecosystems
    await idpTrusts.set({ ecosystem, issuer, maxLevel: 2 })
    house.store.broken = true
    await refuses(idpTrusts.set({ ecosystem, issuer, maxLevel: 1 }), 'unavailable')
    assert.equal(assurances.capOf(come(), ecosystem), 2)
    // Of what is both, the less at once.
    await refuses(
      idpTrusts.set({ ecosystem, issuer, maxLevel: 1, acrMap: { gold: 'aal1' } }),
      'unavailable',
    )
    assert.equal(assurances.capOf(come(), ecosystem), 2)
    assert.equal(assurances.provenIn(come({ acr: 'gold', authAt: 5 }), ecosystem)?.acr, 'aal1')
    await refuses(idpTrusts.set({ ecosystem, issuer, enabled: false }), 'unavailable')
    assert.equal(assurances.capOf(come(), ecosystem), Infinity)
    house.store.broken = false
    assert.equal((await house.restarted()).assurances.capOf(come(), ecosystem), 2)
  })

  it('is asked for only of what is there', async () => {
    const { idpTrusts } = house.ecosystems
    await refuses(idpTrusts.set({ ecosystem: 'boat', issuer }), 'not_found')
    await refuses(idpTrusts.set({ ecosystem, issuer: 'https://b.test' }), 'not_found')
    await refuses(idpTrusts.set({ ecosystem, issuer, maxLevel: 0 }), 'invalid_argument', /maxLevel/)
    await refuses(
      idpTrusts.set({ ecosystem, issuer, acrMap: { gold: 'aal9' as 'aal2' } }),
      'invalid_argument',
      /acrMap.gold/,
    )
    const full = await House.open({ bounds: { idpTrusts: 0 } })
    await full.ecosystems.idps.add({ issuer, clientId: 'latchkey' })
    await refuses(
      full.ecosystems.idpTrusts.set({ ecosystem, issuer, maxLevel: 2 }),
      'invalid_state',
      /idpTrusts: there are 0/,
    )
    assert.equal(full.ecosystems.assurances.capOf(come(), ecosystem), 1)
  })

  it('reads its words: the sign-in’s before its methods, unknown ones as the least', () => {
    const { assurances } = house.ecosystems
    const proven = (more: Partial<Evidence>): unknown =>
      assurances.provenIn(come(more), ecosystem)?.acr
    assert.equal(proven({ acr: 'gold', authAt: 5 }), 'aal2')
    assert.equal(proven({ acr: 'silver', amr: ['pwd', 'otp'], authAt: 5 }), 'aal2')
    assert.equal(proven({ acr: 'aal3', authAt: 5 }), 'aal1')
    assert.equal(proven({ acr: '__proto__', amr: ['constructor'], authAt: 5 }), 'aal1')
    assert.equal(proven({}), undefined)
    assert.deepEqual(assurances.provenIn(come({ acr: 'gold' }), ecosystem), {
      acr: 'aal2',
      at: -Infinity,
    })
    assert.deepEqual(assurances.provenIn({ acr: 'gold', authAt: 5 }, ecosystem), {
      acr: 'aal1',
      at: 5,
    })
    assert.deepEqual(assurances.namesOf(come(), ecosystem, 'aal2'), ['gold', 'otp'])
    assert.deepEqual(assurances.namesOf(come(), ecosystem, 'aal3'), ['aal3'])
  })

  it('reads them by its own map where it has one', async () => {
    const { assurances, idpTrusts } = house.ecosystems
    await idpTrusts.set({ ecosystem, issuer, acrMap: { silver: 'aal2' } })
    const proven = (acr: string, where: string): unknown =>
      assurances.provenIn(come({ acr, authAt: 5 }), where)?.acr
    assert.deepEqual([proven('silver', ecosystem), proven('gold', ecosystem)], ['aal2', 'aal1'])
    assert.deepEqual([proven('silver', 'car'), proven('gold', 'car')], ['aal1', 'aal2'])
  })

  it('is nothing any more when the provider is disabled, in memory at once and over a restart', async () => {
    const store = new MemoryStore()
    const first = await House.open({ store })
    const { idps, assurances } = first.ecosystems
    await idps.add({ issuer, clientId: 'latchkey' })
    first.store.broken = true
    await refuses(idps.disable(issuer), 'unavailable')
    assert.deepEqual([idps.isDisabled(issuer), idps.byIssuer(issuer)], [true, []])
    assert.equal(assurances.capOf(come(), ecosystem), Infinity)
    first.store.broken = false
    await idps.disable(issuer)
    const { ecosystems } = await House.open({ store })
    assert.equal(ecosystems.idps.isDisabled(issuer), true)
    await ecosystems.idps.enable(issuer)
    assert.equal(ecosystems.assurances.capOf(come(), ecosystem), 1)
    await refuses(ecosystems.idps.disable('https://b.test'), 'not_found')
  })

  it('counts everywhere or not, for all audiences of a provider alike', async () => {
    const { idps, assurances, idpTrusts } = house.ecosystems
    await refuses(idps.add({ issuer, clientId: 'other', everywhere: false }), 'conflict')
    const here = 'https://here.test'
    await idps.add({ issuer: here, clientId: 'latchkey', everywhere: false })
    const evidence = { identity: { issuer: here, subject: 'x' } }
    assert.equal(assurances.capOf(evidence, ecosystem), Infinity)
    await idpTrusts.set({ ecosystem, issuer: here, enabled: true, maxLevel: 2 })
    assert.equal(assurances.capOf(evidence, ecosystem), 2)
    assert.equal(assurances.capOf(evidence, 'car'), Infinity)
  })
})
