import assert from 'node:assert/strict'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Outside } from '../support/outside.ts'
import type { WampClient } from '../support/wamp-client.ts'

const denied = 'wamp.error.not_authorized'
const done = (): object => ({ done: true })
const monthSeconds = 40 * 86_400

describe('R17 access in a time window', function () {
  this.timeout(30_000)
  let house: Outside
  let guest: WampClient
  let clock: ManualClock

  /** A house at that moment, and a guest who has these hours and whose session lives on. */
  async function at(moment: string, terms: object): Promise<void> {
    clock = new ManualClock(Date.parse(moment))
    house = await startOutside({ clock })
    await house.device('light', { prefix: 'lamp', handlers: { switch: done } })
    await house.person('guest')
    await house.grant('guest', 3, { ...terms })
    guest = await house.join(await house.token(0, 'guest', { expiresInSeconds: monthSeconds }))
  }

  afterEach(() => house.stop())

  const until = async (moment: string): Promise<string> => {
    clock.advance(Date.parse(moment) - clock.now())
    return house.outcome(guest, 'lamp.switch')
  }

  it('R17: Sat 10:00 OK, Sat 18:00:00.001 NA on the SAME live session', async () => {
    await at('2025-11-22T09:00+01:00', { schedule: 'sat,sun 10:00-18:00 Europe/Berlin' })
    const { session } = guest
    assert.equal(await house.outcome(guest, 'lamp.switch'), denied)
    assert.equal(await until('2025-11-22T09:59:59.999+01:00'), denied)
    assert.equal(await until('2025-11-22T10:00+01:00'), 'RESULT')
    assert.equal(await until('2025-11-22T17:59:59.999+01:00'), 'RESULT')
    assert.equal(await until('2025-11-22T18:00:00.001+01:00'), denied)
    assert.equal(await until('2025-11-23T10:00+01:00'), 'RESULT')
    assert.equal(await until('2025-11-24T10:00+01:00'), denied)
    assert.equal(await until('2025-11-29T10:00+01:00'), 'RESULT')
    assert.equal(guest.session, session)
  })

  it('R17: a vacation begins and ends on the millisecond', async () => {
    await at('2026-07-01T12:00Z', {
      not_before: '2026-07-10T00:00+02:00',
      expires: '2026-07-20T00:00+02:00',
    })
    assert.equal(await house.outcome(guest, 'lamp.switch'), denied)
    assert.equal(await until('2026-07-09T23:59:59.999+02:00'), denied)
    assert.equal(await until('2026-07-10T00:00+02:00'), 'RESULT')
    assert.equal(await until('2026-07-19T23:59:59.999+02:00'), 'RESULT')
    assert.equal(await until('2026-07-20T00:00+02:00'), denied)
  })

  it('R17: events stop and come again with the hours, on the same subscription', async () => {
    await at('2025-11-22T11:00+01:00', { schedule: 'sat 10:00-18:00 Europe/Berlin' })
    const sensor = await house.device('sensor', { prefix: 'meter' })
    await guest.subscribe('meter.on_change', {}, 901)
    const heard: unknown[] = []
    const listen = async (value: number): Promise<void> => {
      await sensor.publish('on_change', [value])
      for (const event of await guest.settle()) heard.push(event[4])
    }
    await listen(1)
    clock.advance(8 * 3_600_000)
    await listen(2)
    clock.advance(7 * 86_400_000 - 8 * 3_600_000)
    await listen(3)
    assert.deepEqual(heard, [[1], [3]])
  })

  it('R17: the night of March in Berlin: the hour that is skipped is not there', async () => {
    await at('2026-03-29T00:00+01:00', {
      schedule: 'sun 01:30-02:30; sun 03:15-04:00 Europe/Berlin',
    })
    assert.equal(await until('2026-03-29T01:29:59.999+01:00'), denied)
    assert.equal(await until('2026-03-29T01:30+01:00'), 'RESULT')
    assert.equal(await until('2026-03-29T01:59:59.999+01:00'), 'RESULT')
    // The clock on the wall goes from two to three.
    assert.equal(await until('2026-03-29T03:00+02:00'), denied)
    assert.equal(await until('2026-03-29T03:15+02:00'), 'RESULT')
    assert.equal(await until('2026-03-29T04:00+02:00'), denied)
  })

  it('R17: the night of October in Berlin: the hour that comes twice counts twice', async () => {
    await at('2026-10-25T00:00+02:00', { schedule: 'sun 02:30-03:00 Europe/Berlin' })
    assert.equal(await until('2026-10-25T02:30+02:00'), 'RESULT')
    assert.equal(await until('2026-10-25T02:00+01:00'), denied)
    assert.equal(await until('2026-10-25T02:30+01:00'), 'RESULT')
    assert.equal(await until('2026-10-25T03:00+01:00'), denied)
  })

  it('R17: the hours are those of the zone, not of the machine', async () => {
    await at('2026-01-10T00:00Z', { schedule: 'sat 10:00-12:00 Pacific/Auckland' })
    assert.equal(await until('2026-01-16T20:59:59.999Z'), denied)
    assert.equal(await until('2026-01-16T21:00Z'), 'RESULT')
    assert.equal(await until('2026-01-16T23:00Z'), denied)
  })

  it('R17: a zone that moves by half an hour', async () => {
    await at('2026-04-04T00:00Z', { schedule: 'sun 01:45-02:00 Australia/Lord_Howe' })
    // From +11 to +10:30 at two o'clock: a quarter to two comes twice.
    assert.equal(await until('2026-04-04T14:45Z'), 'RESULT')
    assert.equal(await until('2026-04-04T15:00Z'), denied)
    assert.equal(await until('2026-04-04T15:15Z'), 'RESULT')
    assert.equal(await until('2026-04-04T15:30Z'), denied)
  })
})
