import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Connection } from '../../../ecosystems/store/connection.ts'
import { keepReferences, makeDurable, schemaVersion } from '../../../ecosystems/store/schema.ts'
import { SqliteStore, type SqliteOptions } from '../../../ecosystems/store/sqlite.ts'
import { StoreConflict, StoreUnavailable, type Change } from '../../../ecosystems/store/store.ts'
import { eventStoreContract } from '../../contracts/event-store.ts'
import { storeContract } from '../../contracts/store.ts'

const at = 1_700_000_000_000
const child = fileURLToPath(new URL('./committing-child.ts', import.meta.url))

function person(id: string, name: string = id): Change {
  return {
    kind: 'person.put',
    row: { id, name, status: 'active', proofsAfter: null, createdAt: at },
  }
}

describe('the SQLite store', () => {
  let folder: string
  let path: string
  const opened: { close(): Promise<void> }[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-store-'))
    path = join(folder, 'latchkey.db')
  })

  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close()
    await rm(folder, { recursive: true })
  })

  async function open(options?: SqliteOptions): Promise<SqliteStore> {
    const store = await SqliteStore.open(path, options)
    opened.push(store)
    return store
  }

  async function connect(): Promise<Connection> {
    const connection = await Connection.open(path, { busyTimeoutMs: 0, readonly: false })
    opened.push(connection)
    return connection
  }

  storeContract('SQLite', () => open())
  eventStoreContract(
    'SQLite',
    () => open(),
    (store) => store.close(),
  )

  it('has everything after it was closed and opened again', async () => {
    const first = await open()
    await first.commit([person('owner')])
    await first.close()
    const second = await open()
    assert.deepEqual(
      (await second.load()).people.map(({ id }) => id),
      ['owner'],
    )
  })

  it('keeps the database and its log for its owner alone', async () => {
    await writeFile(path, '', { mode: 0o644 })
    const store = await open()
    await store.commit([person('owner')])
    for (const suffix of ['', '-wal', '-shm'])
      assert.equal((await stat(path + suffix)).mode & 0o777, 0o600, suffix)
  })

  it('writes ahead, and waits for the disk at each commit', async () => {
    await open()
    const connection = await connect()
    await makeDurable(connection)
    await keepReferences(connection)
    assert.deepEqual(await connection.all('pragma journal_mode'), [{ journal_mode: 'wal' }])
    const full = 2
    assert.deepEqual(await connection.all('pragma synchronous'), [{ synchronous: full }])
    assert.deepEqual(await connection.all('pragma foreign_keys'), [{ foreign_keys: 1 }])
  })

  it('refuses a database that is newer than itself, and leaves it alone', async () => {
    const store = await open()
    await store.commit([person('owner')])
    await store.close()
    const connection = await connect()
    await connection.run(`pragma user_version = ${schemaVersion + 1}`)
    await assert.rejects(SqliteStore.open(path), (error: Error) => {
      assert.ok(error instanceof StoreUnavailable)
      assert.match(
        error.message,
        new RegExp(`schema version ${schemaVersion + 1}.*knows up to ${schemaVersion}`),
      )
      return true
    })
    assert.deepEqual(await connection.all('select id from people'), [{ id: 'owner' }])
  })

  it('migrates once, whoever opens it and how often', async () => {
    // More than the process has threads for its files: those who wait for the lock may not keep its holder from one.
    const stores = await Promise.all(Array.from({ length: 12 }, () => open()))
    await stores[0]?.commit([person('owner')])
    await open()
    const connection = await connect()
    assert.deepEqual(await connection.all('pragma user_version'), [{ user_version: schemaVersion }])
    assert.deepEqual(await connection.all('select id from people'), [{ id: 'owner' }])
  })

  it('refuses a file that is no database', async () => {
    await writeFile(path, 'this is a shopping list, and a rather long one at that. '.repeat(100))
    await assert.rejects(SqliteStore.open(path), (error: Error) => {
      assert.ok(error instanceof StoreUnavailable)
      assert.match(error.message, /not a database/)
      return true
    })
  })

  it('refuses a folder that does not exist', async () => {
    await assert.rejects(SqliteStore.open(join(folder, 'none', 'x.db')), StoreUnavailable)
  })

  it('writes nothing by halves when the disk is full, and goes on when there is room', async () => {
    const store = await open({ maxPages: 160 })
    let stored = 0
    const big = 'x'.repeat(20_000)
    await assert.rejects(
      (async () => {
        for (; stored < 1_000; stored++)
          await store.commit([person(`a${stored}`, big), person(`b${stored}`, big)])
      })(),
      (error: Error) => {
        assert.ok(error instanceof StoreUnavailable)
        assert.match(error.message, /no room left/)
        return true
      },
    )
    assert.ok(stored > 0)
    assert.equal((await store.load()).people.length, stored * 2)
    await assert.rejects(
      store.appendAudit([
        {
          at,
          realm: 'home',
          actor: 'a:b',
          session: 1,
          action: 'call',
          target: big.repeat(10),
          outcome: 'deny',
          reason: 'level',
          decisionId: null,
          details: {},
        },
      ]),
      StoreUnavailable,
    )
    assert.deepEqual(await store.listAudit({ limit: 10 }), [])
    await store.close()

    const roomy = await open()
    await roomy.commit([person('last', big)])
    assert.equal((await roomy.load()).people.length, stored * 2 + 1)
  })

  it('says so when somebody else holds the lock, still reads, and goes on afterwards', async () => {
    const store = await open({ busyTimeoutMs: 20 })
    await store.commit([person('owner')])
    const other = await connect()
    await other.run('begin immediate')
    await assert.rejects(store.commit([person('guest')]), (error: Error) => {
      assert.ok(error instanceof StoreUnavailable)
      assert.match(error.message, /locked by somebody else/)
      return true
    })
    assert.equal((await store.load()).people.length, 1)
    assert.deepEqual(await store.listAudit({ limit: 1 }), [])
    await other.run('rollback')
    await store.commit([person('guest')])
    assert.equal((await store.load()).people.length, 2)
  })

  it('waits for a lock that is given up in time', async () => {
    const store = await open({ busyTimeoutMs: 5_000 })
    const other = await connect()
    await other.run('begin immediate')
    const commit = store.commit([person('owner')])
    await other.run('rollback')
    await commit
  })

  it('lets only so many commits wait, and names the bound', async () => {
    const store = await open({ maxWaiting: 3 })
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c', 'd', 'e'].map((id) => store.commit([person(id)])),
    )
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    assert.equal(refused.length, 2)
    for (const reason of refused) {
      assert.ok(reason instanceof StoreUnavailable)
      assert.match(reason.message, /3 commits are waiting already \(maxWaiting\)/)
    }
    assert.equal((await store.load()).people.length, 3)
  })

  it('lets only so many readings wait', async () => {
    const store = await open({ maxWaiting: 1 })
    const first = store.listAudit({ limit: 1 })
    await assert.rejects(store.listAudit({ limit: 1 }), /1 readings are waiting already/)
    await first
  })

  it('fails one of many commits alone', async () => {
    const store = await open()
    const bad: Change = { kind: 'code.redeem', hash: 'none', device: 'x', at }
    const outcomes = await Promise.allSettled([
      store.commit([person('a')]),
      store.commit([person('b'), bad]),
      store.commit([person('c')]),
    ])
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.ok(outcomes[1]?.status === 'rejected' && outcomes[1].reason instanceof StoreConflict)
    assert.deepEqual(
      (await store.load()).people.map(({ id }) => id),
      ['a', 'c'],
    )
  })

  it('ends the commits under way before it closes', async () => {
    const store = await open()
    const commits = ['a', 'b', 'c'].map((id) => store.commit([person(id)]))
    await store.close()
    await Promise.all(commits)
    assert.equal((await (await open()).load()).people.length, 3)
  })

  it('loses nothing that it acknowledged to a process killed at any moment', async function () {
    this.timeout(60_000)
    const acknowledged: [deed: string, id: string][] = []
    for (const enough of [1, 40, 15]) {
      const writer = spawn(process.execPath, ['--import', 'tsx', child, path], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const ended = once(writer, 'exit')
      let seen = 0
      for await (const line of createInterface({ input: writer.stdout })) {
        const [deed = '', id = ''] = line.split(' ')
        acknowledged.push([deed, id])
        seen += 1
        if (seen === enough) writer.kill('SIGKILL')
      }
      const [, signal] = (await ended) as [number | null, string | null]
      assert.equal(signal, 'SIGKILL')

      const store = await open()
      const { people, identities, grants } = await store.load()
      const kept = new Set([
        ...people.map(({ id }) => `admitted ${id}`),
        ...grants.map(({ id }) => `granted ${id}`),
        ...grants.filter(({ revokedAt }) => revokedAt !== null).map(({ id }) => `revoked ${id}`),
      ])
      assert.deepEqual(
        acknowledged.filter(([deed, id]) => !kept.has(`${deed} ${id}`)),
        [],
      )
      assert.equal(identities.length, people.length, 'a commit was kept by halves')
      await store.close()
    }
  })
})
