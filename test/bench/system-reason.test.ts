import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemReason } from '../../bench/system-reason.ts'

describe('What the system says against a file', () => {
  it('is told without the name of the file', async () => {
    const error: unknown = await readFile(join(import.meta.dirname, 'nope')).catch(
      (failure: unknown) => failure,
    )
    assert.equal(systemReason(error), 'ENOENT: no such file or directory')
  })

  it('is not what a bug says: that is thrown on as it is', () => {
    const bug = new TypeError('x is not a function')
    assert.throws(
      () => systemReason(bug),
      (error) => error === bug,
    )
  })
})
