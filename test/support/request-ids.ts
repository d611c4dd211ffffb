import type { Wire } from './wamp-client.ts'

/** CALL, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, REGISTER and UNREGISTER. */
const requests: ReadonlySet<unknown> = new Set([48, 16, 32, 34, 64, 66])
/** PUBLISHED, SUBSCRIBED, UNSUBSCRIBED, RESULT, REGISTERED and UNREGISTERED. */
const answers: ReadonlySet<unknown> = new Set([17, 33, 35, 50, 65, 67])
const maxId = 2 ** 53

/**
 * Lets a test number its requests as it likes. On the wire the ids of a session must increase: an id that does is sent
 * as it is, any other is replaced by the next one, and in the answers the test finds its own again.
 */
export class RequestIds {
  #last = 0
  readonly #ofTest = new Map<number, number>()
  /** The ids on the wire of the test's calls, the last of each. */
  readonly #calls = new Map<unknown, number>()
  /** Calls of which further parts are to come. */
  readonly #streams = new Map<unknown, number>()

  /** The message as it goes over the wire. */
  sent(message: Wire): Wire {
    // A test may send what is no message at all.
    if (!Array.isArray(message)) return message
    const [type, id, ...rest] = message
    if (type === 1) this.#last = 0
    if (type === 49) return [type, this.#calls.get(id) ?? id, ...rest]
    if (!requests.has(type) || !Number.isInteger(id)) return message
    const request = id as number
    if (request < 1 || request > maxId) return message
    const isPart = type === 48 && (rest[0] as { progress?: unknown } | undefined)?.progress === true
    const real = (type === 48 ? this.#streams.get(id) : undefined) ?? this.#next(request)
    if (type === 48) {
      this.#calls.set(id, real)
      if (isPart) this.#streams.set(id, real)
      else this.#streams.delete(id)
    }
    if (real !== request) this.#ofTest.set(real, request)
    else this.#ofTest.delete(real)
    return [type, real, ...rest]
  }

  #next(request: number): number {
    if (this.#last === maxId) this.#last = 0
    this.#last = request > this.#last ? request : this.#last + 1
    return this.#last
  }

  /** The message as the test expects it. */
  received(message: Wire): Wire {
    const at = answers.has(message[0]) ? 1 : message[0] === 8 && message[1] !== 68 ? 2 : undefined
    if (at === undefined) return message
    const request = this.#ofTest.get(message[at] as number)
    return request === undefined ? message : message.with(at, request)
  }
}
