import assert from 'node:assert/strict'
import { providerMemory } from '../../demo/provider-memory.ts'

describe('the provider’s memory', () => {
  it('finds what it keeps, by id and uid, until it is destroyed', async () => {
    const sessions = providerMemory()('Session')
    await sessions.upsert('a', { uid: 'u', accountId: 'guest' }, 60)
    assert.deepEqual(await sessions.find('a'), { uid: 'u', accountId: 'guest' })
    assert.deepEqual(await sessions.findByUid('u'), { uid: 'u', accountId: 'guest' })
    assert.equal(await sessions.findByUid('v'), undefined)
    assert.equal(await sessions.findByUserCode('u'), undefined)
    await sessions.destroy('a')
    assert.equal(await sessions.find('a'), undefined)
  })

  it('marks a code as used', async () => {
    const codes = providerMemory()('AuthorizationCode')
    await codes.upsert('a', { grantId: 'g' }, 60)
    await codes.consume('a')
    await codes.consume('unknown')
    const code = await codes.find('a')
    assert(code)
    assert.equal(typeof code.consumed, 'number')
  })

  it('takes back all of a grant and nothing else', async () => {
    const tokens = providerMemory()('RefreshToken')
    await tokens.upsert('a', { grantId: 'g' }, 60)
    await tokens.upsert('b', { grantId: 'h' }, 60)
    await tokens.upsert('c', { grantId: 'g' }, 60)
    await tokens.revokeByGrantId('g')
    assert.equal(await tokens.find('a'), undefined)
    assert.equal(await tokens.find('c'), undefined)
    assert.deepEqual(await tokens.find('b'), { grantId: 'h' })
  })

  it('is bounded for each kind by itself', async () => {
    const memory = providerMemory(3)
    const sessions = memory('Session')
    const interactions = memory('Interaction')
    await sessions.upsert('s', { uid: 'u' }, 60)
    for (let i = 0; i < 10; i++) await interactions.upsert(`i${i}`, { uid: `i${i}` }, 60)
    assert.equal(await interactions.find('i6'), undefined)
    assert.deepEqual(await interactions.find('i7'), { uid: 'i7' })
    assert.deepEqual(await sessions.find('s'), { uid: 'u' })
  })
})
