import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { readSourceTree } from './source-tree.ts'
import { violationsOf } from './violations.ts'
import type { Listed } from './violations.ts'

const root = join(import.meta.dirname, '../..')

async function listedIn(folder: string): Promise<Listed> {
  const { dependencies, devDependencies } = JSON.parse(
    await readFile(join(folder, 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'devDependencies', Record<string, string>>
  return {
    dependencies: Object.keys(dependencies),
    devDependencies: Object.keys(devDependencies),
  }
}

describe('the import direction', () => {
  it('is kept by every source file', async () => {
    const tree = await readSourceTree(root)
    assert.ok(tree.size > 10, `only ${tree.size} sources found`)
    assert.deepEqual(violationsOf(tree, await listedIn(root)), [])
  })

  describe('is noticed when broken:', () => {
    const listed: Listed = {
      dependencies: ['wampy', 'ws', 'oidc-provider', 'sqlite3', 'koa'],
      devDependencies: ['preact', '@types/koa', '@types/estree'],
    }
    let folder: string

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'latchkey-imports-'))
    })

    afterEach(async () => {
      await rm(folder, { recursive: true })
    })

    async function violations(files: Record<string, string>): Promise<string[]> {
      for (const [path, source] of Object.entries(files)) {
        await mkdir(join(folder, dirname(path)), { recursive: true })
        await writeFile(join(folder, path), source)
      }
      return violationsOf(await readSourceTree(folder), listed)
    }

    it('a tree that keeps the rules has no violation', async () => {
      const found = await violations({
        'clock.ts': 'export const now = Date.now\n',
        'router/wire/id.ts': "import { now } from '../../clock.ts'\nnow()\n",
        'router/access.ts': "export type { X } from './wire/id.ts'\n",
        'router/router.ts': "import './access.ts'\nimport type { Y } from './session.ts'\n",
        'router/session.ts': "import './router.ts'\n",
        'router/transports/raw.ts': "import '../router.ts'\nimport 'ws'\n",
        'realms/uris.ts': 'export {}\n',
        'clients/app.ts': "import 'wampy'\nimport '../realms/uris.ts'\n",
        'clients/device.ts': "import 'ws'\nimport './app.ts'\nimport 'node:fs'\n",
        'demo/house.ts': "await import('oidc-provider')\nimport type {} from 'estree'\n",
        'console/main.tsx': "import 'preact'\nimport '../clients/app.ts'\nexport const a = <p/>\n",
        'test/anything.ts': "import '../demo/house.ts'\n",
      })
      assert.deepEqual(found, [])
    })

    it('an import against the layers', async () => {
      const found = await violations({
        'ecosystems/people.ts': 'export {}\n',
        'router/dealer.ts': "import '../ecosystems/people.ts'\n",
      })
      assert.deepEqual(found, [
        'router/dealer.ts (router) imports ecosystems/people.ts (ecosystems)',
      ])
    })

    it('an import of a type, a re-export, a late import or a type expression against them', async () => {
      const found = await violations({
        'router/dealer.ts': 'export {}\n',
        'ecosystems/a.ts': "import type { Dealer } from '../router/dealer.ts'\n",
        'ecosystems/b.ts': "export * from '../router/dealer.ts'\n",
        'ecosystems/c.ts': "export const late = () => import('../router/dealer.ts')\n",
        'ecosystems/d.ts': "export type D = import('../router/dealer.ts').D\n",
      })
      assert.equal(found.length, 4)
      for (const name of ['a', 'b', 'c', 'd'])
        assert.ok(
          found.includes(`ecosystems/${name}.ts (ecosystems) imports router/dealer.ts (router)`),
        )
    })

    it('an import in a comment or a string is none', async () => {
      const found = await violations({
        'ecosystems/people.ts': 'export {}\n',
        'router/dealer.ts':
          "// import '../ecosystems/people.ts'\nexport const a = `import 'koa'`\n",
      })
      assert.deepEqual(found, [])
    })

    it('an authorizer that reaches past the contracts into the engine', async () => {
      const found = await violations({
        'router/session.ts': 'export {}\n',
        'authorizers/chain.ts': "import type {} from '../router/session.ts'\n",
      })
      assert.deepEqual(found, [
        'authorizers/chain.ts (authorizers) imports router/session.ts (router)',
      ])
    })

    it('a cycle between files, unless it is one of types alone', async () => {
      const found = await violations({
        'router/a.ts': "import './b.ts'\n",
        'router/b.ts': "import { type C } from './c.ts'\n",
        'router/c.ts': "export { A } from './a.ts'\n",
      })
      assert.deepEqual(found, [
        'import cycle: router/a.ts -> router/b.ts -> router/c.ts -> router/a.ts',
      ])
    })

    it('something of Node that the client for browsers reaches', async () => {
      const found = await violations({
        'clients/app.ts': "import './backoff.ts'\n",
        'clients/backoff.ts': "import 'node:crypto'\nimport 'ws'\n",
      })
      assert.deepEqual(found, [
        'clients/backoff.ts uses node:crypto, and clients/app.ts brings it to browsers',
        'clients/backoff.ts uses ws, and clients/app.ts brings it to browsers',
      ])
    })

    it('a client that uses more than it should', async () => {
      const found = await violations({ 'clients/device.ts': "import 'koa'\n" })
      assert.deepEqual(found, ['clients/device.ts is a client and may not use koa'])
    })

    it('the OpenID provider or SQLite outside their folder', async () => {
      const found = await violations({
        'server.ts': "import 'oidc-provider'\n",
        'ecosystems/people.ts': "import type {} from 'sqlite3'\n",
      })
      assert.deepEqual(found.toSorted(), [
        'ecosystems/people.ts may not use sqlite3',
        'server.ts may not use oidc-provider',
      ])
    })

    it('a package that is not listed, or only for development', async () => {
      const found = await violations({
        'server.ts': "import 'express'\nimport 'preact'\n",
      })
      assert.deepEqual(found, [
        'server.ts uses express, which package.json does not list under dependencies',
        'server.ts uses preact, which package.json does not list under dependencies',
      ])
    })

    it('an import that only shows when it runs', async () => {
      const found = await violations({ 'cli/a.ts': 'export const f = (n: string) => import(n)\n' })
      assert.deepEqual(found, ['cli/a.ts imports something that only shows when it runs'])
    })

    it('a file in no layer, or of somewhere else', async () => {
      const found = await violations({
        'utils/string.ts': 'export {}\n',
        'server.ts': "import './gone.ts'\n",
      })
      assert.deepEqual(found.toSorted(), [
        'server.ts imports gone.ts, which is no source of ours',
        'utils/string.ts is in no layer',
      ])
    })

    it('a file that is too long', async () => {
      const found = await violations({ 'server.ts': '//\n'.repeat(601) })
      assert.deepEqual(found, ['server.ts has 601 lines, more than 600'])
    })
  })
})
