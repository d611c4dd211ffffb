import assert from 'node:assert/strict'
import { borrowSlab, returnSlab, slabBytes } from '../../../router/transports/slabs.ts'

describe('A slab', () => {
  it('is lent to one at a time, and there are but four', () => {
    const lent = Array.from({ length: 4 }, () => borrowSlab())
    assert.equal(new Set(lent).size, 4)
    for (const slab of lent) assert.equal(slab?.length, slabBytes)
    assert.equal(borrowSlab(), undefined)
    for (const slab of lent) if (slab !== undefined) returnSlab(slab, true)
  })

  it('is used again, but for one that the system still reads', () => {
    const [kept, read] = [borrowSlab(), borrowSlab()]
    assert.ok(kept !== undefined && read !== undefined)
    returnSlab(read, false)
    returnSlab(kept, true)
    const lent = Array.from({ length: 4 }, () => borrowSlab())
    assert.ok(lent.includes(kept))
    assert.ok(!lent.includes(read) && !lent.includes(undefined))
    for (const slab of lent) if (slab !== undefined) returnSlab(slab, true)
  })
})
