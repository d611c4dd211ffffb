import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { StaticPrincipals } from '../../authenticators/principals.ts'
import type { StaticPrincipal } from '../../authenticators/principals.ts'

const ticket = 'correct horse battery'
const ticketSha256 = createHash('sha256').update(ticket).digest('hex')
const publicKey = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'

describe('the components of a realm', () => {
  it('are known by their ticket, given in clear or as a digest', () => {
    for (const secret of [{ ticket }, { ticketSha256 }]) {
      const principals = new StaticPrincipals([{ authid: 'backend', role: 'app', ...secret }])
      assert.deepEqual(principals.byTicket('backend', ticket), {
        kind: 'component',
        authid: 'backend',
        authrole: 'app',
        authmethod: 'ticket',
        authprovider: 'static',
      })
    }
  })

  it('are not known by another ticket, name or none', () => {
    const principals = new StaticPrincipals([
      { authid: 'backend', role: 'app', ticket },
      { authid: 'keyed', role: 'app', publicKey },
    ])
    assert.equal(principals.byTicket('backend', `${ticket}.`), undefined)
    assert.equal(principals.byTicket('other', ticket), undefined)
    assert.equal(principals.byTicket(undefined, ticket), undefined)
    assert.equal(principals.byTicket('keyed', ''), undefined)
    assert.equal(principals.byPublicKey('00'.repeat(32)), undefined)
  })

  it('stop the start when they cannot be used, by principal and key', () => {
    const refusals: [readonly StaticPrincipal[], RegExp][] = [
      [
        [
          { authid: 'a', role: 'app', ticket },
          { authid: 'a', role: 'app', publicKey },
        ],
        /"a": authid is there twice/,
      ],
      [[{ authid: 'a', role: 'app', ticket, ticketSha256 }], /"a": ticket and ticketSha256/],
      [
        [{ authid: 'a', role: 'app', ticket: 'lk_x' }],
        /"a": ticket looks like a provisioning code/,
      ],
      [[{ authid: 'a', role: 'app', ticket: 'eyJh.e30.x' }], /"a": ticket looks like/],
      [[{ authid: 'a', role: 'app', ticketSha256: 'ab' }], /"a": ticketSha256 is "ab"; allowed/],
      [[{ authid: 'a', role: 'app', publicKey: 'ab' }], /"a": publicKey is "ab"; allowed/],
      [[{ authid: 'a', role: 'app', publicKey: '00'.repeat(32) }], /"a": publicKey/],
      [
        [
          { authid: 'a', role: 'app', publicKey },
          { authid: 'b', role: 'app', publicKey: publicKey.toUpperCase() },
        ],
        /"b": publicKey is .*, as that of another/,
      ],
    ]
    for (const [principals, message] of refusals)
      assert.throws(() => new StaticPrincipals(principals), message)
  })

  it('never show a ticket in an error', () => {
    assert.throws(
      () => new StaticPrincipals([{ authid: 'a', role: 'app', ticket: 'lk_secret' }]),
      (error: unknown) => !String(error).includes('secret'),
    )
  })
})
