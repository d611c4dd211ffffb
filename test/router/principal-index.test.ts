import assert from 'node:assert/strict'
import { PrincipalIndex } from '../../router/principal-index.ts'
import type { Session } from '../../router/session.ts'
import { memoryRouter } from '../support/memory-router.ts'

describe('The sessions of one party', () => {
  const idsOf = (sessions: readonly Session[]): number[] => sessions.map(({ id }) => id)

  it('are known from their join to their end, the first first, and nobody else’s with them', () => {
    const { realm, join } = memoryRouter()
    const first = join({ authid: 'guest' })
    const [firstId] = realm.sessions.keys()
    join({ authid: 'owner' })
    assert.deepEqual(idsOf(realm.sessionsOf('anonymous', 'guest')), [firstId])
    const others = [join({ authid: 'guest' }), join({ authid: 'guest' })]
    const all = idsOf(realm.sessionsOf('anonymous', 'guest'))
    assert.deepEqual([all.length, all[0]], [3, firstId])
    others[0]?.lose()
    assert.deepEqual(idsOf(realm.sessionsOf('anonymous', 'guest')), [firstId, all[2]])
    others[1]?.ask([6, {}, 'wamp.close.normal'])
    assert.deepEqual(idsOf(realm.sessionsOf('anonymous', 'guest')), [firstId])
    first.lose()
    assert.deepEqual(realm.sessionsOf('anonymous', 'guest'), [])
    assert.equal(realm.sessionsOf('anonymous', 'owner').length, 1)
  })

  it('are those of one kind, or of all kinds of that name', () => {
    const { realm, join } = memoryRouter(undefined, {
      realm: {
        authenticators: [
          {
            method: 'anonymous',
            begin: ({ authid = '', authextra }) => ({
              kind: String(authextra['kind']),
              authid,
              authrole: 'any',
              authmethod: 'anonymous',
              authprovider: 'test',
            }),
          },
        ],
      },
    })
    for (const kind of ['person', 'device']) join({ authid: 'x', authextra: { kind } })
    assert.equal(realm.sessionsOf('person', 'x').length, 1)
    assert.equal(realm.sessionsOf('device', 'x')[0]?.principal.kind, 'device')
    assert.equal(realm.sessionsOf(undefined, 'x').length, 2)
    assert.deepEqual(realm.sessionsOf('operator', 'x'), [])
  })

  it('stay known when they prove themselves anew, lose their transport and come back', () => {
    const { realm, join } = memoryRouter()
    const client = join({ authid: 'guest', resumable: true })
    const [session] = realm.sessionsOf('anonymous', 'guest')
    assert(session !== undefined)
    session.renew({ ...session.principal })
    client.lose()
    assert(session.detached)
    assert.deepEqual(realm.sessionsOf('anonymous', 'guest'), [session])
    session.drop('timeout')
    assert.deepEqual(realm.sessionsOf('anonymous', 'guest'), [])
  })

  it('leave nothing behind, and are the same in whatever order they come and go', () => {
    const index = new PrincipalIndex()
    const sessions = Array.from(
      { length: 3 },
      (_, id) => ({ id, principal: { kind: 'person', authid: 'x' } }) as Session,
    )
    const [a, b, c] = sessions as [Session, Session, Session]
    index.add(a)
    index.add(a)
    index.remove(b)
    assert.deepEqual(index.of('person', 'x'), [a])
    index.add(b)
    index.remove(a)
    index.add(c)
    assert.deepEqual(index.of('person', 'x'), [b, c])
    const before = index.of('person', 'x')
    for (const session of sessions) index.remove(session)
    assert.deepEqual([index.of('person', 'x'), index.of(undefined, 'x'), before], [[], [], [b, c]])
  })
})
