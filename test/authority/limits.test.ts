import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { defaultAuthorityLimits } from '../../authority/limits.ts'

describe('the bounds of the authorization server', () => {
  it('are all in docs/CONFIG.md, with their defaults', async () => {
    const page = await readFile(new URL('../../docs/CONFIG.md', import.meta.url), 'utf8')
    const [, section = ''] = page.split('\n## `authority`')
    for (const [name, value] of Object.entries(defaultAuthorityLimits)) {
      const row = section.split('\n').find((line) => line.startsWith(`| \`${name}\``))
      assert.ok(row, `${name} is not there`)
      assert.equal(row.split('|')[2]?.trim(), value.toLocaleString('en-US'), name)
    }
  })
})
