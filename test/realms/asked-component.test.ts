import assert from 'node:assert/strict'
import { AskedComponent } from '../../realms/asked-component.ts'
import type { Authenticator } from '../../router/access.ts'
import { memoryRouter, settled } from '../support/memory-router.ts'

const asTold: Authenticator = {
  method: 'anonymous',
  begin: ({ authid = 'guest' }) => ({
    kind: 'component',
    authid,
    authrole: authid,
    authmethod: 'anonymous',
    authprovider: 'test',
  }),
}

describe('A component that is asked', () => {
  it('is not asked where one of several who offer its procedure is not trusted', async () => {
    const { join, realm } = memoryRouter(undefined, { realm: { authenticators: [asTold] } })
    const asked = { procedure: 'house.who', role: 'judge', timeoutMs: 1_000 }
    const component = new AskedComponent(asked, () => realm)
    await assert.rejects(component.ask([1]), /nobody offers house\.who/)
    const [judge, poser] = [join({ authid: 'judge' }), join({ authid: 'poser' })]
    judge.ask([64, 1, { invoke: 'roundrobin' }, 'house.who'])
    const answer = component.ask([1])
    await settled()
    const [[, invocation] = []] = judge.take()
    judge.send([70, invocation, {}, ['yes']])
    assert.deepEqual((await answer).args, ['yes'])
    poser.ask([64, 1, { invoke: 'roundrobin' }, 'house.who'])
    await assert.rejects(component.ask([1]), /house\.who is offered by component poser/)
    assert.deepEqual([...judge.take(), ...poser.take()], [])
  })
})
