import assert from 'node:assert/strict'
import type { Decision } from '../../router/access.ts'
import { deferred, memoryRouter, settled } from '../support/memory-router.ts'
import type { MemoryClient } from '../support/memory-client.ts'

describe('Reflection', () => {
  let request = 0
  const ask = async (client: MemoryClient, uri: string, ...args: unknown[]): Promise<unknown> => {
    client.take()
    client.send([48, ++request, {}, uri, args])
    await settled()
    const answer = client.take().find(([type]) => type === 50 || type === 8) ?? []
    return answer[0] === 50 ? ((answer[3] ?? []) as unknown[])[0] : answer[4]
  }
  const define = (client: MemoryClient, uri: string): Promise<unknown> =>
    ask(client, 'wamp.reflect.define', uri, { type: 'procedure' })

  it('takes so many definitions of a session, and so many in a realm: then unavailable', async () => {
    const limits = { definitions: 3, realmDefinitions: 5 }
    const { join } = memoryRouter(undefined, { limits })
    const [one, other] = [join(), join()]
    for (let i = 1; i <= 3; i++) assert.equal(await define(one, `one.p${i}`), undefined)
    assert.equal(await define(one, 'one.p4'), 'wamp.error.unavailable')
    assert.equal(await define(one, 'one.p3'), undefined)
    for (let i = 1; i <= 2; i++) assert.equal(await define(other, `other.p${i}`), undefined)
    assert.equal(await define(other, 'other.p3'), 'wamp.error.unavailable')
    await ask(one, 'wamp.reflect.define', 'one.p1', null)
    assert.equal(await define(other, 'other.p3'), undefined)
  })

  it('refuses a definition that is longer than may be', async () => {
    const { join } = memoryRouter(undefined, { limits: { definitionBytes: 100 } })
    const client = join()
    const long = { type: 'topic', text: 'x'.repeat(100) }
    const refused = await ask(client, 'wamp.reflect.define', 'a.b', long)
    assert.equal(refused, 'wamp.error.invalid_argument')
  })

  it('keeps nothing of a session that left while its right was asked for', async () => {
    const right = deferred<Decision>()
    const { join } = memoryRouter(({ action }) =>
      action === 'register' ? right.promise : { allow: true, until: Infinity },
    )
    const client = join()
    client.send([48, 1, {}, 'wamp.reflect.define', ['a.b', { type: 'procedure' }]])
    client.lose()
    right.resolve({ allow: true })
    await settled()
    assert.deepEqual(await ask(join(), 'wamp.reflection.procedure.list'), [])
  })

  it('shows what one may use when that must be asked for elsewhere, and tells such a one nothing unasked', async () => {
    const { join } = memoryRouter(({ action, uri, principal }) => {
      const asked = principal.authid === 'guest' && action === 'call' && uri.startsWith('lamp.')
      return asked ? Promise.resolve({ allow: uri !== 'lamp.secret' }) : { allow: true }
    })
    const guest = join({ authid: 'guest' })
    guest.ask([32, 1, {}, 'wamp.reflect.on_define'])
    const lamp = join({ authid: 'lamp' })
    await define(lamp, 'lamp.switch')
    await define(lamp, 'lamp.secret')
    await settled()
    assert.deepEqual(guest.take(), [])
    assert.deepEqual(await ask(guest, 'wamp.reflection.procedure.list'), ['lamp.switch'])
  })
})
