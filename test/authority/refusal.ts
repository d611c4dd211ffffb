import assert from 'node:assert/strict'
import { HttpProblem } from '../../authority/http-problem.ts'
import { WampError } from '../../router/wire/errors.ts'

/** The text, or what a join by a bad token ends with. */
export function deniedUnless(text: string | undefined): string {
  if (text === undefined)
    throw new WampError('wamp.error.authentication_denied', 'the token proves nothing')
  return text
}

/** Passes when the promise rejects with that status and code. */
export async function refused(
  promise: Promise<unknown>,
  status: number,
  error: string,
): Promise<void> {
  await assert.rejects(promise, (found) => {
    assert.ok(found instanceof HttpProblem, String(found))
    assert.deepEqual([found.status, found.error], [status, error])
    return true
  })
}
