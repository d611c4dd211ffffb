import assert from 'node:assert/strict'
import type { Wampy } from 'wampy'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Outside } from '../support/outside.ts'

/** What a call of an unmodified client came to: the result, or the ERROR. */
interface Outcome {
  readonly result?: unknown
  readonly uri?: string
  readonly kwargs?: Readonly<Record<string, unknown>>
}

/** What wampy rejects with. */
interface WampyError {
  readonly errorUri?: string
  readonly argsDict?: Readonly<Record<string, unknown>>
}

async function call(wampy: Wampy, uri: string, payload?: object): Promise<Outcome> {
  try {
    const { argsList } = await wampy.call(uri, payload as never)
    return { result: argsList?.[0] }
  } catch (error) {
    const { errorUri, argsDict } = error as WampyError
    return {
      ...(errorUri !== undefined && { uri: errorUri }),
      ...(argsDict !== undefined && { kwargs: argsDict }),
    }
  }
}

const required = {
  uri: 'wamp.error.authorization_required',
  kwargs: {
    error: 'insufficient_user_authentication',
    uri: 'door.unlock',
    // The provider's words, whether it says them of the sign-in or of a method.
    acr_values: 'gold otp',
    max_age: 300,
  },
}
const opened = { result: 'open' }

describe('R14 a procedure that requires two factors', () => {
  let clock: ManualClock
  let outside: Outside
  let unlocked: number

  /** An ID token of somebody who signed in so, so many seconds ago. */
  const signedIn = (
    subject: string,
    how: { readonly acr?: string; readonly amr?: readonly string[] },
    secondsAgo = 0,
  ): Promise<string> =>
    outside.token(0, subject, { ...how, auth_time: Math.floor(clock.now() / 1_000) - secondsAgo })
  const refresh = (wampy: Wampy, token: string): Promise<Outcome> =>
    call(wampy, 'latchkey.session.refresh', { argsDict: { token } })

  beforeEach(async () => {
    clock = new ManualClock(1_700_000_000_000)
    unlocked = 0
    outside = await startOutside({ clock, acrMap: { gold: 'aal2', otp: 'aal2' } })
    for (const [id, level] of [
      ['guest', 3],
      ['owner', 1],
      ['stranger', undefined],
    ] as const) {
      await outside.person(id)
      if (level !== undefined) await outside.grant(id, level)
    }
    const unlock = (): string => {
      unlocked += 1
      return 'open'
    }
    await outside.device('lock', { prefix: 'door', handlers: { unlock } })
    const [door] = (await outside.manage('device.list'))['devices'] as { id: string }[]
    await outside.manage('capability.set', {
      device: door?.id,
      uri: 'door.unlock',
      action: 'call',
      ecosystem: 'home',
      level: 3,
      acr: 'aal2',
      max_age: '5m',
    })
  })

  afterEach(() => outside.stop())

  it('R14: says to a password what would do, and opens after a sign-in with two, in the same session, for 300 s', async () => {
    const guest = await outside.wampy(await signedIn('guest', { acr: 'password', amr: ['pwd'] }))
    assert.deepEqual(await call(guest, 'door.unlock'), required)
    assert.equal(unlocked, 0)
    clock.advance(1_000)
    const { result } = await refresh(guest, await signedIn('guest', { acr: 'gold' }))
    assert.equal(typeof (result as { expires_at: number }).expires_at, 'number')
    assert.deepEqual(await call(guest, 'door.unlock'), opened)
    clock.advance(300_000)
    assert.deepEqual(await call(guest, 'door.unlock'), opened)
    clock.advance(1_000)
    assert.deepEqual(await call(guest, 'door.unlock'), required)
    assert.equal(unlocked, 2)
    // Signed in anew: the same once more.
    assert.ok((await refresh(guest, await signedIn('guest', { acr: 'gold' }))).result)
    assert.deepEqual(await call(guest, 'door.unlock'), opened)
  })

  it('R14: counts the age from the sign-in, not from the token or the join', async () => {
    const guest = await outside.wampy(await signedIn('guest', { acr: 'gold' }, 299))
    assert.deepEqual(await call(guest, 'door.unlock'), opened)
    clock.advance(2_000)
    assert.deepEqual(await call(guest, 'door.unlock'), required)
    // A newer token of the old sign-in is no newer proof.
    assert.ok((await refresh(guest, await signedIn('guest', { acr: 'gold' }, 301))).result)
    assert.deepEqual(await call(guest, 'door.unlock'), required)
    const unknown = await outside.wampy(await outside.token(0, 'guest', { acr: 'gold' }))
    assert.deepEqual(await call(unknown, 'door.unlock'), required)
  })

  it('R14: takes the methods where the provider names no class, and no word that the house gives no worth', async () => {
    const byMethods = await outside.wampy(await signedIn('guest', { amr: ['pwd', 'otp'] }))
    assert.deepEqual(await call(byMethods, 'door.unlock'), opened)
    for (const acr of ['aal2', 'urn:mace:incommon:iap:silver', '2']) {
      const guest = await outside.wampy(await signedIn('guest', { acr }))
      assert.deepEqual(await call(guest, 'door.unlock'), required, acr)
    }
  })

  it("R14: takes nobody else's proof", async () => {
    const guest = await outside.wampy(await signedIn('guest', { acr: 'password' }))
    const { uri } = await refresh(guest, await signedIn('owner', { acr: 'gold' }))
    assert.equal(uri, 'wamp.error.authentication_denied')
    assert.deepEqual(await call(guest, 'door.unlock'), required)
  })

  it('R14: asks it of an owner too, and tells a stranger nothing', async () => {
    const owner = await outside.wampy(await signedIn('owner', { acr: 'password' }))
    assert.deepEqual(await call(owner, 'door.unlock'), required)
    const stranger = await outside.wampy(await signedIn('stranger', { acr: 'password' }))
    const { uri, kwargs } = await call(stranger, 'door.unlock')
    assert.equal(uri, 'wamp.error.not_authorized')
    assert.deepEqual(kwargs ?? {}, {})
  })
})
