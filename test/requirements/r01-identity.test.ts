import assert from 'node:assert/strict'
import { SignJWT, UnsecuredJWT } from 'jose'
import { ManualClock } from '../support/manual-clock.ts'
import { JoinAborted, startOutside, type Outside } from '../support/outside.ts'

const denied = 'wamp.error.authentication_denied'

describe('R01 one federated identity for every object', () => {
  let clock: ManualClock
  let outside: Outside

  beforeEach(async () => {
    clock = new ManualClock(1_700_000_000_000)
    outside = await startOutside({ clock, providers: 2, realms: ['home', 'work'] })
  })
  afterEach(() => outside.stop())

  /** WELCOME.Details of a join by this token. */
  async function welcome(token: string, realm = 'home'): Promise<Record<string, unknown>> {
    const client = await outside.connect()
    await client.ask([1, realm, { roles: { caller: {} }, authmethods: ['ticket'] }])
    const answer = await client.ask([5, token, {}])
    assert.equal(answer[0], 2, JSON.stringify(answer))
    return answer[2] as Record<string, unknown>
  }

  async function refusal(token: string): Promise<unknown> {
    try {
      await outside.join(token)
    } catch (error) {
      if (error instanceof JoinAborted) return [error.reason, error.details]
      throw error
    }
    throw new Error('it was let in')
  }

  it('R01: the same token is the same person in two realms, by the provider that says so', async () => {
    const token = await outside.token(0, 'alice')
    const [home, work] = [await welcome(token), await welcome(token, 'work')]
    assert.match(String(home['authid']), /^[a-z0-9_]+$/)
    assert.equal(home['authid'], work['authid'])
    assert.deepEqual(
      [home['authmethod'], home['authprovider'], home['authrole']],
      ['ticket', outside.provider.issuer, 'person'],
    )
    const again = await welcome(await outside.token(0, 'alice'))
    assert.equal(again['authid'], home['authid'])
  })

  it('R01: another issuer with the same e-mail, name and subject is another person', async () => {
    const claims = { email: 'alice@house.example', email_verified: true, name: 'Alice' }
    const first = await welcome(await outside.token(0, 'alice', claims))
    const second = await welcome(await outside.token(1, 'alice', claims))
    assert.notEqual(first['authid'], second['authid'])
    const { people } = await outside.manage('person.list')
    assert.equal((people as unknown[]).length, 2)
  })

  it('R01: alg none, a wrong audience and a token that ended 61 s ago are refused, all alike', async () => {
    const { issuer, clientId } = outside.provider
    const now = Math.floor(clock.now() / 1_000)
    const payload = { iss: issuer, aud: clientId, sub: 'alice', iat: now, exp: now + 600 }
    const unsigned = new UnsecuredJWT(payload).encode()
    const bySecret = await new SignJWT(payload)
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(clientId.padEnd(32, '.')))
    const reasons = [
      await refusal(unsigned),
      await refusal(bySecret),
      await refusal(await outside.token(0, 'alice', { audience: 'another' })),
      await refusal(await outside.token(0, 'alice', { expiresInSeconds: -61 })),
      await refusal(`${await outside.token(0, 'alice')}x`),
    ]
    for (const reason of reasons) assert.deepEqual(reason, reasons[0])
    assert.equal((reasons[0] as unknown[])[0], denied)
    // Nobody was made by them.
    const { people } = await outside.manage('person.list')
    assert.deepEqual(people, [])
    // Within the 60 s that clocks may differ, it counts.
    await outside.join(await outside.token(0, 'alice', { expiresInSeconds: -59 }))
  })
})
