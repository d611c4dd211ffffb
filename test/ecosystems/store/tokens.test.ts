import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryTokens } from '../../../ecosystems/store/memory-tokens.ts'
import { SqliteStore } from '../../../ecosystems/store/sqlite.ts'
import { StoreUnavailable } from '../../../ecosystems/store/store.ts'
import { tokenRowsContract } from '../../contracts/token-rows.ts'

describe('rows of the authorization server', () => {
  const folders: string[] = []
  const stores: SqliteStore[] = []

  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
  })

  async function open(): Promise<{ store: SqliteStore; file: string }> {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-tokens-'))
    folders.push(folder)
    const file = join(folder, 'latchkey.db')
    const store = await SqliteStore.open(file)
    stores.push(store)
    return { store, file }
  }

  tokenRowsContract('memory', () => Promise.resolve(new MemoryTokens()))
  tokenRowsContract('SQLite', async () => (await open()).store.tokens)

  it('are there after the database was closed and opened again', async () => {
    const { store, file } = await open()
    const row = {
      kind: 'AccessToken',
      hash: 'h',
      payload: { a: 1 },
      grantId: null,
      owner: null,
      createdAt: 1,
      expiresAt: 100,
      consumedAt: null,
    }
    await store.tokens.put(row, 10)
    await store.tokens.consume('AccessToken', 'h', 5)
    await store.close()
    const again = await SqliteStore.open(file)
    stores.push(again)
    assert.deepEqual(await again.tokens.get('AccessToken', 'h', 6), { ...row, consumedAt: 5 })
    await assert.rejects(store.tokens.get('AccessToken', 'h', 6), StoreUnavailable)
  })
})
