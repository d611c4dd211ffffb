import assert from 'node:assert/strict'
import type {
  AuthenticationStep,
  Attempt,
  Authenticator,
  JoinRequest,
  Principal,
} from '../../router/access.ts'
import { WampError } from '../../router/wire/errors.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { deferred, memoryRouter, settled, type MemoryRouter } from '../support/memory-router.ts'
import { allRoles, type Wire } from '../support/wamp-client.ts'

const principal: Principal = {
  kind: 'person',
  authid: 'owner',
  authrole: 'person',
  authmethod: 'ticket',
  authprovider: 'test',
}

function house(...authenticators: Authenticator[]): MemoryRouter {
  return memoryRouter(undefined, { realm: { authenticators } })
}

function hello(details: Record<string, unknown> = {}): Wire {
  return [1, 'realm1', { roles: allRoles, ...details }]
}

/** A method that welcomes at once whoever asks for it. */
function welcoming(method: string, rest: Partial<Authenticator> = {}): Authenticator {
  return { method, begin: () => ({ ...principal, authmethod: method }), ...rest }
}

function detailsOf(welcome: Wire | undefined): Record<string, unknown> {
  assert.equal(welcome?.[0], 2, JSON.stringify(welcome))
  return welcome[2] as Record<string, unknown>
}

function refusal(messages: Wire[]): unknown {
  const [message] = messages
  assert.equal(message?.[0], 3, JSON.stringify(messages))
  return message?.[2]
}

describe('A join', () => {
  it('is by the first method of the client’s that the realm has and that accepts it', () => {
    const { router } = house(
      welcoming('ticket'),
      welcoming('cryptosign', { accepts: ({ authid }) => authid === 'lamp' }),
    )
    const method = (details: Record<string, unknown>): unknown => {
      const [welcome] = new MemoryClient(router).ask(hello(details))
      return detailsOf(welcome)['authmethod']
    }
    assert.equal(method({ authmethods: ['scram', 'ticket', 'cryptosign'] }), 'ticket')
    assert.equal(method({ authmethods: ['cryptosign', 'ticket'], authid: 'lamp' }), 'cryptosign')
    assert.equal(method({ authmethods: ['cryptosign', 'ticket'], authid: 'other' }), 'ticket')
    assert.equal(method({ authmethods: [7, null, 'ticket'] }), 'ticket')
  })

  it('without methods is anonymous where the realm has that, else authentication_required', () => {
    const { router } = house(welcoming('anonymous'))
    for (const details of [{}, { authmethods: [] }, { authmethods: 'x' }]) {
      assert.equal(new MemoryClient(router).ask(hello(details))[0]?.[0], 2)
    }
    const closed = house(welcoming('ticket'))
    for (const details of [{}, { authmethods: [] }]) {
      const answer = new MemoryClient(closed.router).ask(hello(details))
      assert.equal(refusal(answer), 'wamp.error.authentication_required')
    }
  })

  it('without a method in common is no_matching_auth_method', () => {
    const { router } = house(welcoming('ticket'))
    const client = new MemoryClient(router)
    assert.equal(
      refusal(client.ask(hello({ authmethods: ['scram', 'wampcra'] }))),
      'wamp.error.no_matching_auth_method',
    )
    assert.equal(client.closedFor, 'aborted')
  })

  it('by a method that needs no asking comes before all that is offered', () => {
    const { router } = house(
      welcoming('ticket'),
      welcoming('operator', {
        unasked: true,
        accepts: (_request, { peer }) => peer.address === 'management',
      }),
    )
    const details = hello({ authmethods: ['ticket'] })
    const methods = ['management', 'elsewhere'].map((address) => {
      const [welcome] = new MemoryClient(router, { address }).ask(details)
      return detailsOf(welcome)['authmethod']
    })
    assert.deepEqual(methods, ['operator', 'ticket'])
  })

  it('gives its method the request, the session id to come and the transport’s facts', () => {
    const seen: { request: JoinRequest; attempt: Attempt }[] = []
    const { router } = house(
      welcoming('ticket', {
        begin(request, attempt) {
          seen.push({ request, attempt })
          return { ...principal, authextra: { granted: true } }
        },
      }),
    )
    const details = { authmethods: ['ticket'], authid: 'hint', authextra: { nonce: 'n' } }
    const [welcome] = new MemoryClient(router).ask(hello(details))
    assert.equal(seen[0]?.request.authid, 'hint')
    assert.equal(seen[0]?.request.realm, 'realm1')
    assert.deepEqual(seen[0]?.request.authextra, { nonce: 'n' })
    assert.equal(seen[0]?.attempt.session, welcome?.[1])
    assert.equal(seen[0]?.attempt.peer.address, 'memory')
    const { authid, authextra } = detailsOf(welcome)
    assert.deepEqual([authid, authextra], ['owner', { granted: true }])
  })

  describe('with challenges', () => {
    const twoRounds = (): Authenticator => ({
      method: 'ticket',
      begin: () => ({ challenge: true, extra: { round: 1 }, state: 'first' }),
      verify({ signature, extra }, { state }): AuthenticationStep {
        if (signature !== state) throw new WampError('wamp.error.authentication_denied', 'no')
        if (state === 'first')
          return { challenge: true, extra: { round: 2, extra }, state: 'second' }
        return principal
      },
    })

    it('is welcome after as many rounds as its method wants', () => {
      const { router } = house(twoRounds())
      const client = new MemoryClient(router)
      assert.deepEqual(client.ask(hello({ authmethods: ['ticket'] })), [
        [4, 'ticket', { round: 1 }],
      ])
      assert.deepEqual(client.ask([5, 'first', { e: 1 }]), [
        [4, 'ticket', { round: 2, extra: { e: 1 } }],
      ])
      assert.equal(client.ask([5, 'second', {}])[0]?.[0], 2)
    })

    it('is refused with the reason of its method, in any round', () => {
      for (const answers of [['wrong'], ['first', 'wrong']]) {
        const { router, realm } = house(twoRounds())
        const client = new MemoryClient(router)
        client.ask(hello({ authmethods: ['ticket'] }))
        let last: Wire[] = []
        for (const signature of answers) last = client.ask([5, signature, {}])
        assert.equal(refusal(last), 'wamp.error.authentication_denied')
        assert.equal(client.closedFor, 'aborted')
        assert.equal(realm.sessions.size, 0)
      }
    })

    it('takes one answer to each: a second one is a protocol error', () => {
      const { router } = house({ ...twoRounds(), verify: () => new Promise(() => undefined) })
      const client = new MemoryClient(router)
      client.ask(hello({ authmethods: ['ticket'] }))
      client.send([5, 'first', {}])
      assert.equal(refusal(client.ask([5, 'first', {}])), 'wamp.error.protocol_violation')
    })

    it('fails when an authenticator resolves with nothing, and harms nobody else', async () => {
      const verify = (): Promise<never> => Promise.resolve(undefined as never)
      const { router } = house({ ...twoRounds(), verify })
      const client = new MemoryClient(router)
      client.ask(hello({ authmethods: ['ticket'] }))
      client.received = []
      client.send([5, 'first', {}])
      await new Promise(setImmediate)
      assert.equal(refusal(client.received), 'wamp.error.authentication_failed')
    })

    it('takes nothing but the answer between CHALLENGE and WELCOME', () => {
      const messages: Wire[] = [
        hello(),
        [48, 1, {}, 'a.b'],
        [6, {}, 'wamp.close.normal'],
        [8, 48, 1, {}, 'a.b'],
        [2, 1, {}],
      ]
      for (const message of messages) {
        const { router } = house(twoRounds())
        const client = new MemoryClient(router)
        client.ask(hello({ authmethods: ['ticket'] }))
        assert.equal(refusal(client.ask(message)), 'wamp.error.protocol_violation')
      }
    })

    it('that its client aborts is not answered', () => {
      const { router } = house(twoRounds())
      const client = new MemoryClient(router)
      client.ask(hello({ authmethods: ['ticket'] }))
      assert.deepEqual(client.ask([3, {}, 'wamp.error.cannot_authenticate']), [])
      assert.equal(client.closedFor, 'aborted')
    })

    it('that is longer than the client takes is closed without a word', () => {
      const begin = () => ({ challenge: true, extra: { nonce: 'x'.repeat(600) } }) as const
      const { router } = house({ ...twoRounds(), begin })
      const client = new MemoryClient(router, { maxFrameBytes: 512 })
      assert.deepEqual(client.ask(hello({ authmethods: ['ticket'] })), [])
      assert.equal(client.closedFor, 'aborted')
    })

    it('is refused when its method challenges and cannot verify', () => {
      const { router, logged } = house({
        method: 'ticket',
        begin: () => ({ challenge: true, extra: {} }),
      })
      const client = new MemoryClient(router)
      client.ask(hello({ authmethods: ['ticket'] }))
      assert.equal(refusal(client.ask([5, 'x', {}])), 'wamp.error.authentication_failed')
      assert.equal(logged.length, 1)
    })
  })

  describe('whose method takes its time', () => {
    it('is welcome when it has', async () => {
      const { router } = house(welcoming('anonymous', { begin: async () => principal }))
      const client = new MemoryClient(router)
      assert.deepEqual(client.ask(hello()), [])
      await settled()
      assert.equal(client.take()[0]?.[0], 2)
    })

    it('may send nothing meanwhile', () => {
      const { router } = house(
        welcoming('anonymous', { begin: () => new Promise(() => undefined) }),
      )
      const client = new MemoryClient(router)
      client.send(hello())
      assert.equal(refusal(client.ask([48, 1, {}, 'a.b'])), 'wamp.error.protocol_violation')
    })

    it('and who has left meanwhile has not joined', async () => {
      const answer = deferred<Principal>()
      const { router, realm } = house(welcoming('anonymous', { begin: () => answer.promise }))
      const client = new MemoryClient(router)
      client.send(hello())
      client.lose()
      answer.resolve(principal)
      await settled()
      assert.equal(realm.sessions.size, 0)
      assert.deepEqual(client.take(), [])
    })
  })

  it('is authentication_failed when its method breaks, which is logged and not told', async () => {
    const broken = (): never => {
      throw new Error('the key server is at 10.0.0.1')
    }
    for (const begin of [broken, async () => broken()]) {
      const { router, logged } = house(welcoming('anonymous', { begin }))
      const client = new MemoryClient(router)
      client.send(hello())
      await settled()
      const answer = client.take()
      assert.equal(refusal(answer), 'wamp.error.authentication_failed')
      assert.doesNotMatch(JSON.stringify(answer), /10\.0\.0\.1/)
      assert.match(String(logged[0]?.details?.error), /10\.0\.0\.1/)
    }
  })

  it('is refused when what its method wants to send cannot be written', async () => {
    const endless: Record<string, unknown> = {}
    endless['self'] = endless
    for (const begin of [
      () => ({ challenge: true, extra: endless }) as const,
      async () => ({ challenge: true, extra: endless }) as const,
      async () => ({ ...principal, authextra: endless }),
    ]) {
      const { router, realm } = house(welcoming('anonymous', { begin }))
      const client = new MemoryClient(router)
      client.send(hello())
      await settled()
      assert.equal(client.take()[0]?.[0], 3)
      assert.equal(client.closedFor, 'aborted')
      assert.equal(realm.sessions.size, 0)
    }
  })

  it('with a credential that has expired already is denied', () => {
    const { router, clock, realm } = house(
      welcoming('anonymous', { begin: () => ({ ...principal, expiresAt: clock.now() }) }),
    )
    const client = new MemoryClient(router)
    assert.equal(refusal(client.ask(hello())), 'wamp.error.authentication_denied')
    assert.equal(realm.sessions.size, 0)
  })
})
