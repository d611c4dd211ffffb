import assert from 'node:assert/strict'
import { startOutside, type Outside } from '../support/outside.ts'

const denied = 'wamp.error.not_authorized'

describe('R05 everything lives in ecosystems, each with rules of its own', () => {
  let house: Outside

  before(async () => {
    house = await startOutside({ ecosystems: [{ id: 'home' }, { id: 'car' }] })
    for (const id of ['owner', 'guest']) await house.person(id)
    await house.grant('owner', 1)
    await house.device('light', { prefix: 'lamp', handlers: { switch: () => ({ on: true }) } })
    await house.device('light', {
      prefix: 'headlight',
      ecosystem: 'car',
      handlers: { switch: () => ({ on: true }) },
    })
  })

  after(() => house.stop())

  it('R05: two ecosystems in one realm: a grant on home gives nothing on car', async () => {
    await house.grant('guest', 1, { ecosystem: 'home' })
    const wampy = await house.wampy(await house.token(0, 'guest'))
    const { argsList } = await wampy.call('lamp.switch', [true])
    assert.deepEqual(argsList, [{ on: true }])
    const guest = await house.join(await house.token(0, 'guest'))
    assert.equal(await house.outcome(guest, 'lamp.switch', [true]), 'RESULT')
    assert.equal(await house.outcome(guest, 'headlight.switch', [true]), denied)
    // As for what is not there at all.
    assert.equal(await house.outcome(guest, 'headlight.fly', [true]), denied)
    const subscribe = await guest.ask([32, 900, {}, 'headlight.on_change'])
    assert.equal(subscribe[4], denied)
    assert.equal(
      await house.outcome(guest, 'latchkey.grant.create', [], {
        to: 'guest',
        ecosystem: 'car',
        level: 3,
      }),
      denied,
    )
  })

  it('R05: whoever owns one makes, lists and ends others of his own; nobody else does', async () => {
    const owner = await house.app(await house.token(0, 'owner'))
    const ask = async (verb: string, input: Record<string, unknown> = {}) => {
      const { args } = await owner.call(`latchkey.ecosystem.${verb}`, [], input)
      return args[0] as Record<string, unknown>
    }
    const made = await ask('create', { id: 'boat', name: 'The boat' })
    assert.equal(made['owner'], 'owner')
    const listed = (await ask('list'))['ecosystems'] as { id: string; level: number }[]
    assert.deepEqual(
      listed.map(({ id, level }) => [id, level]),
      [
        ['home', 1],
        ['boat', 1],
      ],
    )
    assert.equal((await ask('show', { id: 'boat' }))['name'], 'The boat')

    const stranger = await house.join(await house.token(0, 'nobody'))
    for (const [verb, input] of [
      ['create', { id: 'mine' }],
      ['show', { id: 'boat' }],
      ['delete', { id: 'boat' }],
    ] as const)
      assert.equal(await house.outcome(stranger, `latchkey.ecosystem.${verb}`, [], input), denied)

    assert.deepEqual(await ask('delete', { id: 'boat' }), { id: 'boat', status: 'deleted' })
    await assert.rejects(ask('show', { id: 'boat' }), { uri: denied })
    await assert.rejects(ask('create', { id: 'boat' }), { uri: 'latchkey.error.conflict' })
  })

  it('R05: what ends takes its rights along, on live sessions', async () => {
    await house.manage('ecosystem.create', { id: 'shed', owner: 'guest' })
    await house.device('light', {
      prefix: 'shedlamp',
      ecosystem: 'shed',
      handlers: { switch: () => ({ on: true }) },
    })
    const guest = await house.join(await house.token(0, 'guest'))
    assert.equal(await house.outcome(guest, 'shedlamp.switch', [true]), 'RESULT')
    const input = { id: 'shed' }
    assert.equal(
      await house.outcome(guest, 'latchkey.ecosystem.delete', [], input),
      'latchkey.error.invalid_state',
    )
    const forced = { ...input, force: true }
    assert.equal(await house.outcome(guest, 'latchkey.ecosystem.delete', [], forced), 'RESULT')
    assert.equal(await house.outcome(guest, 'shedlamp.switch', [true]), denied)
  })
})
