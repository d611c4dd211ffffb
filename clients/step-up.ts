import { procedureUris } from '../realms/uris.ts'
import type { Challenged, StepUpAnswer, SteppedUp } from '../realms/uris.ts'
import { CallError } from './errors.ts'
import type { Dict } from './errors.ts'
import type { Payload } from './payload.ts'
import { ask } from './typed.ts'

/** What a call lacks, and the challenge whose answer makes up for it. */
export interface StepUpPrompt extends Challenged {
  /** What would do, in the words of the person's provider; the weakest first. */
  readonly acrValues: readonly string[]
}

/**
 * How to step up: answer the challenge; or `push`: the router asks the person at the watch or phone that is connected,
 * who has 55 seconds: the connection's `callTimeoutMs` should be no less.
 */
export type StepUpWay = 'push' | ((prompt: StepUpPrompt) => StepUpAnswer | Promise<StepUpAnswer>)

interface Caller {
  call(uri: string, args: readonly unknown[], kwargs: Dict): Promise<Payload>
}

/** One call, as it is confirmed. */
export interface ConfirmedCall {
  readonly uri: string
  readonly args?: readonly unknown[]
  readonly kwargs?: Dict
  /** Id of an authenticator, or `watch`, `phone`, `key`, `passkey`; default any. */
  readonly with?: string
}

/**
 * Gets the right to make one call, in this session, with exactly these arguments, once, for a minute at most.
 * @throws CallError `wamp.error.not_authorized` when the answer is not taken; `latchkey.error.invalid_state` when the
 * person has nothing to confirm with
 */
export async function stepUp(
  caller: Caller,
  { uri, args = [], kwargs = {}, with: means }: ConfirmedCall,
  way: StepUpWay,
  acrValues: readonly string[] = [],
): Promise<SteppedUp> {
  const input = { uri, args, kwargs, ...(means !== undefined && { with: means }) }
  if (way === 'push') {
    const { args: results } = await caller.call(procedureUris.stepupBegin, [], {
      ...input,
      push: true,
    })
    return results[0] as SteppedUp
  }
  const challenged = await ask(caller, procedureUris.stepupBegin, input)
  const answer = await way({ ...challenged, acrValues })
  const { challenge } = challenged
  return ask(caller, procedureUris.stepupComplete, { challenge, ...answer })
}

/** Calls; where that lacks a proof, steps up and calls once more. @throws CallError */
export async function callSteppingUp(
  caller: Caller,
  call: ConfirmedCall,
  way: StepUpWay,
): Promise<Payload> {
  const { uri, args = [], kwargs = {} } = call
  try {
    return await caller.call(uri, args, kwargs)
  } catch (error) {
    const acrValues = neededBy(error)
    if (acrValues === undefined) throw error
    await stepUp(caller, call, way, acrValues)
    return caller.call(uri, args, kwargs)
  }
}

/** What a denial says that would cure it; `undefined` for any other. */
function neededBy(error: unknown): readonly string[] | undefined {
  if (!(error instanceof CallError) || error.uri !== 'wamp.error.authorization_required')
    return undefined
  const { error: code, acr_values: values } = error.kwargs
  if (code !== 'insufficient_user_authentication') return undefined
  return typeof values === 'string' ? values.split(' ') : []
}
