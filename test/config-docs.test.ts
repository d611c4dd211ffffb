import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { defaultBounds } from '../ecosystems/bounds.ts'
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

  it('names bounds of the house that there are, as they are', async () => {
    const page = await readFile(new URL('../docs/CONFIG.md', import.meta.url), 'utf8')
    const [, part = ''] = page.split('## What cannot be set')
    const rows = [...part.matchAll(/^\| `(\w+)` +\| ([\d,]+) +\|/gm)]
    assert.ok(rows.length > 10)
    const known = new Map<string, number>(Object.entries(defaultBounds))
    for (const [, name = '', value] of rows)
      assert.equal(value, known.get(name)?.toLocaleString('en-US'), name)
    assert.equal(rows.length, [...part.matchAll(/^\| `/gm)].length)
  })
})
