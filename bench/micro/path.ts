import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TransportSink } from '../../router/transport.ts'

/** The way of plain calls and plain events through an engine, without sockets. JSON. */
export interface Path {
  /** So many calls with one argument, 32 in flight, each answered. */
  call(count: number): void
  /** So many events, each to 10 subscribers. */
  publish(count: number): void
  /** @throws Error when calls were not answered, or events did not come */
  check(): void
}

interface Client {
  send(message: string): void
}

const inFlight = 32
export const subscribers = 10
const ignore = (_frame: Buffer): void => undefined

/**
 * The path through the engine of a tree. Loaded by its place, as it can be another revision's.
 * @param tree folder with `router/`
 */
export async function openPath(tree: string): Promise<Path> {
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(tree, file)).href)
  const { Router } = (await load('router/router.ts')) as typeof import('../../router/router.ts')
  const { json } = (await load('router/wire/json.ts')) as typeof import('../../router/wire/json.ts')
  const router = new Router()
  const principal = {
    kind: 'anonymous',
    authid: 'bench',
    authrole: 'anonymous',
    authmethod: 'anonymous',
    authprovider: 'bench',
  }
  router.addRealm({
    uri: 'bench',
    authenticators: [{ method: 'anonymous', begin: () => principal }],
    authorizer: () => ({ allow: true, until: Number.MAX_SAFE_INTEGER }),
  })

  /** A client without a socket: `receive` is given each frame that the router sends to it. */
  const enter = (receive: (frame: Buffer) => void): Client => {
    let hear = ignore
    const sink: TransportSink | undefined = router.attach({
      serializer: json,
      peer: { transport: 'local', address: '', operator: false },
      pendingBytes: 0,
      maxFrameBytes: Infinity,
      send: (frame) => hear(frame),
      pause() {},
      resume() {},
      close() {},
    })
    const client = { send: (message: string): void => sink?.receive(Buffer.from(message)) }
    client.send('[1,"bench",{"roles":{"publisher":{},"subscriber":{},"caller":{},"callee":{}}}]')
    hear = receive
    return client
  }

  /** Invocations to be answered: who is sent a message must not call the engine before that returns. */
  let asked: string[] = []
  const callee = enter((frame) => {
    if (frame[1] === 0x36 && frame[2] === 0x38)
      asked.push(frame.toString('latin1', 4, frame.indexOf(',', 4)))
  })
  callee.send('[64,1,{},"lamp.switch"]')
  let answered = 0
  const caller = enter((frame) => {
    if (frame[1] === 0x35 && frame[2] === 0x30) answered++
  })
  let delivered = 0
  for (let i = 0; i < subscribers; i++)
    enter((frame) => {
      if (frame[1] === 0x33 && frame[2] === 0x36) delivered++
    }).send('[32,1,{},"lamp.state"]')
  const publisher = enter(ignore)
  let calls = 0
  let events = 0
  return {
    call(count) {
      for (let end = calls + count; calls < end;) {
        for (let i = 0; i < inFlight && calls < end; i++)
          caller.send(`[48,${++calls},{},"lamp.switch",["on"]]`)
        const ids = asked
        asked = []
        for (const id of ids) callee.send(`[70,${id},{},["on"]]`)
      }
    },
    publish(count) {
      for (const end = events + count; events < end;)
        publisher.send(`[16,${++events},{},"lamp.state",["on"]]`)
    },
    check() {
      if (answered !== calls) throw new Error(`${answered} calls were answered, not ${calls}`)
      const expected = events * subscribers
      if (delivered !== expected) throw new Error(`${delivered} events came, not ${expected}`)
    },
  }
}
