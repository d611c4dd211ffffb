import assert from 'node:assert/strict'
import type { AccessRequest, Decision, Epochs } from '../../router/access.ts'
import { MemoryClient } from '../support/memory-client.ts'
import {
  deferred,
  forever,
  memoryRouter,
  settled,
  type Deferred,
  type MemoryRouter,
} from '../support/memory-router.ts'
import { announcing } from '../support/roles.ts'
import { allRoles } from '../support/wamp-client.ts'

const interruptible = announcing({ callee: ['call_canceling'] })
const revocable = announcing({ callee: ['call_canceling', 'registration_revocation'] })

/** Rights of the guest and the lamp that can be withdrawn while they live. */
class Rights {
  readonly denied = new Map<string, Partial<Decision>>()
  /** Questions that were asked, as `who action uri`. */
  asked: string[] = []
  /** Given: answers come only with it. */
  delay: Deferred<void> | undefined
  /** Whether decisions are good for more than one message. */
  isKept = true
  /** What else decisions say. */
  rest: Partial<Decision> = {}
  readonly #root = { value: 0 }

  withdraw(who: string, action: string, rest: Partial<Decision> = {}): void {
    this.denied.set(`${who} ${action}`, rest)
    this.#root.value++
  }

  /** Something changed, and nobody's right. */
  stir(): void {
    this.#root.value++
  }

  readonly decide = ({ principal, action, uri }: AccessRequest): Decision | Promise<Decision> => {
    this.asked.push(`${principal.authid} ${action} ${uri}`)
    const decision = (): Decision => {
      const denied = this.denied.get(`${principal.authid} ${action}`)
      const root = this.#root
      const epochs: Epochs = { root, parts: [{ counter: root, seen: root.value }] }
      const until = this.isKept ? { until: forever } : {}
      return { allow: denied === undefined, ...until, epochs, ...this.rest, ...denied }
    }
    return this.delay === undefined ? decision() : this.delay.promise.then(decision)
  }
}

describe('A call under way, when the rights of a party have changed', () => {
  let rights: Rights
  let house: MemoryRouter
  let lamp: MemoryClient
  let guest: MemoryClient

  const enter = (calleeDetails: Record<string, unknown> = {}, options: object = {}): void => {
    rights = new Rights()
    house = memoryRouter(rights.decide)
    lamp = house.join({ authid: 'lamp', ...calleeDetails })
    guest = house.join({ authid: 'guest' })
    lamp.ask([64, 1, options, 'lamp.switch'])
  }
  /** What is told to the realm when something was withdrawn. */
  const reassess = (authid: string): void => {
    const sessions = house.realm.sessionsOf(undefined, authid)
    assert.equal(sessions.length, 1)
    for (const session of sessions) house.realm.reassess(session)
  }
  /** In order of the requests; of a RESULT its type alone. */
  const errors = (client: MemoryClient): unknown[] =>
    client
      .take()
      .map((answer) => (answer[0] === 8 ? [answer[2], answer[4]] : [answer[1], answer[0]]))
      .toSorted((a, b) => Number(a[0]) - Number(b[0]))

  describe('those of its caller', () => {
    it('is answered with its denial at once; a callee that understands it is told to stop', () => {
      enter(interruptible)
      guest.send([48, 1, {}, 'lamp.switch'])
      const [invocation] = lamp.take()
      rights.withdraw('guest', 'call', { decisionId: 'd1' })
      reassess('guest')
      assert.deepEqual(guest.take(), [
        [8, 48, 1, { decision_id: 'd1' }, 'wamp.error.not_authorized'],
      ])
      assert.deepEqual(lamp.take(), [[69, invocation?.[1], { mode: 'killnowait' }]])
      assert.equal(house.realm.decisionCounts.call.denied, 1)
    })

    it('is answered with the reason of the decision, and what cures it', () => {
      enter()
      guest.send([48, 1, {}, 'lamp.switch'])
      const reason = 'wamp.error.authorization_required'
      rights.withdraw('guest', 'call', { reason, details: { error: 'need_info' } })
      reassess('guest')
      assert.deepEqual(guest.take(), [[8, 48, 1, {}, reason, [], { error: 'need_info' }]])
    })

    it('sends nothing to a callee that would not understand it, and its late answer is dropped', () => {
      enter()
      guest.send([48, 1, {}, 'lamp.switch'])
      const [invocation] = lamp.take()
      rights.withdraw('guest', 'call')
      reassess('guest')
      assert.deepEqual([errors(guest), lamp.take()], [[[1, 'wamp.error.not_authorized']], []])
      lamp.send([70, invocation?.[1], {}, ['late']])
      lamp.send([8, 68, invocation?.[1], {}, 'too.late'])
      assert.deepEqual([guest.take(), lamp.take(), lamp.closedFor], [[], [], undefined])
    })

    it('is answered where it waits for a callee, and not sent any more', () => {
      enter({}, { invoke: 'roundrobin', concurrency: 1 })
      const other = house.join({ authid: 'owner' })
      guest.send([48, 1, {}, 'lamp.switch'])
      guest.send([48, 2, {}, 'lamp.switch'])
      other.send([48, 1, {}, 'lamp.switch', ['hers']])
      const [first] = lamp.take()
      rights.withdraw('guest', 'call')
      reassess('guest')
      assert.deepEqual(
        errors(guest),
        [1, 2].map((id) => [id, 'wamp.error.not_authorized']),
      )
      // The place of the call that ended is the next one's.
      assert.deepEqual(lamp.take()[0]?.[4], ['hers'])
      lamp.send([70, first?.[1], {}])
      assert.deepEqual([guest.take(), lamp.take()], [[], []])
    })

    it('goes on where the right stands: one question for many calls of the same, none when nothing changed', () => {
      enter()
      for (let i = 1; i <= 20; i++) guest.send([48, i, {}, 'lamp.switch'])
      const invocations = lamp.take()
      rights.asked = []
      reassess('guest')
      const { length } = rights.asked
      assert(length <= 1, `${length}`)
      rights.asked = []
      rights.stir()
      reassess('guest')
      assert.deepEqual(rights.asked, ['guest call lamp.switch'])
      for (const [, id] of invocations) lamp.send([70, id, {}])
      assert.equal(guest.take().length, 20)
    })

    it('goes on when that could not be decided', () => {
      enter()
      guest.send([48, 1, {}, 'lamp.switch'])
      const [invocation] = lamp.take()
      rights.withdraw('guest', 'call', { reason: 'wamp.error.authorization_failed' })
      reassess('guest')
      assert.deepEqual(guest.take(), [])
      lamp.send([70, invocation?.[1], {}])
      assert.deepEqual(guest.take(), [[50, 1, {}]])
    })

    it('ends when the answer has come, where that is asked for elsewhere: once for all of the same', async () => {
      enter()
      for (let i = 1; i <= 3; i++) guest.send([48, i, {}, 'lamp.switch'])
      const [first] = lamp.take()
      rights.asked = []
      rights.delay = deferred()
      rights.withdraw('guest', 'call')
      reassess('guest')
      assert.deepEqual(guest.take(), [])
      lamp.send([70, first?.[1], {}])
      rights.delay.resolve()
      await settled()
      const denied = 'wamp.error.not_authorized'
      assert.deepEqual(errors(guest), [
        [1, 50],
        [2, denied],
        [3, denied],
      ])
      assert.deepEqual(
        rights.asked.filter((question) => question.startsWith('guest')),
        ['guest call lamp.switch'],
      )
    })

    it('that was decided for itself alone, or counted, goes on as long as its decision stands', () => {
      for (const isKept of [false, true]) {
        for (const rest of [{}, { stands: () => true }]) {
          enter(interruptible)
          rights.isKept = isKept
          rights.rest = isKept ? { ...rest, consume: () => undefined } : rest
          guest.send([48, 1, {}, 'lamp.switch'])
          const [invocation] = lamp.take()
          rights.withdraw('guest', 'call')
          reassess('guest')
          lamp.send([70, invocation?.[1], {}])
          assert.deepEqual(guest.take(), [[50, 1, {}]])
        }
      }
    })

    it('that was counted ends when its decision does not stand any more, or nobody can tell', () => {
      for (const stands of [
        () => false,
        () => {
          throw new Error('broken')
        },
      ]) {
        enter(interruptible)
        rights.rest = { consume: () => undefined, stands }
        guest.send([48, 1, {}, 'lamp.switch'])
        lamp.take()
        reassess('guest')
        assert.deepEqual(errors(guest), [[1, 'wamp.error.not_authorized']])
        assert.equal(lamp.take()[0]?.[0], 69)
      }
    })

    it('leaves alone what others have called', () => {
      enter()
      const other = house.join({ authid: 'owner' })
      other.send([48, 1, {}, 'lamp.switch'])
      guest.send([48, 1, {}, 'lamp.switch'])
      rights.withdraw('guest', 'call')
      reassess('guest')
      assert.deepEqual([errors(guest).length, other.take()], [1, []])
    })
  })

  describe('those of its callee', () => {
    for (const [what, details] of [
      ['keeps its registration, suspended', interruptible],
      ['loses its registration', revocable],
    ] as const) {
      it(`is answered with canceled, by a callee that ${what}, and its late answer is dropped`, async () => {
        enter(details)
        guest.send([48, 1, {}, 'lamp.switch'])
        const [invocation] = lamp.take()
        rights.withdraw('lamp', 'register')
        reassess('lamp')
        await settled()
        assert.deepEqual(errors(guest), [[1, 'wamp.error.canceled']])
        const told = lamp.take()
        assert.deepEqual(told.shift(), [69, invocation?.[1], { mode: 'killnowait' }])
        assert.deepEqual(
          told.map(([type]) => type),
          details === revocable ? [67] : [],
        )
        lamp.send([70, invocation?.[1], {}, ['late']])
        assert.deepEqual([guest.take(), lamp.closedFor], [[], undefined])
        assert.equal(guest.ask([48, 2, {}, 'lamp.switch'])[0]?.[4], 'wamp.error.no_such_procedure')
      })
    }

    it('is answered likewise when the loss is noticed by the next call', async () => {
      enter()
      guest.send([48, 1, {}, 'lamp.switch'])
      rights.withdraw('lamp', 'register')
      guest.send([48, 2, {}, 'lamp.switch'])
      await settled()
      assert.deepEqual(errors(guest), [
        [1, 'wamp.error.canceled'],
        [2, 'wamp.error.no_such_procedure'],
      ])
    })

    for (const [what, answer] of [
      ['a result', (id: unknown) => [70, id, {}, ['late']]],
      ['progress', (id: unknown) => [70, id, { progress: true }, ['late']]],
      ['an error', (id: unknown) => [8, 68, id, {}, 'its.own']],
    ] as const) {
      it(`is not answered with ${what} of a callee that may not offer it any more, before anybody has told of that`, async () => {
        enter(announcing({ callee: ['progressive_call_results', 'call_canceling'] }))
        guest.send([48, 1, { receive_progress: true }, 'lamp.switch'])
        const [invocation] = lamp.take()
        rights.withdraw('lamp', 'register')
        lamp.send(answer(invocation?.[1]))
        await settled()
        assert.deepEqual(errors(guest), [[1, 'wamp.error.canceled']])
      })
    }

    it('is answered by a callee while it is asked elsewhere whether it still may', async () => {
      enter()
      guest.send([48, 1, {}, 'lamp.switch'])
      const [invocation] = lamp.take()
      rights.delay = deferred()
      rights.stir()
      lamp.send([70, invocation?.[1], {}])
      assert.equal(guest.take()[0]?.[0], 50)
      rights.delay.resolve()
      await settled()
      assert.deepEqual([guest.take(), lamp.take()], [[], []])
    })

    it('is answered where it waits for that callee alone', async () => {
      enter({}, { invoke: 'roundrobin', concurrency: 1 })
      guest.send([48, 1, {}, 'lamp.switch'])
      guest.send([48, 2, {}, 'lamp.switch'])
      rights.withdraw('lamp', 'register')
      reassess('lamp')
      await settled()
      assert.deepEqual(errors(guest), [
        [1, 'wamp.error.canceled'],
        [2, 'wamp.error.no_such_procedure'],
      ])
    })

    it('goes on by another procedure of the same callee, whose right stands', async () => {
      rights = new Rights()
      house = memoryRouter((request) =>
        request.uri === 'safe.open' ? { allow: true, until: forever } : rights.decide(request),
      )
      lamp = house.join({ authid: 'lamp' })
      guest = house.join({ authid: 'guest' })
      const uris = ['lamp.switch', 'safe.open']
      for (const [i, uri] of uris.entries()) lamp.ask([64, i + 1, {}, uri])
      for (const [i, uri] of uris.entries()) guest.send([48, i + 1, {}, uri])
      const [, invocation] = lamp.take()
      rights.withdraw('lamp', 'register')
      reassess('lamp')
      await settled()
      assert.deepEqual(errors(guest), [[1, 'wamp.error.canceled']])
      lamp.send([70, invocation?.[1], {}])
      assert.equal(guest.take()[0]?.[0], 50)
    })

    it('goes on when that could not be decided', async () => {
      enter(revocable)
      guest.send([48, 1, {}, 'lamp.switch'])
      const [invocation] = lamp.take()
      rights.withdraw('lamp', 'register', { reason: 'wamp.error.authorization_failed' })
      reassess('lamp')
      await settled()
      assert.deepEqual([guest.take(), lamp.take()], [[], []])
      lamp.send([70, invocation?.[1], {}])
      assert.equal(guest.take()[0]?.[0], 50)
    })

    it('is answered when the answer has come, where that is asked for elsewhere', async () => {
      enter()
      guest.send([48, 1, {}, 'lamp.switch'])
      rights.delay = deferred()
      rights.withdraw('lamp', 'register')
      reassess('lamp')
      await settled()
      assert.deepEqual(guest.take(), [])
      rights.delay.resolve()
      await settled()
      assert.deepEqual(errors(guest), [[1, 'wamp.error.canceled']])
    })

    it('ends once: a right that comes back and falls again ends what was called meanwhile', async () => {
      enter()
      for (let i = 1; i <= 2; i++) {
        guest.send([48, i, {}, 'lamp.switch'])
        assert.equal(lamp.take().length, 1)
        rights.withdraw('lamp', 'register')
        reassess('lamp')
        reassess('lamp')
        await settled()
        assert.deepEqual(errors(guest), [[i, 'wamp.error.canceled']])
        rights.denied.clear()
        rights.stir()
      }
    })
  })

  describe('as it proved itself anew', () => {
    const renew = (authid: string): void => {
      const [session] = house.realm.sessionsOf('anonymous', authid)
      session?.renew({ ...session.principal, evidence: { acr: 'aal1' } })
    }

    it('is decided anew at once, with what else it has', async () => {
      rights = new Rights()
      house = memoryRouter((request) => {
        const weak = (request.principal.evidence as { acr: string } | undefined)?.acr === 'aal1'
        return { ...(rights.decide(request) as Decision), allow: !weak }
      })
      lamp = house.join({ authid: 'lamp', ...revocable })
      guest = house.join({ authid: 'guest' })
      lamp.ask([64, 1, {}, 'lamp.switch'])
      guest.ask([32, 1, {}, 'house.lamp'])
      guest.send([48, 2, {}, 'lamp.switch'])
      lamp.take()
      renew('guest')
      assert.deepEqual(errors(guest), [[2, 'wamp.error.not_authorized']])
      assert.equal(guest.ask([48, 3, {}, 'lamp.switch'])[0]?.[4], 'wamp.error.not_authorized')
      const owner = house.join({ authid: 'owner' })
      owner.send([48, 1, {}, 'lamp.switch'])
      owner.send([16, 2, {}, 'house.lamp'])
      assert.deepEqual(guest.take(), [])
      renew('lamp')
      await settled()
      assert.deepEqual(errors(owner), [[1, 'wamp.error.canceled']])
      assert.equal(house.realm.dealer.registrations.size, 0)
    })

    it('is asked about with its next progress when its caller is back over another transport', () => {
      enter(announcing({ callee: ['progressive_call_results', 'call_canceling'] }))
      const client = new MemoryClient(house.router)
      const hello = { roles: allRoles, resumable: true, authid: 'friend' }
      const [[, id, details] = []] = client.ask([1, 'realm1', hello])
      const token = (details as Record<string, unknown>)['resume-ticket']
      client.send([48, 1, { receive_progress: true }, 'lamp.switch'])
      const [invocation] = lamp.take()
      client.lose()
      const back = new MemoryClient(house.router)
      back.ask([1, null, { 'resume-session': id, 'resume-token': token }])
      rights.asked = []
      for (const text of ['first', 'second']) {
        lamp.send([70, invocation?.[1], { progress: true }, [text]])
      }
      assert.deepEqual(rights.asked, ['friend call lamp.switch'])
      assert.deepEqual(
        back.take().map(([, , , args]) => args),
        [['first'], ['second']],
      )
    })

    it('is asked about with the new proof, though no epoch has moved', () => {
      enter()
      guest.send([48, 1, {}, 'lamp.switch'])
      rights.asked = []
      renew('guest')
      assert.deepEqual(rights.asked, ['guest call lamp.switch'])
    })
  })
})
