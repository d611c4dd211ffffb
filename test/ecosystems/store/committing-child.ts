import { SqliteStore } from '../../../ecosystems/store/sqlite.ts'

/** Commits one person after the other and prints each id once the store has acknowledged it. Never ends. */
const [path = ''] = process.argv.slice(2)
const store = await SqliteStore.open(path)
const already = (await store.load()).people.length
for (let number = already; ; number++) {
  const id = `p_${number}`
  const createdAt = Date.now()
  await store.commit([
    { kind: 'person.put', row: { id, name: id, status: 'active', createdAt } },
    {
      kind: 'identity.put',
      row: { issuer: 'https://a.test', subject: id, person: id, createdAt },
    },
  ])
  process.stdout.write(`${id}\n`)
}
