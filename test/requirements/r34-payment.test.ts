import assert from 'node:assert/strict'
import {
  App,
  Authenticator,
  newAuthenticatorKey,
  ProofError,
  stepUp,
  verifyReceipt,
  type Dict,
} from '../../clients/index.ts'
import { CallError } from '../../clients/errors.ts'
import type { Ed25519Jwk } from '../../proofs/claims.ts'
import type { ConsentReceipt } from '../../realms/uris.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Outside } from '../support/outside.ts'

const authorize = 'latchkey.consent.authorize'
const redeem = 'latchkey.consent.redeem'
const coffee = { payee: 'The Café', amount: '3.50', currency: 'EUR', ref: 'order 7' }

function refusedWith(uri: string, message = /./): (error: unknown) => boolean {
  return (error) =>
    error instanceof CallError && error.uri === uri && message.test(String(error.args[0]))
}

/** The same text, saying something else. */
function changed(receipt: string, claims: object): string {
  const [header = '', payload = '', signature = ''] = receipt.split('.')
  const said = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
  const other = Buffer.from(JSON.stringify({ ...said, ...claims })).toString('base64url')
  return `${header}.${other}.${signature}`
}

for (const store of ['memory', 'folder'] as const)
  describe(`R34 a payment by the same gesture, over ${store}`, () => {
    let clock: ManualClock
    let outside: Outside
    let guest: App
    let watch: Authenticator

    const app = async (subject: string, acr = 'password'): Promise<App> => {
      const auth_time = Math.floor(clock.now() / 1_000)
      return outside.app(await outside.token(0, subject, { acr, auth_time }))
    }
    /** The person confirms these, and the page asks for a receipt on those. */
    const pay = async (confirmed: Dict, asked: Dict = confirmed): Promise<ConsentReceipt> => {
      await stepUp(guestCaller(), { uri: authorize, kwargs: confirmed }, async (prompt) => ({
        proof: await watch.confirm(prompt),
      }))
      const { args } = await guest.call(authorize, [], asked)
      return args[0] as ConsentReceipt
    }
    const guestCaller = (): { call: App['call'] } => ({ call: guest.call.bind(guest) })
    const enrol = async (acr: string): Promise<void> => {
      watch = new Authenticator({ key: await newAuthenticatorKey(), clock })
      const fresh = await app('guest', acr)
      await watch.enrol(fresh, { kind: 'watch', name: 'watch' })
      await fresh.close()
    }

    beforeEach(async () => {
      clock = new ManualClock(1_700_000_000_000)
      outside = await startOutside({ clock, store, acrMap: { gold: 'aal2' } })
      for (const id of ['guest', 'shop']) await outside.person(id)
      await enrol('gold')
      guest = await app('guest')
    })

    afterEach(() => outside.stop())

    it('R34: a confirmation of exactly this gives a signed receipt, which whoever holds it redeems once', async () => {
      const { receipt, id, expires_at } = await pay(coffee)
      assert.equal(expires_at, clock.now() + 15 * 60_000)
      const shop = await app('shop')
      const { args } = await shop.call(redeem, [], { receipt, amount: '3.50' })
      assert.deepEqual(args[0], { id, person: 'guest', ...coffee, redeemed_at: clock.now() })
      await assert.rejects(
        shop.call(redeem, [], { receipt }),
        refusedWith('latchkey.error.conflict'),
      )
      await assert.rejects(
        guest.call(redeem, [], { receipt }),
        refusedWith('latchkey.error.conflict'),
      )
      if (store === 'memory') return
      await outside.restart()
      const again = await app('shop')
      await assert.rejects(
        again.call(redeem, [], { receipt }),
        refusedWith('latchkey.error.conflict'),
      )
    })

    it('R34: with another amount, payee, currency or reference the receipt is invalid', async () => {
      const { receipt } = await pay(coffee)
      const others = { amount: '35.00', payee: 'Mallory', currency: 'USD', ref: 'order 8' }
      for (const [key, value] of Object.entries(others)) {
        const isInvalid = refusedWith('wamp.error.invalid_argument', /not valid/)
        await assert.rejects(
          guest.call(redeem, [], { receipt: changed(receipt, { [key]: value }) }),
          isInvalid,
        )
        await assert.rejects(guest.call(redeem, [], { receipt, [key]: value }), isInvalid)
      }
      await guest.call(redeem, [], { receipt, ...coffee })
    })

    it('R34: what was confirmed gives a receipt for nothing else, and one alone', async () => {
      const needsProof = refusedWith('wamp.error.authorization_required')
      await assert.rejects(guest.call(authorize, [], coffee), needsProof)
      await assert.rejects(pay(coffee, { ...coffee, amount: '35.00' }), needsProof)
      await assert.rejects(pay(coffee, { ...coffee, payee: 'Mallory' }), needsProof)
      const other = await app('guest')
      await assert.rejects(other.call(authorize, [], coffee), needsProof)
      // Of the two confirmations so far each is good for one.
      await guest.call(authorize, [], coffee)
      await guest.call(authorize, [], coffee)
      await assert.rejects(guest.call(authorize, [], coffee), needsProof)
    })

    it('R34: one factor is not enough, and no watch that was enrolled under one', async () => {
      await enrol('password')
      await assert.rejects(
        pay(coffee),
        (error) => error instanceof CallError && error.kwargs['acr_values'] === 'aal2',
      )
    })

    it('R34: none is good for longer than a day', async () => {
      await assert.rejects(
        guest.call(authorize, [], { ...coffee, ttl: '25h' }),
        refusedWith('wamp.error.invalid_argument', /ttl: found 25h, allowed is at most 86400s/),
      )
    })

    it('R34: fifty at once redeem one', async () => {
      const { receipt } = await pay(coffee)
      const outcomes = await Promise.allSettled(
        Array.from({ length: 50 }, () => guest.call(redeem, [], { receipt })),
      )
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    })

    it('R34: a receipt ends, by its time and with the account', async () => {
      const { receipt } = await pay({ ...coffee })
      const isInvalid = refusedWith('wamp.error.invalid_argument')
      const shop = await app('shop')
      clock.advance(15 * 60_000)
      await assert.rejects(shop.call(redeem, [], { receipt }), isInvalid)
      const late = await pay(coffee)
      await outside.manage('person.disable', { person: 'guest' })
      await assert.rejects(shop.call(redeem, [], { receipt: late.receipt }), isInvalid)
    })

    it('R34: what nobody has used yet is worth nothing when the account is cut off', async () => {
      const { receipt } = await pay(coffee)
      await outside.manage('person.panic', { person: 'guest', since: '1h' })
      const shop = await app('shop')
      await assert.rejects(
        shop.call(redeem, [], { receipt }),
        refusedWith('wamp.error.invalid_argument', /cut off/),
      )
    })

    it("R34: anybody can check it by the house's key alone", async () => {
      const { receipt, id } = await pay(coffee)
      const device = await outside.device('light', { prefix: 'till' })
      const { bundle } = await device.ask('latchkey.device.trust', {})
      const said = JSON.parse(Buffer.from(bundle.split('.')[1] ?? '', 'base64url').toString()) as {
        readonly key: Ed25519Jwk
      }
      const claims = await verifyReceipt(receipt, said, clock.now())
      assert.deepEqual(
        [claims.jti, claims.sub, claims.amount, claims.currency],
        [id, 'guest', '3.50', 'EUR'],
      )
      await assert.rejects(
        verifyReceipt(changed(receipt, { amount: '35.00' }), said, clock.now()),
        ProofError,
      )
    })
  })
