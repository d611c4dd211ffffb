import type { AccessRequest, Authorizer, Decision } from '../router/access.ts'
import type { EngineLog } from '../router/log.ts'

export interface ChainOptions {
  readonly log?: EngineLog
}

type Opinion = Decision | undefined

/** Nobody had an opinion. */
const unheard: Decision = { allow: false, reason: 'wamp.error.not_authorized' }
/** It could not be decided, which is no permission. */
const failed: Decision = { allow: false, reason: 'wamp.error.authorization_failed' }

/**
 * Asks authorizers in order; the first opinion decides, nobody's opinion denies. One that throws denies with
 * `wamp.error.authorization_failed`: the next one is not asked, as it might allow what the broken one forbids.
 * There is a promise only where an authorizer answers with one; how long that may take, the gate sees to.
 */
export function chain(authorizers: readonly Authorizer[], options: ChainOptions = {}): Authorizer {
  const { log } = options

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
        return opinion.then(
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
