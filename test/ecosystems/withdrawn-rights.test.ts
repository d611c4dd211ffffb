import assert from 'node:assert/strict'
import { by, House } from './house.ts'

describe('whoever has less by what became of an ecosystem', () => {
  let house: House
  let told: string[]

  beforeEach(async () => {
    house = await House.open()
    const { directory, spans } = house.ecosystems
    for (const id of ['life', 'car']) await directory.create({ id, realm: 'home' })
    for (const id of ['guest', 'friend', 'other']) await house.person(id)
    await spans.span({ parent: 'life', child: 'home', levels: { 1: 1, 2: 2 } })
    await house.grant('guest', 3)
    await house.grant('friend', 2, { ecosystem: 'life' })
    await house.grant('other', 1, { ecosystem: 'car' })
    told = []
    house.ecosystems.onWithdrawn(({ kind, id }) => told.push(`${kind} ${id}`))
  })

  it('is told of when it spans less, and not when it spans more', async () => {
    const { spans } = house.ecosystems
    await spans.span({ parent: 'life', child: 'car', levels: { 1: 1 } })
    assert.deepEqual(told, [])
    await spans.span({ parent: 'life', child: 'home', levels: { 1: 1 } })
    assert.deepEqual(told, ['person friend'])
    await spans.unspan('life', 'home')
    assert.deepEqual(told, ['person friend', 'person friend'])
  })

  it('is told of when a level may do less', async () => {
    const { policies } = house.ecosystems
    const policy = { ecosystem: 'home', level: 2, uri: 'tv.', match: 'prefix' as const }
    const allow = await policies.set({ ...policy, effect: 'allow' }, by)
    assert.deepEqual(told, [])
    await policies.remove(allow.id)
    assert.deepEqual(new Set(told), new Set(['person friend', 'person guest']))
    told.length = 0
    const deny = await policies.set({ ...policy, effect: 'deny' }, by)
    assert.deepEqual(new Set(told), new Set(['person friend', 'person guest']))
    told.length = 0
    await policies.remove(deny.id)
    assert.deepEqual(told, [])
  })

  it('is told of when a group loses him, or ends', async () => {
    const { groups } = house.ecosystems
    await groups.create({ id: 'kids', ecosystem: 'home', by })
    for (const id of ['guest', 'other']) await groups.add('kids', { kind: 'person', id }, by)
    assert.deepEqual(told, [])
    await groups.remove('kids', { kind: 'person', id: 'guest' })
    assert.deepEqual(told, ['person guest'])
    await groups.delete('kids')
    assert.deepEqual(told, ['person guest', 'person other'])
  })

  it('is told of when a group loses who gave it to him by what was the group’s', async () => {
    const { grants, groups } = house.ecosystems
    await groups.create({ id: 'kids', ecosystem: 'home', by })
    await groups.add('kids', { kind: 'person', id: 'guest' }, by)
    const group = { kind: 'group', id: 'kids' } as const
    const of = { ecosystem: 'home', level: 2 }
    const { id: parent } = await grants.create({ ...of, subject: group, delegable: 1, by })
    const subject = { kind: 'person', id: 'other' } as const
    await grants.create({ ...of, subject, parent, by: 'person:guest' })
    await groups.remove('kids', { kind: 'person', id: 'guest' })
    assert.deepEqual(told, ['person guest', 'person other'])
  })

  it('is told of when it ends, be it that he had it by what spans it', async () => {
    await house.ecosystems.closures.close('home', { force: true })
    assert.deepEqual(new Set(told), new Set(['person friend', 'person guest']))
  })
})
