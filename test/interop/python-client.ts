import { joinWithPython, type PythonPlace } from '../support/python.ts'
import type { InteropClient, InteropWay } from './client.ts'

async function join(url: string, serializer: PythonPlace['serializer']): Promise<InteropClient> {
  const python = await joinWithPython({ url, serializer, realm: 'realm1', reconnect: true })
  return {
    session: python.joined.session,
    call: (uri, ...args) => python.call(uri, ...args),
    stream: (uri, ...args) => python.stream(uri, ...args),
    async cancel(uri, called) {
      await python.start(uri)
      await called
      await python.cancel()
      // It forgets the call; the session goes on.
      return 'given up'
    },
    register: (uri, endpoint, { name, ...options } = {}) =>
      python.register(uri, endpoint, { options, ...(name !== undefined && { name }) }),
    publish: (topic, args, { exclude_me } = {}) =>
      python.publishWith(exclude_me === undefined ? {} : { exclude_me }, topic, ...args),
    subscribe: (topic, match) => python.subscribe(topic, match === undefined ? {} : { match }),
    heard: () => python.wholeEvent(),
    interrupted: () => python.interrupted(),
    async rejoined() {
      await python.rejoined()
    },
    leave: () => python.leave(),
  }
}

export const pythonWays: readonly InteropWay[] = (
  [
    ['WebSocket and JSON', 'json'],
    ['WebSocket and MessagePack', 'msgpack'],
    ['WebSocket and CBOR', 'cbor'],
    ['RawSocket and JSON', 'json'],
    ['RawSocket and MessagePack', 'msgpack'],
    ['RawSocket and CBOR', 'cbor'],
  ] as const
).map(([name, serializer]) => ({
  name: `autobahn for Python over ${name}`,
  // Its publishers have no option for being disclosed.
  asks: ['exclude_me: false'],
  join: ({ webSocket, rawSocket }) =>
    join(name.startsWith('RawSocket') ? rawSocket : webSocket, serializer),
}))
