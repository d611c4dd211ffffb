import { SqliteStore } from '../../ecosystems/store/sqlite.ts'
import { Router } from '../../router/router.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { allowAll, anyone } from '../support/open-router.ts'

/** Publishes to a topic whose history is kept, and prints the number of each event that was acknowledged. Never ends. */
const [path = '', first = '0'] = process.argv.slice(2)
const router = new Router()
router.addRealm({
  uri: 'realm1',
  authenticators: [anyone],
  authorizer: allowAll,
  topics: [{ uri: 'house.door', match: 'exact', limit: 100_000 }],
  events: await SqliteStore.open(path),
})
const publisher = MemoryClient.join(router)
const numbers = new Map<unknown, number>()

for (let number = Number(first), request = 1; ; number++, request++) {
  numbers.set(request, number)
  publisher.send([16, request, { acknowledge: true }, 'house.door', [number]])
  for (const [type, answered] of publisher.take()) {
    if (type === 17) process.stdout.write(`${numbers.get(answered)}\n`)
    numbers.delete(answered)
  }
  await new Promise((resolve) => setImmediate(resolve))
}
