import assert from 'node:assert/strict'
import { operatorAuthenticator } from '../../authenticators/operator.ts'
import { joining, refusedWith } from './attempt.ts'

describe('the operator', () => {
  const operator = operatorAuthenticator()

  it('is whoever comes over the management socket, without being asked', async () => {
    const peer = { transport: 'rawsocket', address: '', operator: true } as const
    const { request, attempt } = joining({ peer })
    assert.equal(operator.unasked, true)
    assert.equal(operator.accepts?.(request, attempt), true)
    assert.deepEqual(await operator.begin(request, attempt), {
      kind: 'operator',
      authid: 'operator',
      authrole: 'operator',
      authmethod: 'local',
      authprovider: 'latchkey',
    })
  })

  it('is nobody on any other transport, even if the engine asked', async () => {
    for (const transport of ['websocket', 'rawsocket', 'local'] as const) {
      const { request, attempt } = joining({ authid: 'operator', peer: { transport } })
      assert.equal(operator.accepts?.(request, attempt), false)
      await refusedWith('wamp.error.authentication_denied', async () =>
        operator.begin(request, attempt),
      )
    }
  })
})
