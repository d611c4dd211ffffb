import { systemClock, type Clock } from '../clock.ts'
import type { AccessRequest, Authorizer, Decision } from '../router/access.ts'
import type { EngineLog } from '../router/log.ts'

export interface ChainOptions {
  readonly clock?: Clock
  readonly log?: EngineLog
  /** How long an authorizer that answers later may take, in milliseconds. Default: 500. */
  readonly timeoutMs?: number
}

type Opinion = Decision | undefined

/** Nobody had an opinion. */
const unheard: Decision = { allow: false, reason: 'wamp.error.not_authorized' }
/** It could not be decided, which is no permission. */
const failed: Decision = { allow: false, reason: 'wamp.error.authorization_failed' }

/**
 * Asks authorizers in order; the first opinion decides, nobody's opinion denies. One that throws, or that keeps
 * the session waiting for too long, denies with `wamp.error.authorization_failed`: the next one is not asked, as
 * it might allow what the broken one forbids. There is a promise only where an authorizer answers with one.
 */
export function chain(authorizers: readonly Authorizer[], options: ChainOptions = {}): Authorizer {
  const { clock = systemClock, log, timeoutMs = 500 } = options

  const fail = (request: AccessRequest, error: unknown): Decision => {
    const { action, uri, realm } = request
    log?.('error', 'an authorizer failed; denied', { error, action, uri, realm })
    return failed
  }

  const ask = (request: AccessRequest, from: number): Decision | Promise<Decision> => {
    for (let index = from; index < authorizers.length; index++) {
      let opinion: Opinion | Promise<Opinion> | undefined
      try {
        opinion = authorizers[index]?.(request)
      } catch (error) {
        return fail(request, error)
      }
      if (isThenable(opinion)) {
        return withinTime(opinion, clock, timeoutMs).then(
          (decision) => decision ?? ask(request, index + 1),
          (error: unknown) => fail(request, error),
        )
      }
      if (opinion !== undefined) return opinion
    }
    return unheard
  }

  return (request) => ask(request, 0)
}

function isThenable(opinion: Opinion | Promise<Opinion>): opinion is Promise<Opinion> {
  return opinion !== undefined && 'then' in opinion && typeof opinion.then === 'function'
}

function withinTime(
  opinion: PromiseLike<Opinion>,
  clock: Clock,
  timeoutMs: number,
): Promise<Opinion> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () =>
      reject(new Error(`an authorizer gave no answer within ${timeoutMs} ms`)),
    )
    opinion.then(
      (decision) => {
        cancel()
        resolve(decision)
      },
      (error: unknown) => {
        cancel()
        reject(error instanceof Error ? error : new Error(String(error)))
      },
    )
  })
}
