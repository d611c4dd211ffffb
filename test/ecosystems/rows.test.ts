import assert from 'node:assert/strict'
import { Rows } from '../../ecosystems/rows.ts'

interface Lamp {
  readonly on: boolean
  readonly room: string
}

const off = (lamp: Lamp | undefined): Lamp => ({ room: lamp?.room ?? 'none', on: false })

describe('rows', () => {
  it('show what was taken away at once, and remember what the store has', () => {
    const rows = new Rows<Lamp>()
    rows.put('a', { on: true, room: 'hall' })
    rows.take('a', 1, off)
    assert.deepEqual(rows.get('a'), { on: false, room: 'hall' })
    assert.deepEqual(rows.stored('a'), { on: true, room: 'hall' })
  })

  it('keep a taking over a row that is stored meanwhile', () => {
    const rows = new Rows<Lamp>()
    rows.put('a', { on: true, room: 'hall' })
    rows.take('a', 2, off)
    rows.put('a', { on: true, room: 'attic' })
    rows.settle('a', 1)
    assert.deepEqual(rows.get('a'), { on: false, room: 'attic' })
    rows.settle('a', 2)
    assert.deepEqual(rows.get('a'), { on: true, room: 'attic' })
  })

  it('keep what two takings have in common until the later one is settled', () => {
    const rows = new Rows<Lamp>()
    rows.put('a', { on: true, room: 'hall' })
    rows.take('a', 1, off)
    rows.take('a', 2, (lamp) => ({ on: lamp?.on ?? false, room: 'locked' }))
    rows.settle('a', 1)
    assert.deepEqual(rows.get('a'), { on: false, room: 'locked' })
  })

  it('forget a row that was only ever taken', () => {
    const rows = new Rows<Lamp>()
    rows.take('a', 1, off)
    assert.equal(rows.stored('a'), undefined)
    rows.settle('a', 1)
    assert.equal(rows.get('a'), undefined)
    assert.equal(rows.size, 0)
  })
})
