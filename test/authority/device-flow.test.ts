import assert from 'node:assert/strict'
import { DeviceFlow } from '../../authority/device-flow.ts'
import { HttpProblem } from '../../authority/http-problem.ts'
import { defaultAuthorityLimits as limits } from '../../authority/limits.ts'
import { DomainError } from '../../ecosystems/errors.ts'
import { ManualClock } from '../support/manual-clock.ts'

const device = 'latchkey_device'
const result = { code: 'lk_code', realm: 'home' }

describe('the device flow', () => {
  let clock: ManualClock
  let flow: DeviceFlow

  beforeEach(() => {
    clock = new ManualClock(1_700_000_000_000)
    flow = new DeviceFlow(clock, { ...limits, deviceCodes: 30, deviceCodesPerAddress: 20 })
  })

  const begin = (address = '192.0.2.1') => flow.begin(device, address)
  const status = (work: () => unknown): number | undefined => {
    try {
      work()
      return undefined
    } catch (error) {
      assert.ok(error instanceof HttpProblem)
      return error.status
    }
  }

  it('has codes without vowels and look-alikes, none twice', () => {
    const codes = Array.from({ length: 20 }, () => begin().userCode)
    assert.equal(new Set(codes).size, 20)
    for (const code of codes) assert.doesNotMatch(code, /[AEIOUY0-9]/)
  })

  it('finds a code in either case, with or without its dash', () => {
    const { userCode } = begin()
    for (const typed of [userCode, userCode.toLowerCase(), userCode.replace('-', '')])
      assert.equal(flow.pending(typed, 'person:owner')?.userCode, userCode)
  })

  it('lets the device ask at once, and then in its interval', () => {
    const { deviceCode } = begin()
    assert.equal(flow.poll(deviceCode, device).kind, 'authorization_pending')
    assert.equal(flow.poll(deviceCode, device).kind, 'slow_down')
    clock.advance(9_999)
    assert.equal(flow.poll(deviceCode, device).kind, 'slow_down')
    clock.advance(15_000)
    assert.equal(flow.poll(deviceCode, device).kind, 'authorization_pending')
  })

  it('hands out what it was given to the device that asked, once', () => {
    const { deviceCode, userCode } = begin()
    assert.equal(flow.approve(userCode, { result }), true)
    assert.equal(flow.poll(deviceCode, 'another').kind, 'invalid_grant')
    assert.deepEqual(flow.poll(deviceCode, device), { kind: 'claimed', result })
    assert.equal(flow.poll(deviceCode, device).kind, 'invalid_grant')
  })

  it('takes one answer for each code', () => {
    const { deviceCode, userCode } = begin()
    assert.equal(flow.deny(userCode), true)
    assert.equal(flow.approve(userCode, { result }), false)
    assert.equal(flow.pending(userCode, 'person:owner'), undefined)
    assert.equal(flow.poll(deviceCode, device).kind, 'access_denied')
  })

  it('tells who comes too late that it is, and after as long again nothing', () => {
    const { deviceCode, userCode } = begin()
    clock.advance(limits.deviceCodeMs)
    assert.equal(flow.approve(userCode, { result }), false)
    assert.equal(flow.poll(deviceCode, device).kind, 'expired_token')
    clock.advance(limits.deviceCodeMs)
    assert.equal(flow.poll(deviceCode, device).kind, 'invalid_grant')
  })

  it('lets one address have so many devices waiting, and all together so many', () => {
    for (let i = 0; i < 20; i++) begin()
    assert.equal(
      status(() => begin()),
      429,
    )
    for (let i = 0; i < 10; i++) begin('192.0.2.2')
    assert.equal(
      status(() => begin('192.0.2.3')),
      503,
    )
    clock.advance(limits.deviceCodeMs)
    assert.equal(
      status(() => begin('192.0.2.3')),
      undefined,
    )
  })

  it('stops who guesses user codes, and nobody else', () => {
    const { userCode } = begin()
    for (let i = 0; i < limits.userCodeGuesses; i++)
      assert.equal(flow.pending('BBBB-BBBB', 'person:guesser'), undefined)
    assert.throws(
      () => flow.pending(userCode, 'person:guesser'),
      (error) => error instanceof DomainError && error.code === 'invalid_state',
    )
    assert.equal(flow.pending(userCode, 'person:owner')?.userCode, userCode)
    clock.advance(limits.userCodeGuessMs)
    assert.equal(flow.pending(userCode, 'person:guesser')?.userCode, userCode)
  })
})
