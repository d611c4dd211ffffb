import assert from 'node:assert/strict'
import type { Principal } from '../../router/access.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { forever, memoryRouter } from '../support/memory-router.ts'
import { anyone } from '../support/open-router.ts'
import { announcing } from '../support/roles.ts'
import { allRoles } from '../support/wamp-client.ts'

const secret = 'only for authorizers'

describe('What a proof showed', () => {
  it('is known to the authorizer, and leaves the router in no message and by no meta procedure', () => {
    const seen = new Set<object | undefined>()
    const { router, realm, join } = memoryRouter(
      ({ principal }) => {
        seen.add(principal.evidence)
        return { allow: true, until: forever, disclose: true }
      },
      {
        realm: {
          authenticators: [
            {
              ...anyone,
              begin: (...args) => ({
                ...(anyone.begin(...args) as Principal),
                evidence: { acr: secret },
              }),
            },
          ],
        },
      },
    )
    const watcher = join(announcing({ subscriber: ['publisher_identification'] }))
    watcher.ask([32, 1, { match: 'prefix' }, 'wamp.'])
    watcher.ask([32, 2, {}, 'house.lamp'])
    watcher.ask([64, 3, { disclose_caller: true }, 'lamp.switch'])
    const client = new MemoryClient(router)
    client.send([1, 'realm1', { roles: allRoles, resumable: true, authid: 'guest' }])
    const [session] = realm.sessionsOf('anonymous', 'guest')
    assert(session !== undefined)
    const requests = [
      [48, 1, { disclose_me: true }, 'lamp.switch'],
      [16, 2, { disclose_me: true, acknowledge: true }, 'house.lamp'],
      [48, 3, {}, 'wamp.session.get', [session.id]],
      [48, 4, {}, 'wamp.session.list'],
    ]
    for (const request of requests) client.send(request)
    session.renew({ ...session.principal, evidence: { acr: `${secret}, still` } })
    client.send([48, 5, {}, 'wamp.session.get', [session.id]])
    client.lose()
    const told = [...watcher.received, ...client.received]
    assert(told.length >= 7, `${told.length} messages`)
    assert(!JSON.stringify(told).includes(secret))
    assert([...seen].every((evidence) => JSON.stringify(evidence).includes(secret)))
    assert.equal(seen.size >= 2, true)
  })
})
