// One round of plain calls and plain events through the engine, without sockets, as CPU nanoseconds a message.
// `node --import tsx bench/plain-path.mjs TREE` prints { call, publish } for the router in folder TREE.
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const tree = resolve(process.argv[2] ?? '.')
const load = (file) => import(pathToFileURL(join(tree, file)).href)
const { Router } = await load('router/router.ts')
const { json } = await load('router/wire/json.ts')

const rounds = 5
const messages = 48_000
const inFlight = 32
const subscribers = 10

const router = new Router()
router.addRealm({
  uri: 'bench',
  authenticators: [
    {
      method: 'anonymous',
      begin: () => ({
        kind: 'anonymous',
        authid: 'bench',
        authrole: 'anonymous',
        authmethod: 'anonymous',
        authprovider: 'bench',
      }),
    },
  ],
  authorizer: () => ({ allow: true, until: Number.MAX_SAFE_INTEGER }),
})

/** A client without a socket: `receive` is given each frame that the router sends to it. */
function connect(receive) {
  const transport = {
    serializer: json,
    peer: { transport: 'local', address: '', operator: false },
    pendingBytes: 0,
    maxFrameBytes: Infinity,
    send: (frame) => receive(frame),
    pause() {},
    resume() {},
    close() {},
  }
  const sink = router.attach(transport)
  return { send: (message) => sink.receive(Buffer.from(message)) }
}

function enter(receive) {
  const client = connect((frame) => client.receive(frame))
  client.receive = () => undefined
  const features = '"roles":{"publisher":{},"subscriber":{},"caller":{},"callee":{}}'
  client.send(`[1,"bench",{${features}}]`)
  client.receive = receive
  return client
}

/** Invocations to be answered: who is sent a message must not call the engine before that returns. */
let asked = []
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
for (let i = 0; i < subscribers; i++) {
  const subscriber = enter(() => delivered++)
  subscriber.send('[32,1,{},"lamp.state"]')
}
const publisher = enter(() => undefined)

let request = 0
function calls() {
  for (let i = 0; i < messages; i += inFlight) {
    for (let k = 0; k < inFlight; k++) caller.send(`[48,${++request},{},"lamp.switch",["on"]]`)
    const ids = asked
    asked = []
    for (const id of ids) callee.send(`[70,${id},{},["on"]]`)
  }
}

let publication = 0
function events() {
  for (let i = 0; i < messages / 4; i++)
    publisher.send(`[16,${++publication},{},"lamp.state",["on"]]`)
}

/** CPU nanoseconds a message in the best of the rounds: what disturbs makes it only slower. */
function measure(run, count) {
  run()
  let best = Infinity
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, ((user + system) * 1000) / count)
  }
  return best
}

const call = measure(calls, messages)
const publish = measure(events, messages / 4)
const expected = (rounds + 1) * messages
if (answered !== expected) throw new Error(`${answered} calls were answered, not ${expected}`)
const expectedEvents = ((rounds + 1) * messages * subscribers) / 4
if (delivered !== expectedEvents + subscribers)
  throw new Error(`${delivered} events came, not ${expectedEvents + subscribers}`)
process.stdout.write(`${JSON.stringify({ call, publish })}\n`)
