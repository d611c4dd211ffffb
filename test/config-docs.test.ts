import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { defaultLimits } from '../router/limits.ts'

describe('docs/CONFIG.md', () => {
  it('lists every bound of the engine with its default', async () => {
    const page = await readFile(new URL('../docs/CONFIG.md', import.meta.url), 'utf8')
    for (const [name, value] of Object.entries(defaultLimits)) {
      const row = page.split('\n').findLast((line) => line.startsWith(`| \`${name}\``))
      assert.ok(row, `${name} is not there`)
      assert.equal(row.split('|')[2]?.trim(), value.toLocaleString('en-US'), name)
    }
  })
})
