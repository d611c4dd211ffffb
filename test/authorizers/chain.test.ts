import assert from 'node:assert/strict'
import { chain } from '../../authorizers/chain.ts'
import type { Authorizer, Decision } from '../../router/access.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { principal, request } from './request.ts'

const asked = request(principal('person', 'guest'), 'call', 'lamp.switch')
const yes: Decision = { allow: true }
const no: Decision = { allow: false, reason: 'wamp.error.not_authorized' }
const failed: Decision = { allow: false, reason: 'wamp.error.authorization_failed' }

describe('a chain of authorizers', () => {
  it('takes the first opinion', () => {
    assert.equal(chain([() => undefined, () => yes, () => no])(asked), yes)
    assert.equal(chain([() => no, () => yes])(asked), no)
  })

  it('does not ask those behind it', () => {
    const never: Authorizer = () => assert.fail('was asked')
    assert.equal(chain([() => yes, never])(asked), yes)
  })

  it('denies when nobody has an opinion', () => {
    assert.deepEqual(chain([])(asked), no)
    assert.deepEqual(chain([() => undefined, () => undefined])(asked), no)
  })

  it('answers without a promise when all do', () => {
    assert.ok(!(chain([() => undefined, () => yes])(asked) instanceof Promise))
  })

  it('waits for those that answer later, and goes on behind them', async () => {
    const later = async (): Promise<undefined> => undefined
    assert.equal(await chain([later, () => yes, () => no])(asked), yes)
    assert.equal(await chain([later, later, async () => no])(asked), no)
    assert.deepEqual(await chain([later])(asked), no)
  })

  it('denies as failed when one throws, and does not ask the next', async () => {
    const never: Authorizer = () => assert.fail('was asked')
    const logged: string[] = []
    const log = (_level: string, message: string): void => void logged.push(message)
    const throwing: Authorizer = () => {
      throw new Error('broken')
    }
    assert.deepEqual(chain([throwing, never], { log })(asked), failed)
    const rejecting: Authorizer = () => Promise.reject(new Error('broken'))
    assert.deepEqual(await chain([rejecting, never], { log })(asked), failed)
    const late: Authorizer = async () => undefined
    assert.deepEqual(await chain([late, throwing, never], { log })(asked), failed)
    assert.equal(logged.length, 3)
  })

  it('denies as failed when one keeps it waiting for longer than 500 ms', async () => {
    const clock = new ManualClock()
    const silent: Authorizer = () => new Promise(() => undefined)
    const answer = chain([silent, () => yes], { clock })(asked)
    clock.advance(499)
    assert.equal(clock.waiting, 1)
    clock.advance(1)
    assert.deepEqual(await answer, failed)
    assert.equal(clock.waiting, 0)
  })

  it('leaves no timer behind an answer', async () => {
    const clock = new ManualClock()
    assert.equal(await chain([async () => yes], { clock })(asked), yes)
    assert.equal(clock.waiting, 0)
  })
})
