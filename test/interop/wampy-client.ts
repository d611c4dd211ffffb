import { Wampy } from 'wampy'
import { CborSerializer } from 'wampy/CborSerializer.js'
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js'
import WebSocket from 'ws'
import {
  Arrivals,
  type Endpoint,
  type Heard,
  type InteropClient,
  type InteropWay,
} from './client.ts'

const serializers = {
  JSON: () => ({}),
  MessagePack: () => ({ serializer: new MsgpackSerializer() }),
  CBOR: () => ({ serializer: new CborSerializer() }),
}

type Handle = Parameters<Wampy['register']>[1]

function endpointOf(uri: string, endpoint: Endpoint, name: string | undefined): Handle {
  const endpoints: Record<Endpoint, Handle> = {
    echo: ({ argsList }) => ({ argsList: [[uri, ...(argsList ?? [])]] }),
    // It knows nothing of receive_progress: it sends progress, and the router drops it where nobody asked.
    count: async ({ argsList, result_handler: send }) => {
      const upto = argsList?.[0] as number
      for (let i = 1; i < upto; i++) send({ argsList: [i], options: { progress: true } })
      return { argsList: [upto] }
    },
    wait: () => new Promise(() => undefined),
    who: ({ details: { caller, procedure } }) => ({ argsList: [[name, { caller, procedure }]] }),
  }
  return endpoints[endpoint]
}

/** The message of whatever wampy rejects with, so that it is the URI of the ERROR. */
function toError(reason: unknown): Error {
  return new Error((reason as { errorUri?: string }).errorUri ?? String(reason))
}

async function join(url: string, serializer: keyof typeof serializers): Promise<InteropClient> {
  const events = new Arrivals<Heard>()
  const returns = new Arrivals<void>()
  const wampy = new Wampy(url, {
    realm: 'realm1',
    ws: WebSocket as never,
    reconnectInterval: 100,
    maxRetries: 0,
    onReconnectSuccess: () => returns.push(),
    ...serializers[serializer](),
  })
  await wampy.connect()
  return {
    // MessagePack makes a BigInt of it there.
    session: Number(wampy.getSessionId()),
    async call(uri, ...args) {
      const { argsList } = await wampy.call(uri, args).catch((reason) => {
        throw toError(reason)
      })
      return argsList?.[0]
    },
    async stream(uri, ...args) {
      const came: unknown[] = []
      const { argsList } = await wampy.call(uri, args, {
        progress_callback: (result) => void came.push(result.argsList?.[0]),
      })
      // The last result is handed to the callback, too.
      return came.length > 0 && came.at(-1) === argsList?.[0] ? came : [...came, argsList?.[0]]
    },
    async cancel(uri, called) {
      const result = wampy.call(uri)
      const { reqId } = wampy.getOpStatus()
      const outcome = result.then(
        () => 'a result',
        (reason) => toError(reason).message,
      )
      await called
      wampy.cancel(reqId, { mode: 'kill' })
      return outcome
    },
    async register(uri, endpoint, { name, ...options } = {}) {
      await wampy.register(uri, endpointOf(uri, endpoint, name), options)
    },
    async publish(topic, args, options = {}) {
      await wampy.publish(topic, [...args], { ...options })
    },
    async subscribe(topic, match) {
      await wampy.subscribe(
        topic,
        ({ argsList, details }) => events.push({ args: argsList ?? [], details }),
        match === undefined ? {} : { match },
      )
    },
    heard: () => events.next(),
    rejoined: () => returns.next(),
    async leave() {
      await wampy.disconnect()
    },
  }
}

export const wampyWays: readonly InteropWay[] = (
  Object.keys(serializers) as (keyof typeof serializers)[]
).map((serializer) => ({
  name: `wampy over WebSocket and ${serializer}`,
  // It never sends exclude_me: false.
  asks: ['disclose_me'],
  join: ({ webSocket }) => join(webSocket, serializer),
}))
