import assert from 'node:assert/strict'
import { anonymousAuthenticator } from '../../authenticators/anonymous.ts'
import { joining } from './attempt.ts'

describe('anonymous', () => {
  it('lets anybody in under a name of this session, not the one asked for', async () => {
    const { request, attempt } = joining({ authid: 'owner' })
    assert.deepEqual(await anonymousAuthenticator().begin(request, attempt), {
      kind: 'anonymous',
      authid: 'anonymous_1234567',
      authrole: 'anonymous',
      authmethod: 'anonymous',
      authprovider: 'static',
    })
  })
})
