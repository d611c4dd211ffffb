import assert from 'node:assert/strict'
import { CraKeys, deriveCraKey } from '../../authenticators/wampcra-keys.ts'
import { wampcraAuthenticator } from '../../authenticators/wampcra.ts'
import { addAuthRealm } from '../support/auth-realm.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { MemoryClient } from '../support/memory-client.ts'
import { memoryRouter } from '../support/memory-router.ts'
import { craSignature, type Extra } from '../support/proofs.ts'
import { allRoles } from '../support/wamp-client.ts'
import { isChallengeRequest, join, joining, refusedWith } from './attempt.ts'

const secret = { secret: 'sesame', keylen: 32, iterations: 1_000 }

describe('wampcra', () => {
  const clock = new ManualClock(Date.UTC(2014, 5, 22, 16, 36, 25, 448))
  let keys: CraKeys
  let reasons: unknown[]

  before(async () => {
    keys = await CraKeys.derive(
      [
        { authid: 'plain', role: 'app', wampcra: secret },
        { authid: 'salted', role: 'app', wampcra: { ...secret, salt: 'salt123' } },
      ],
      Buffer.alloc(32, 1),
    )
  })
  beforeEach(() => (reasons = []))

  const authenticator = () =>
    wampcraAuthenticator({
      keys,
      clock,
      log: (_level, _message, { reason }) => reasons.push(reason),
    })

  it('lets in who has the secret, plain or salted', async () => {
    for (const authid of ['plain', 'salted'])
      assert.deepEqual(
        await join(authenticator(), { authid }, (extra) => craSignature('sesame', extra)),
        {
          kind: 'component',
          authid,
          authrole: 'app',
          authmethod: 'wampcra',
          authprovider: 'static',
        },
      )
  })

  it('names the session to come and the time in its challenge', async () => {
    const { request, attempt } = joining({ authid: 'plain' })
    const step = await authenticator().begin(request, attempt)
    assert(isChallengeRequest(step))
    const challenge = JSON.parse(String(step.extra['challenge'])) as Extra
    assert.equal(challenge['session'], attempt.session)
    assert.equal(challenge['timestamp'], '2014-06-22T16:36:25.448Z')
  })

  it('is refused alike for a wrong signature and for an unknown name, whatever the signature', async () => {
    for (const authid of ['plain', 'salted', 'nobody'])
      for (const sign of [
        () => '',
        () => 'x',
        (extra: Extra) => craSignature('wrong', extra),
        (extra: Extra) => craSignature('', extra),
      ])
        await refusedWith('wamp.error.authentication_denied', () =>
          join(authenticator(), { authid }, sign),
        )
    assert.deepEqual(new Set(reasons), new Set(['signature_wrong', 'name_unknown']))
  })

  it('challenges an unknown name with a salt as long and written as a component’s is', async () => {
    const same = Buffer.alloc(20, 'some bytes')
    for (const [salt, form] of [
      ['salt123', /^[a-z0-9]{7}$/],
      [Buffer.alloc(40, 0xa5).toString('hex'), /^[0-9a-f]{80}$/],
      ['0123456789ABCDEF', /^[0-9A-F]{16}$/],
      [same.toString('base64'), /^[\w+/]{27}=$/],
      [same.toString('base64url'), /^[\w-]{27}$/],
      ['kitchen: Salt', /^[\w-]{13}$/],
    ] as const) {
      const wampcra = { secret: 'sesame', salt, keylen: 32, iterations: 1 }
      const component = { authid: 'a', role: 'app', wampcra }
      const derived = await CraKeys.derive([component], Buffer.alloc(32))
      const salts = ['b', 'c', 'b'].map((name) => derived.decoyOf(name).salting?.salt ?? '')
      for (const decoy of salts) assert.match(decoy, form)
      assert.equal(salts[0], salts[2])
      assert.notEqual(salts[0], salts[1])
      for (const encoding of ['base64', 'base64url'] as const)
        if (salt === same.toString(encoding))
          for (const decoy of salts)
            assert.equal(Buffer.from(decoy, encoding).toString(encoding), decoy)
    }
  })

  it('is passed over for the client’s next method without a name', () => {
    const { request, attempt } = joining()
    assert.equal(authenticator().accepts?.(request, attempt), false)
  })

  it('takes the derived key in place of the secret', async () => {
    const salting = { salt: 'salt123', keylen: 32, iterations: 1_000 }
    const key = await deriveCraKey('sesame', salting)
    const derived = await CraKeys.derive(
      [{ authid: 'a', role: 'app', wampcra: { key, ...salting } }],
      Buffer.alloc(32),
    )
    const other = wampcraAuthenticator({ keys: derived, clock, log: () => undefined })
    const joined = await join(other, { authid: 'a' }, (extra) => craSignature('sesame', extra))
    assert.equal(joined.authid, 'a')
  })

  it('proves itself by HMAC-SHA256 in base64, in due time: a late AUTHENTICATE finds nobody', async () => {
    const { router, clock: time } = memoryRouter()
    const config = {
      uri: 'house',
      authmethods: ['wampcra'],
      principals: [{ authid: 'plain', role: 'app', wampcra: { secret: 'sesame' } }],
    }
    const added = await addAuthRealm(router, config, { clock: time })
    const hello = [1, 'house', { roles: allRoles, authmethods: ['wampcra'], authid: 'plain' }]
    const shake = (waitMs: number) => {
      const client = new MemoryClient(router)
      const [challenge] = client.ask(hello)
      time.advance(waitMs)
      return {
        client,
        answer: client.ask([5, craSignature('sesame', challenge?.[2] as Extra), {}]),
      }
    }
    assert.equal(shake(4_999).answer[0]?.[0], 2)
    const late = shake(5_000)
    assert.deepEqual(late.answer, [])
    assert.equal(late.client.closedFor, 'timeout')
    assert.equal(added.realm.sessions.size, 1)
    await added.close()
  })
})
