import assert from 'node:assert/strict'
import { chain } from '../../authorizers/chain.ts'
import type { Authorizer, Decision } from '../../router/access.ts'
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

  it('waits as long as it takes: how long that may be, the gate decides', async () => {
    let answer: (decision: Decision) => void = () => undefined
    const late: Authorizer = () => new Promise((resolve) => (answer = resolve))
    const decision = chain([late, () => no])(asked)
    answer(yes)
    assert.equal(await decision, yes)
  })
})
