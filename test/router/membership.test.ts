import assert from 'node:assert/strict'
import type { Authorizer, Decision } from '../../router/access.ts'
import type { MemoryClient } from '../support/memory-client.ts'
import {
  deferred,
  forever,
  memoryRouter,
  settled,
  type Deferred,
  type MemoryRouter,
} from '../support/memory-router.ts'

const allow: Decision = { allow: true, until: forever }

/** Rights to listen that can be withdrawn and given while sessions live. */
class Rights {
  readonly denied = new Set<string>()
  readonly #root = { value: 0 }
  readonly #counter = { value: 0 }
  records: string[] = []
  asked = 0

  set(uri: string, allowed: boolean): void {
    if (allowed) this.denied.delete(uri)
    else this.denied.add(uri)
    this.#root.value++
    this.#counter.value++
  }

  /** Something else changed. */
  stir(): void {
    this.#root.value++
  }

  decide(uri: string): Decision {
    this.asked++
    const parts = [{ counter: this.#counter, seen: this.#counter.value }]
    return {
      allow: !this.denied.has(uri),
      until: forever,
      epochs: { root: this.#root, parts },
      record: () => this.records.push(uri),
    }
  }
}

function texts(listener: MemoryClient): unknown[] {
  return listener.take().map((event) => (event[4] as unknown[])[0])
}

describe('An event, to each of its subscribers', () => {
  describe('whose rights are known', () => {
    let rights: Rights
    let house: MemoryRouter
    let listener: MemoryClient
    let publisher: MemoryClient

    beforeEach(() => {
      rights = new Rights()
      const authorizer: Authorizer = ({ action, uri }) =>
        action === 'subscribe' ? rights.decide(uri) : allow
      house = memoryRouter(authorizer)
      listener = house.join()
      publisher = house.join()
      listener.ask([32, 1, {}, 'house.door'])
      listener.ask([32, 2, {}, 'house.lamp'])
    })

    const publish = (topic: string, text: unknown): void =>
      publisher.send([16, 1, {}, topic, [text]])

    it('is dropped for one that does not take its messages, with one warning each time that begins', () => {
      for (let time = 1; time <= 2; time++) {
        listener.pendingBytes = 3.5 * 1024 * 1024
        for (let i = 0; i < 100; i++) publish('house.door', i)
        assert.deepEqual(texts(listener), [])
        assert.equal(house.logged.length, time)
        listener.pendingBytes = 0
        publish('house.door', 'again')
        assert.deepEqual(texts(listener), ['again'])
      }
      for (const { message } of house.logged)
        assert.match(message, /events.*dropped|take its events/)
    })

    it('is decided without asking, as long as nothing changed', () => {
      const { asked } = rights
      for (let i = 0; i < 100; i++) publish('house.door', i)
      rights.stir()
      publish('house.door', 100)
      assert.equal(texts(listener).length, 101)
      assert.equal(rights.asked, asked)
    })

    it('is withheld from the moment on when the right is withdrawn, and no word is said of it', () => {
      publish('house.door', 'before')
      rights.set('house.door', false)
      publish('house.door', 'after')
      publish('house.lamp', 'other')
      assert.deepEqual(texts(listener), ['before', 'other'])
      assert.deepEqual(house.realm.broker.undelivered, { withheld: 1, dropped: 0 })
      assert.equal(house.realm.broker.size, 2)
    })

    it('flows again when the right is back, on the same subscription', () => {
      rights.set('house.door', false)
      publish('house.door', 'withheld')
      rights.set('house.door', true)
      publish('house.door', 'back')
      assert.deepEqual(texts(listener), ['back'])
    })

    it('is withheld from the one who lost the right alone', () => {
      const other = house.join()
      other.ask([32, 1, {}, 'house.lamp'])
      rights.set('house.door', false)
      publish('house.lamp', 'for both')
      assert.deepEqual([texts(listener), texts(other)], [['for both'], ['for both']])
    })

    it('makes a record of a denial when it is made, not for each event that it withholds', () => {
      rights.records = []
      rights.set('house.door', false)
      for (let i = 0; i < 10; i++) publish('house.door', i)
      assert.deepEqual(rights.records, ['house.door'])
    })

    it('is decided anew when the session proved itself anew', () => {
      const { asked } = rights
      const [session] = house.realm.sessions.values()
      session?.renew({ ...session.principal })
      // At once, and once for each of its two subscriptions.
      assert.equal(rights.asked, asked + 2)
      publish('house.door', 1)
      publish('house.door', 2)
      assert.equal(rights.asked, asked + 2)
      assert.equal(texts(listener).length, 2)
    })

    it('is withheld and not queued: a right that comes back brings no old events', () => {
      rights.set('house.door', false)
      for (let i = 0; i < 5; i++) publish('house.door', i)
      rights.set('house.door', true)
      assert.deepEqual(texts(listener), [])
    })
  })

  it('is decided for each event where the maker lets no decision be kept', () => {
    let asked = 0
    const house = memoryRouter(({ action }) => {
      if (action !== 'subscribe') return allow
      return { allow: ++asked % 2 === 1 }
    })
    const [listener, publisher] = [house.join(), house.join()]
    listener.ask([32, 1, {}, 'house.door'])
    for (let i = 0; i < 6; i++) publisher.send([16, 1, {}, 'house.door', [i]])
    assert.deepEqual(texts(listener), [1, 3, 5])
  })

  describe('whose right is asked for elsewhere', () => {
    let answers: Map<string, Deferred<Decision>>
    let house: MemoryRouter
    let listener: MemoryClient
    let publisher: MemoryClient

    beforeEach(() => {
      answers = new Map()
      const asked = new Set<string>()
      const authorizer: Authorizer = ({ action, uri }) => {
        if (action !== 'subscribe' || !uri.startsWith('far.')) return allow
        // SUBSCRIBE itself is let through; what is decided by it is not kept.
        if (!asked.has(uri)) {
          asked.add(uri)
          return { allow: true }
        }
        const answer = deferred<Decision>()
        answers.set(uri, answer)
        return answer.promise
      }
      house = memoryRouter(authorizer, { limits: { withheldEvents: 3 } })
      listener = house.join()
      publisher = house.join()
      for (const topic of ['far.a', 'far.b', 'near']) listener.ask([32, 1, {}, topic])
    })

    const publish = (topic: string, text: unknown): void =>
      publisher.send([16, 1, {}, topic, [text]])
    const answer = async (topic: string, decision: Decision): Promise<void> => {
      answers.get(topic)?.resolve(decision)
      await settled()
    }

    it('waits, and is sent when the right is known', async () => {
      publish('far.a', 1)
      assert.deepEqual(texts(listener), [])
      await answer('far.a', allow)
      assert.deepEqual(texts(listener), [1])
      publish('far.a', 2)
      assert.deepEqual(texts(listener), [2])
    })

    it('keeps its place before the publisher’s later events, of whatever topic', async () => {
      publish('far.a', 1)
      publish('near', 2)
      publish('far.b', 3)
      await answer('far.a', allow)
      assert.deepEqual(texts(listener), [1, 2])
      publish('near', 4)
      assert.deepEqual(texts(listener), [])
      await answer('far.b', allow)
      assert.deepEqual(texts(listener), [3, 4])
      publish('near', 5)
      assert.deepEqual(texts(listener), [5])
    })

    it('holds up no other subscriber, and not the publisher', () => {
      const other = house.join()
      other.ask([32, 1, {}, 'near'])
      publish('far.a', 1)
      publish('near', 2)
      assert.deepEqual(texts(other), [2])
      assert.equal(publisher.ask([16, 1, { acknowledge: true }, 'near'])[0]?.[0], 17)
    })

    it('is withheld and counted when the answer is no', async () => {
      publish('far.a', 1)
      publish('far.a', 2)
      publish('near', 3)
      await answer('far.a', { allow: false, until: forever })
      assert.deepEqual(texts(listener), [3])
      assert.equal(house.realm.broker.undelivered.withheld, 2)
    })

    it('is dropped and counted where withheldEvents wait already', async () => {
      publish('far.a', 1)
      for (let i = 2; i <= 6; i++) publish('near', i)
      await answer('far.a', allow)
      assert.deepEqual(texts(listener), [1, 2, 3, 4])
      assert.equal(house.realm.broker.undelivered.dropped, 2)
      publish('near', 7)
      assert.deepEqual(texts(listener), [7])
    })

    it('does not come after UNSUBSCRIBED, not even on a subscription that was made anew', async () => {
      const other = house.join()
      const [subscribed] = other.ask([32, 1, {}, 'near'])
      const id = subscribed?.[2]
      publish('far.a', 1)
      publish('near', 'old')
      listener.send([34, 8, id])
      listener.send([32, 9, {}, 'near'])
      assert.deepEqual(listener.take(), [
        [35, 8],
        [33, 9, id],
      ])
      await answer('far.a', allow)
      assert.deepEqual(texts(listener), [1])
      publish('near', 'new')
      assert.deepEqual(texts(listener), ['new'])
    })

    it('is void when the subscriber has left', async () => {
      publish('far.a', 1)
      publish('near', 2)
      listener.lose()
      await answer('far.a', allow)
      assert.deepEqual(listener.take(), [])
      assert.equal(house.realm.broker.size, 0)
    })

    it('is denied when the authorizer breaks, and others are not touched', async () => {
      publish('far.a', 1)
      publish('near', 2)
      answers.get('far.a')?.reject(new Error('broken'))
      await settled()
      assert.deepEqual(texts(listener), [2])
    })
  })

  it('comes in order over thousands of events, with some rights asked for elsewhere', async () => {
    let asked = 0
    const house = memoryRouter(
      ({ action }) => {
        if (action !== 'subscribe' || asked++ % 5 !== 0) return { allow: true }
        return settled().then(() => ({ allow: true }))
      },
      { limits: { withheldEvents: 5_000 } },
    )
    const [listener, publisher] = [house.join(), house.join()]
    for (const topic of ['t.a', 't.b', 't.c']) {
      listener.send([32, 1, {}, topic])
      await settled()
      await settled()
    }
    listener.take()
    for (let i = 0; i < 3_000; i++) publisher.send([16, 1, {}, `t.${'abc'[i % 3]}`, [i]])
    while (listener.received.length < 3_000) await settled()
    assert.deepEqual(
      texts(listener),
      Array.from({ length: 3_000 }, (_, i) => i),
    )
  })
})
