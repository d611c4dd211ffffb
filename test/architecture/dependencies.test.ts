import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

describe('docs/DEPENDENCIES.md', () => {
  it('has a line for every dependency, with its version, and none besides', async () => {
    const page = await readFile(join(root, 'docs/DEPENDENCIES.md'), 'utf8')
    const described = [...page.matchAll(/^\| `(.+?)` +\| (\S+) +\| .{5,} \|$/gm)].map(
      ([, name, version]) => [name, version],
    )
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
      await readFile(join(root, 'package.json'), 'utf8'),
    ) as Record<'dependencies' | 'optionalDependencies' | 'devDependencies', Record<string, string>>
    assert.deepEqual(described, [
      ...Object.entries(dependencies),
      ...Object.entries(optionalDependencies),
      ...Object.entries(devDependencies),
    ])
  })

  it('names the version of autobahn that the tests install', async () => {
    const page = await readFile(join(root, 'docs/DEPENDENCIES.md'), 'utf8')
    const { requirement } = (await import(
      new URL('../../scripts/python.mjs', import.meta.url).href
    )) as { readonly requirement: string }
    const [name, version] = requirement.split('==')
    assert.ok(page.includes(`\`${name}\` ${version} `))
  })
})
