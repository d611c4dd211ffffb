import assert from 'node:assert/strict'
import { latchkey } from '../cli/house.ts'
import { eventually } from '../support/eventually.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Answer, type Outside } from '../support/outside.ts'
import type { WampClient } from '../support/wamp-client.ts'

const denied = 'wamp.error.not_authorized'
const done = (): object => ({ done: true })
/** A Saturday, at eleven in Berlin. */
const saturday = Date.parse('2025-11-22T11:00:00+01:00')

describe('R08 a grant in one sentence', function () {
  this.timeout(30_000)
  let house: Outside
  let guest: WampClient
  let dir: string[]
  const clock = new ManualClock(saturday)

  before(async () => {
    house = await startOutside({ store: 'folder', clock })
    dir = ['--realm', 'home', '--dir', house.dir ?? '']
    await house.device('lock', { prefix: 'door', handlers: { unlock: done } })
    await house.device('light', { prefix: 'lamp', handlers: { switch: done } })
    await house.person('owner')
    await house.grant('owner', 1)
    await house.person('guest')
    const token = await house.token(0, 'guest', { expiresInSeconds: 30 * 86_400 })
    guest = await house.join(token)
  })

  after(() => house.stop())

  const ofGuest = async (): Promise<Answer[]> =>
    ((await house.manage('grant.list', { to: 'guest' })) as { grants: Answer[] }).grants

  it('R08: one command, then the guest’s next call on a live session is allowed without reconnect', async () => {
    assert.equal(await house.outcome(guest, 'door.unlock'), denied)
    const words = 'grant create --to guest --ecosystem home --level 3'.split(' ')
    const made = await latchkey(...words, ...dir)
    assert.equal(made.code, 0, made.err)
    assert.equal(await house.outcome(guest, 'door.unlock'), 'RESULT')
    const grants = await ofGuest()
    assert.equal(grants.length, 1)
    assert.equal(grants[0]?.['words'], 'level 3 for everything in home')
    await house.manage('grant.revoke', { id: grants[0]?.['id'] })
    assert.equal(await house.outcome(guest, 'door.unlock'), denied)
  })

  it('R08: for a weekend, in its hours, the door twice: as the owner says it', async () => {
    const made = await latchkey(
      ...'grant create --to guest --ecosystem home --level 3 --expires 2d --schedule'.split(' '),
      'sat,sun 10:00-18:00 Europe/Berlin',
      ...'--uses door.unlock=2'.split(' '),
      ...dir,
    )
    assert.equal(made.code, 0, made.err)
    const listed = await latchkey('grant', 'list', '--to', 'guest', '--json', ...dir)
    const { grants } = JSON.parse(listed.out) as { grants: Answer[] }
    assert.deepEqual(
      [grants[0]?.['schedule'], grants[0]?.['expires_at'], grants[0]?.['uses']],
      ['sat,sun 10:00-18:00 Europe/Berlin', clock.now() + 2 * 86_400_000, { 'door.unlock': 2 }],
    )
    assert.equal(await house.outcome(guest, 'door.unlock'), 'RESULT')
    assert.equal(await house.outcome(guest, 'door.unlock'), 'RESULT')
    assert.equal(await house.outcome(guest, 'door.unlock'), denied)
    assert.equal(await house.outcome(guest, 'lamp.switch'), 'RESULT')
    const after = await ofGuest()
    assert.deepEqual(after[0]?.['used'], { 'door.unlock': 2 })
    assert.equal(
      after[0]?.['words'],
      `level 3 for everything in home; until ${new Date(clock.now() + 2 * 86_400_000).toISOString()}; ` +
        'sat,sun 10:00-18:00 Europe/Berlin; door.unlock 2 of 2 times',
    )
    clock.advance(7 * 3_600_000)
    assert.equal(await house.outcome(guest, 'lamp.switch'), denied)
    clock.advance(16 * 3_600_000)
    assert.equal(await house.outcome(guest, 'lamp.switch'), 'RESULT')
    clock.advance(86_400_000)
    assert.equal(await house.outcome(guest, 'lamp.switch'), denied)
  })

  it('R08: uses that were counted are counted after a restart, and 50 calls at once get the one that is left', async () => {
    await house.manage('grant.create', {
      to: 'guest',
      ecosystem: 'home',
      level: 3,
      uses: { 'door.unlock': 2 },
    })
    const token = await house.token(0, 'guest', { expiresInSeconds: 30 * 86_400 })
    assert.equal(await house.outcome(await house.join(token), 'door.unlock'), 'RESULT')
    await house.restart()
    const owner = await house.join(await house.token(0, 'owner'))
    // The lock comes back by itself.
    await eventually(async () => {
      assert.equal(await house.outcome(owner, 'door.unlock'), 'RESULT')
    })
    const again = await house.join(token)
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => house.outcome(again, 'door.unlock')),
    )
    assert.equal(outcomes.filter((each) => each === 'RESULT').length, 1)
    assert.equal(outcomes.filter((each) => each === denied).length, 49)
  })

  it('R08: what cannot be read is refused by its name', async () => {
    for (const [flag, value, said] of [
      ['--schedule', 'sat 10-18 Europe/Berlin', /schedule/],
      ['--schedule', 'sat 10:00-18:00 Mars/Base', /time zone/],
      ['--expires', 'soon', /expires/],
      ['--uses', 'door.unlock', /--uses: found door\.unlock, allowed is name=number/],
      ['--level', '0', /level/],
    ] as const) {
      const words = 'grant create --to guest --ecosystem home --level 3'.split(' ')
      const { code, err } = await latchkey(...words, flag, value, ...dir)
      assert.notEqual(code, 0)
      assert.match(err, said)
    }
  })
})
