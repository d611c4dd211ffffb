import assert from 'node:assert/strict'
import { exitCodes, Failure, failureOf, isDenial } from '../../cli/failure.ts'
import { CallError, JoinRefused, SessionLost } from '../../clients/errors.ts'

describe('what a command ends with', () => {
  it('is 1 for every kind of "you may not"', () => {
    for (const uri of [
      'wamp.error.not_authorized',
      'wamp.error.authentication_denied',
      'wamp.error.authorization_failed',
      'wamp.error.authorization_required',
      'wamp.error.authorization_denied',
      'com.example.not_authorized',
    ]) {
      assert.ok(isDenial(uri), uri)
      assert.equal(failureOf(new CallError(uri)).exitCode, exitCodes.denied)
      assert.equal(failureOf(new JoinRefused(uri, '')).exitCode, exitCodes.denied)
    }
  })

  it('is 2 for everything else', () => {
    for (const error of [
      new CallError('wamp.error.no_such_procedure'),
      new CallError('latchkey.error.not_found'),
      new JoinRefused('wamp.error.authentication_failed', ''),
      new JoinRefused('wamp.error.no_such_realm', ''),
      new SessionLost('wamp.close.killed'),
      new Failure('wamp.error.invalid_argument', 'x'),
      new Error('x'),
      'x',
    ])
      assert.equal(failureOf(error).exitCode, exitCodes.error)
  })

  it('comes with the words of whoever refused, or with plain ones', () => {
    assert.equal(failureOf(new CallError('a.b', ['too late'])).message, 'too late')
    assert.equal(failureOf(new CallError('wamp.error.not_authorized')).message, 'not allowed')
    assert.equal(failureOf(new CallError('a.b')).message, 'the router refused')
    assert.equal(failureOf(new JoinRefused('a.b', 'no')).message, 'no')
    assert.equal(
      failureOf(new SessionLost('wamp.close.killed')).message,
      'the session ended: wamp.close.killed',
    )
  })
})
