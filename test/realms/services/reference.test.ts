import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import { reference } from '../../../realms/services/reference.ts'

describe('the reference of procedures', () => {
  it('in docs/PROCEDURES.md is what the procedures say today', async () => {
    const file = new URL('../../../docs/PROCEDURES.md', import.meta.url).pathname
    const options = await resolveConfig(file)
    const today = await format(reference(), { ...options, parser: 'markdown' })
    assert.equal(await readFile(file, 'utf8'), today, 'run: npm run reference')
  })
})
