import assert from 'node:assert/strict'
import { tellConcerned } from '../../realms/announcing.ts'
import { topicUris } from '../../realms/uris.ts'
import type { Peer } from '../../router/peer.ts'
import { deferred, memoryRouter } from '../support/memory-router.ts'

describe('what the router tells those whom it concerns', () => {
  const topic = topicUris.deviceUpdate

  it('is told to each by a right that he has then, however many there are and however long others take', async () => {
    const { realm, join } = memoryRouter()
    const clients = Array.from({ length: 65 }, () => join())
    for (const client of clients) client.ask([32, 1, {}, topic])
    const last = deferred<boolean>()
    let asked = 0
    const waits = deferred<undefined>()
    const concerns = (_listener: Peer): boolean | Promise<boolean> => {
      if (++asked < 65) return asked !== 3
      waits.resolve(undefined)
      return last.promise
    }
    const told = tellConcerned(realm, topic, concerns, { device: 'lamp' })
    await waits.promise
    const events = (): number => clients.filter((each) => each.take().length > 0).length
    assert.equal(events(), 63)
    last.resolve(true)
    await told
    assert.equal(events(), 1)
  })

  it('is told in the same step where that is known at once', () => {
    const { realm, join } = memoryRouter()
    const client = join()
    client.ask([32, 1, {}, topic])
    void tellConcerned(realm, topic, () => true, { device: 'lamp' })
    assert.equal(client.take().length, 1)
  })
})
