import { createRequire } from 'node:module'
import WebSocket from 'ws'
import {
  Arrivals,
  type Endpoint,
  type Heard,
  type InteropClient,
  type InteropWay,
} from './client.ts'

interface Details {
  readonly procedure?: string
  readonly caller?: number
  readonly progress?: ((args: unknown[]) => void) | null
}
type Handle = (args: unknown[], kwargs: object, details: Details) => unknown
interface Call {
  then<A, B>(
    done: (result: unknown) => A,
    failed: (reason: unknown) => B,
    progress?: (result: unknown) => void,
  ): PromiseLike<A | B>
  cancel(options: object): void
}
interface Session {
  readonly id: number
  call(uri: string, args: unknown[], kwargs?: object, options?: object): Call
  register(uri: string, handle: Handle, options?: object): PromiseLike<unknown>
  publish(topic: string, args: unknown[], kwargs: object, options: object): PromiseLike<unknown>
  subscribe(
    topic: string,
    hear: (args: unknown[], kwargs: object, details: object) => void,
    options?: object,
  ): PromiseLike<unknown>
}
interface Connection {
  open(): void
  close(): void
}
interface Autobahn {
  readonly Connection: new (options: object) => Connection
  readonly serializer: Readonly<Record<string, new () => object>>
  readonly log: { warn: (...args: unknown[]) => void }
}

/** As in a browser: a connection that fails is told by its end alone, and throws nothing. */
class QuietWebSocket extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols)
    this.on('error', () => undefined)
  }
}

/** It takes the WebSocket of browsers, which newer versions of Node.js have, too. */
function load(): Autobahn {
  const scope = globalThis as { WebSocket?: unknown }
  scope.WebSocket ??= QuietWebSocket
  const autobahn = createRequire(import.meta.url)('autobahn') as Autobahn
  // It tells the console of each connection that ends.
  autobahn.log.warn = () => undefined
  return autobahn
}

function endpointOf(uri: string, endpoint: Endpoint, name: string | undefined): Handle {
  const endpoints: Record<Endpoint, Handle> = {
    echo: (args) => [uri, ...args],
    count: ([upto], _, { progress }) => {
      for (let i = 1; i < (upto as number); i++) progress?.([i])
      return upto
    },
    wait: () => new Promise(() => undefined),
    who: (_, __, { caller, procedure }) => [name, { caller, procedure }],
  }
  return endpoints[endpoint]
}

function toError(reason: unknown): Error {
  return new Error((reason as { error?: string }).error ?? String(reason))
}

async function join(url: string, serializer: string): Promise<InteropClient> {
  const { Connection, serializer: serializers } = load()
  const Serializer = serializers[serializer]
  if (Serializer === undefined) throw new Error(`autobahn has no ${serializer}`)
  const connection = new Connection({
    url,
    realm: 'realm1',
    serializers: [new Serializer()],
    retry_if_unreachable: false,
    max_retries: -1,
    initial_retry_delay: 0.1,
    max_retry_delay: 0.5,
  })
  const events = new Arrivals<Heard>()
  const sessions = new Arrivals<Session>()
  const ends = new Arrivals<string>()
  Object.assign(connection, {
    onopen: (joined: Session) => sessions.push(joined),
    onclose: (reason: string) => ends.push(reason),
  })
  connection.open()
  let session = await Promise.race([
    sessions.next(),
    ends.next().then((reason) => {
      throw new Error(`autobahn: ${reason}`)
    }),
  ])
  /** What it had, which it does not ask for again by itself. */
  const again: ((session: Session) => PromiseLike<unknown>)[] = []
  const have = async (ask: (session: Session) => PromiseLike<unknown>): Promise<void> => {
    await ask(session).then(undefined, (reason) => {
      throw toError(reason)
    })
    again.push(ask)
  }
  return {
    session: session.id,
    call: async (uri, ...args) =>
      session.call(uri, args).then(
        (result) => result,
        (reason) => {
          throw toError(reason)
        },
      ),
    async stream(uri, ...args) {
      const came: unknown[] = []
      const options = { receive_progress: true }
      const last = await session.call(uri, args, {}, options).then(
        (result) => result,
        (reason) => {
          throw toError(reason)
        },
        (result) => came.push(result),
      )
      return [...came, last]
    },
    async cancel(uri, called) {
      const call = session.call(uri, [])
      const outcome = call.then(
        () => 'a result',
        (reason) => toError(reason).message,
      )
      await called
      // Under the other modes it forgets the call at once, and closes its own connection on the ERROR.
      call.cancel({ mode: 'kill' })
      return outcome
    },
    register: (uri, endpoint, { name, ...options } = {}) =>
      have((one) => one.register(uri, endpointOf(uri, endpoint, name), { ...options })),
    async publish(topic, args, options = {}) {
      await session.publish(topic, [...args], {}, { acknowledge: true, ...options })
    },
    subscribe: (topic, match) =>
      have((one) =>
        one.subscribe(
          topic,
          (args, _, details) => {
            const { publisher, topic: name } = details as Record<string, unknown>
            events.push({ args, details: { publisher, topic: name } })
          },
          match === undefined ? {} : { match },
        ),
      ),
    heard: () => events.next(),
    async rejoined() {
      session = await sessions.next()
      for (const ask of again) await ask(session)
    },
    async leave() {
      const ended = new Promise((resolve) => Object.assign(connection, { onclose: resolve }))
      connection.close()
      await ended
    },
  }
}

export const autobahnJsWays: readonly InteropWay[] = (
  [
    ['JSON', 'JSONSerializer'],
    ['MessagePack', 'MsgpackSerializer'],
    ['CBOR', 'CBORSerializer'],
  ] as const
).map(([name, serializer]) => ({
  name: `autobahn for JavaScript over WebSocket and ${name}`,
  asks: ['disclose_me', 'exclude_me: false'],
  join: ({ webSocket }) => join(webSocket, serializer),
}))
