import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

type NodeHeaders = (execPath: string, environment: Record<string, string>) => string | undefined

describe("Node's headers, which sqlite3 is compiled with", () => {
  let prefix: string
  let nodeHeaders: NodeHeaders
  before(async () => {
    const script = new URL('../../scripts/packages.mjs', import.meta.url).href
    ;({ nodeHeaders } = (await import(script)) as { nodeHeaders: NodeHeaders })
  })
  beforeEach(async () => (prefix = await mkdtemp(join(tmpdir(), 'lk-headers-'))))
  afterEach(() => rm(prefix, { recursive: true, force: true }))

  it('are taken from beside Node where they came with it, so that nothing is fetched', async () => {
    await mkdir(join(prefix, 'include/node'), { recursive: true })
    await writeFile(join(prefix, 'include/node/node_api.h'), '')
    assert.equal(nodeHeaders(join(prefix, 'bin/node'), {}), prefix)
  })

  it('are left to node-gyp where they did not', () => {
    assert.equal(nodeHeaders(join(prefix, 'bin/node'), {}), undefined)
  })

  it('are left to whoever names another place for them', async () => {
    await mkdir(join(prefix, 'include/node'), { recursive: true })
    await writeFile(join(prefix, 'include/node/node_api.h'), '')
    const named = { npm_config_nodedir: '/opt/node' }
    assert.equal(nodeHeaders(join(prefix, 'bin/node'), named), undefined)
  })
})
