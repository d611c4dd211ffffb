import assert from 'node:assert/strict'
import { builtInClasses } from '../../ecosystems/built-in-classes.ts'
import { MemoryStore } from '../../ecosystems/store/memory.ts'
import type { CapabilityAction } from '../../ecosystems/store/store.ts'
import { House, refuses } from './house.ts'

const call = (verb: string, level: number) => ({
  verb,
  level,
  action: 'call' as CapabilityAction,
})

describe('device classes', () => {
  let house: House

  beforeEach(async () => {
    house = await House.open()
  })

  it('are built in, from lights to what watches over the house', async () => {
    assert.deepEqual(house.ecosystems.classes.list(), builtInClasses)
    assert.deepEqual((await house.store.load()).classes, builtInClasses)
    const { classes } = house.ecosystems
    assert.equal(classes.termsOf('light', 'call', 'switch')?.level, 3)
    assert.equal(classes.termsOf('lock', 'call', 'unlock')?.level, 3)
    assert.equal(classes.termsOf('safe', 'call', 'open')?.level, 1)
    assert.equal(classes.termsOf('safe', 'subscribe', 'on_change')?.level, 1)
    assert.equal(classes.termsOf('camera', 'subscribe', 'on_motion')?.level, 2)
    assert.equal(classes.termsOf('security_device', 'call', 'disarm')?.level, 1)
    assert.equal(classes.termsOf('furniture', 'call', 'adjust')?.level, 3)
    assert.equal(classes.termsOf('light', 'subscribe', 'switch')?.level, undefined)
    assert.equal(classes.termsOf('light', 'call', 'explode')?.level, undefined)
    assert.equal(classes.termsOf('none', 'call', 'switch')?.level, undefined)
  })

  it('that were changed are not put back at the next start', async () => {
    const { classes } = house.ecosystems
    await classes.put({ id: 'light', prefix: 'bulb', capabilities: [] })
    assert.equal((await house.restarted()).classes.get('light')?.prefix, 'bulb')
  })

  it('that a house of before does not know come to it at the next start', async () => {
    const { classes } = house.ecosystems
    const store = new MemoryStore()
    const own = { id: 'camera', prefix: 'eye', capabilities: [] }
    await store.commit([
      { kind: 'class.put', row: own },
      { kind: 'class.put', row: { id: 'light', prefix: 'bulb', capabilities: [] } },
    ])
    const later = (await House.open({ store })).ecosystems.classes
    assert.deepEqual(later.get('camera'), own)
    assert.equal(later.get('light')?.prefix, 'bulb')
    assert.deepEqual(later.get('chair'), classes.get('chair'))
    assert.equal(later.list().length, builtInClasses.length)
  })

  it('may be added', async () => {
    const { classes } = house.ecosystems
    const row = { id: 'blind', prefix: 'blind', capabilities: [call('close', 3)] }
    assert.deepEqual(await classes.put(row), row)
    assert.deepEqual((await house.restarted()).classes.get('blind'), row)
  })

  it('move the epochs of their devices and of no other', async () => {
    const { classes, devices } = house.ecosystems
    await house.device('lamp')
    await house.device('safe', { class: 'safe' })
    const [lamp, safe] = [devices.epochOf('lamp'), devices.epochOf('safe')]
    const seen = [lamp.value, safe.value]
    await classes.put({ id: 'light', prefix: 'lamp', capabilities: [] })
    assert.notEqual(lamp.value, seen[0])
    assert.equal(safe.value, seen[1])
  })

  it('become stricter at once and laxer when that is stored', async () => {
    const { classes } = house.ecosystems
    await classes.put({
      id: 'light',
      prefix: 'lamp',
      capabilities: [call('switch', 3), call('dim', 3), call('old', 3)],
    })
    const held = house.store.hold()
    const change = classes.put({
      id: 'light',
      prefix: 'lamp',
      capabilities: [call('switch', 1), call('dim', 9), call('new', 3)],
    })
    await held
    const levels = () =>
      ['switch', 'dim', 'old', 'new'].map((verb) => classes.termsOf('light', 'call', verb)?.level)
    assert.deepEqual(levels(), [1, 3, undefined, undefined])
    house.store.release()
    await change
    assert.deepEqual(levels(), [1, 9, undefined, 3])
  })

  it('stay stricter when that cannot be stored', async () => {
    const { classes } = house.ecosystems
    house.store.broken = true
    await refuses(
      classes.put({ id: 'light', prefix: 'lamp', capabilities: [call('switch', 1)] }),
      'unavailable',
    )
    assert.equal(classes.termsOf('light', 'call', 'switch')?.level, 1)
    assert.equal(classes.termsOf('light', 'call', 'state')?.level, undefined)
    assert.equal(house.alarms.at(-1)?.code, 'revocation_not_stored')
  })

  it('do not come to be when they cannot be stored', async () => {
    const { classes } = house.ecosystems
    house.store.broken = true
    await refuses(
      classes.put({ id: 'blind', prefix: 'blind', capabilities: [call('close', 3)] }),
      'unavailable',
    )
    assert.equal(classes.get('blind'), undefined)
    assert.equal(house.alarms.at(-1)?.code, 'change_not_stored')
  })

  it('are refused when something about them is not allowed', async () => {
    const { classes } = house.ecosystems
    const good = { id: 'blind', prefix: 'blind', capabilities: [call('close', 3)] }
    await refuses(classes.put({ ...good, id: 'Blind' }), 'invalid_argument', /^id:/)
    await refuses(classes.put({ ...good, prefix: 'user' }), 'invalid_argument', /^prefix:/)
    await refuses(
      classes.put({ ...good, capabilities: [call('close', 0)] }),
      'invalid_argument',
      /^capabilities\[0\]\.level: found 0, allowed is an integer from 1/,
    )
    await refuses(
      classes.put({ ...good, capabilities: [call('clo se', 3)] }),
      'invalid_argument',
      /^capabilities\[0\]\.verb/,
    )
    await refuses(
      classes.put({ ...good, capabilities: [call('close', 3), call('close', 2)] }),
      'invalid_argument',
      /^capabilities\[1\]: found "call close", allowed is each action and verb once/,
    )
    const odd = { verb: 'x', level: 1, action: 'register' as CapabilityAction }
    await refuses(classes.put({ ...good, capabilities: [odd] }), 'invalid_argument', /action/)
  })

  it('have so many capabilities, and there are so many classes, and no more', async () => {
    house = await House.open({
      bounds: { capabilitiesPerClass: 1, classes: builtInClasses.length },
    })
    const { classes } = house.ecosystems
    const many = { id: 'x', prefix: 'x', capabilities: [call('a', 1), call('b', 1)] }
    await refuses(classes.put(many), 'invalid_argument', /capabilities: found 2, .* at most 1/)
    await refuses(
      classes.put({ id: 'x', prefix: 'x', capabilities: [] }),
      'invalid_state',
      new RegExp(`classes: there are ${builtInClasses.length}`),
    )
    await classes.put({ id: 'light', prefix: 'lamp', capabilities: [] })
  })
})
