import assert from 'node:assert/strict'
import { eventually } from '../support/eventually.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { JoinAborted, startOutside, type Outside } from '../support/outside.ts'
import { startOpenIdProvider } from '../support/openid-provider.ts'
import type { WampClient } from '../support/wamp-client.ts'

const na = 'wamp.error.not_authorized'

describe('R02 several federations, each as far as it is trusted', () => {
  let clock: ManualClock
  let outside: Outside

  beforeEach(async () => {
    clock = new ManualClock(1_700_000_000_000)
    outside = await startOutside({
      clock,
      providers: 2,
      store: 'folder',
      ecosystems: [{ id: 'home' }, { id: 'cottage' }],
    })
    const ok = (): boolean => true
    await outside.device('safe', { prefix: 'safe', handlers: { open: ok } })
    await outside.device('tv', { prefix: 'tv', handlers: { play: ok } })
    await outside.device('safe', {
      prefix: 'chest',
      ecosystem: 'cottage',
      handlers: { open: ok },
    })
    await outside.person('ann')
    await outside.person('ben', { provider: 1 })
    for (const id of ['ann', 'ben'])
      for (const ecosystem of ['home', 'cottage']) await outside.grant(id, 1, { ecosystem })
  })
  afterEach(() => outside.stop())

  const issuerOf = (index: number): string => outside.providers[index]?.issuer ?? ''
  const signIn = async (index: number, subject: string, claims = {}): Promise<WampClient> =>
    outside.join(await outside.token(index, subject, claims))
  const outcomes = async (client: WampClient, ...uris: string[]): Promise<string[]> => {
    const found: string[] = []
    for (const uri of uris) found.push(await outside.outcome(client, uri))
    return found
  }

  it('R02: a provider that an ecosystem does not trust gives nothing there, on live sessions too', async () => {
    const [ann, ben] = [await signIn(0, 'ann'), await signIn(1, 'ben')]
    assert.deepEqual(await outcomes(ben, 'safe.open', 'tv.play'), ['RESULT', 'RESULT'])
    await outside.manage('ecosystem.trust_idp', {
      ecosystem: 'home',
      issuer: issuerOf(1),
      enabled: false,
    })
    assert.deepEqual(await outcomes(ben, 'safe.open', 'tv.play'), [na, na])
    // It is this ecosystem's word alone, and about this provider alone.
    assert.deepEqual(await outcomes(ben, 'chest.open'), ['RESULT'])
    assert.deepEqual(await outcomes(ann, 'safe.open', 'tv.play'), ['RESULT', 'RESULT'])
    await outside.restart()
    assert.deepEqual(await outcomes(await signIn(1, 'ben'), 'safe.open'), [na])
  })

  it('R02: trusted up to level 3, a grant of level 1 opens no safe and plays the television', async () => {
    const ben = await signIn(1, 'ben')
    assert.deepEqual(await outcomes(ben, 'safe.open'), ['RESULT'])
    await outside.manage('ecosystem.trust_idp', {
      ecosystem: 'home',
      issuer: issuerOf(1),
      max_level: 3,
    })
    assert.deepEqual(await outcomes(ben, 'safe.open', 'tv.play'), [na, 'RESULT'])
    // Nor does it manage the house: nobody gives, or takes the cap away, by what is capped.
    for (const [procedure, kwargs] of [
      ['latchkey.grant.create', { to: 'ben', ecosystem: 'home', level: 1 }],
      ['latchkey.ecosystem.trust_idp', { ecosystem: 'home', issuer: issuerOf(1), max_level: 1 }],
    ] as const)
      assert.equal(await outside.outcome(ben, procedure, [], kwargs), na)
    // An owner by a provider that is trusted takes it away, and it works without a new sign-in.
    const ann = await signIn(0, 'ann')
    const wider = { ecosystem: 'home', issuer: issuerOf(1), max_level: 1 }
    assert.equal(await outside.outcome(ann, 'latchkey.ecosystem.trust_idp', [], wider), 'RESULT')
    assert.deepEqual(await outcomes(ben, 'safe.open'), ['RESULT'])
  })

  it('R02: one that is added for one ecosystem counts there, so far, by its own words, and nowhere else', async () => {
    const provider = await startOpenIdProvider({ clock })
    try {
      const { issuer } = provider
      const made = await outside.manage('idp.add', {
        issuer,
        client_id: 'latchkey',
        ecosystem: 'home',
        max_level: 2,
        acr_map: { gold: 'aal2' },
      })
      assert.deepEqual([made['everywhere'], made['status']], [false, 'active'])
      await outside.manage('person.create', { id: 'cat', name: 'Cat', issuer, subject: 'cat' })
      for (const ecosystem of ['home', 'cottage']) await outside.grant('cat', 1, { ecosystem })
      const auth_time = Math.floor(clock.now() / 1_000)
      const join = async (acr: string): Promise<WampClient> =>
        outside.join(await provider.token('cat', { claims: { acr, auth_time } }))
      const cat = await join('gold')
      assert.deepEqual(await outcomes(cat, 'safe.open', 'tv.play', 'chest.open'), [
        na,
        'RESULT',
        na,
      ])
      await outside.manage('capability.set', {
        device: 'tv',
        uri: 'tv.play',
        action: 'call',
        ecosystem: 'home',
        level: 3,
        acr: 'aal2',
      })
      assert.deepEqual(await outcomes(cat, 'tv.play'), ['RESULT'])
      const required = 'wamp.error.authorization_required'
      assert.deepEqual(await outcomes(await join('silver'), 'tv.play'), [required])
      // What gold is worth is that provider's word alone.
      assert.deepEqual(
        await outcomes(await signIn(0, 'ann', { acr: 'gold', auth_time }), 'tv.play'),
        [required],
      )
    } finally {
      await provider.stop()
    }
  })

  it('R02: a provider that is disabled ends the sessions of its people, and of nobody else', async () => {
    const [ann, ben] = [await signIn(0, 'ann'), await signIn(1, 'ben')]
    await outside.manage('idp.disable', { issuer: issuerOf(1) })
    assert.deepEqual((await ben.next()).slice(0, 3), [6, {}, 'wamp.close.killed'])
    assert.deepEqual(await outcomes(ann, 'safe.open'), ['RESULT'])
    await outside.restart()
    await assert.rejects(signIn(1, 'ben'), (error) => {
      assert.ok(error instanceof JoinAborted)
      return error.reason === 'wamp.error.authentication_denied'
    })
    await outside.manage('idp.enable', { issuer: issuerOf(1) })
    const again = await signIn(1, 'ben')
    // The device comes back by itself after the restart.
    await eventually(async () => assert.deepEqual(await outcomes(again, 'safe.open'), ['RESULT']))
  })
})
