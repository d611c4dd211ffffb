import assert from 'node:assert/strict'
import { startOpenRouter, type OpenRouter } from '../support/open-router.ts'
import {
  leftOut,
  readSamples,
  readScripts,
  vectorsFolder,
  type Script,
  type ValidationSample,
} from '../support/vectors.ts'
import type { WampClient, Wire } from '../support/wamp-client.ts'
import { assertViolation } from './acceptance/scene.ts'

/** The vectors' words for the elements after the type code. */
const elements: Readonly<Record<string, readonly [number, ...string[]]>> = {
  PUBLISH: [16, 'request_id', 'options', 'topic', 'args', 'kwargs'],
  PUBLISHED: [17, 'request_id', 'publication_id'],
  SUBSCRIBE: [32, 'request_id', 'options', 'topic'],
  SUBSCRIBED: [33, 'request_id', 'subscription_id'],
  UNSUBSCRIBE: [34, 'request_id', 'subscription_id'],
  UNSUBSCRIBED: [35, 'request_id'],
  EVENT: [36, 'subscription_id', 'publication_id', 'details', 'args', 'kwargs'],
  CALL: [48, 'request_id', 'options', 'procedure', 'args', 'kwargs'],
  RESULT: [50, 'request_id', 'details', 'args', 'kwargs'],
  REGISTER: [64, 'request_id', 'options', 'procedure'],
  REGISTERED: [65, 'request_id', 'registration_id'],
  UNREGISTER: [66, 'request_id', 'registration_id'],
  UNREGISTERED: [67, 'request_id'],
  INVOCATION: [68, 'request_id', 'registration_id', 'details', 'args', 'kwargs'],
  YIELD: [70, 'request_id', 'options', 'args', 'kwargs'],
}
const chosenByRouter = ['subscription_id', 'publication_id', 'registration_id']

function namesOf(type: string): readonly [number, ...string[]] {
  const names = elements[type]
  if (names === undefined) throw new Error(`the script has ${type}, which the runner does not know`)
  return names
}

/** Plays a script: what clients send is sent, what the router is to send must come, and nothing else. */
async function play(script: Script, open: OpenRouter): Promise<void> {
  const clients = new Map<string, WampClient>()
  for (const { session_id, roles, realm } of script.sessions) {
    const client = await open.connect('json')
    const announced = Object.fromEntries(roles.map((role) => [role, {}]))
    await client.join(realm, { roles: announced })
    clients.set(session_id, client)
  }
  const clientOf = (name: string): WampClient => {
    const client = clients.get(name)
    if (client === undefined) throw new Error(`the script has no session ${name}`)
    return client
  }
  /** Ids that the router chooses, by those of the script. */
  const bound = new Map<string, unknown>()
  for (const { from, to, message } of script.sequence) {
    const [type, ...names] = namesOf(message.type)
    if (to === 'router') {
      const values = names.map((name) =>
        chosenByRouter.includes(name)
          ? bound.get(`${name} ${String(message[name])}`)
          : message[name],
      )
      while (values.length > 0 && values.at(-1) === undefined) values.pop()
      clientOf(from).send([type, ...values])
      continue
    }
    const received = await clientOf(to).next()
    assert.equal(received[0], type, message.type)
    for (const [i, name] of names.entries()) {
      const value = received[i + 1]
      const key = `${name} ${String(message[name])}`
      if (chosenByRouter.includes(name) && !bound.has(key)) {
        assert.ok(Number.isInteger(value), name)
        bound.set(key, value)
      } else {
        const expected = chosenByRouter.includes(name) ? bound.get(key) : message[name]
        assert.deepEqual(value, expected, name)
      }
    }
  }
  for (const client of clients.values()) assert.deepEqual(await client.settle(), [])
}

/** What only a router sends is refused whatever its details are: the parser alone has seen those. */
const fromRouter = new Set<unknown>([36])

describe("the specification's vectors with a router", () => {
  if (vectorsFolder === undefined) {
    it('were left out, as WAMP_VECTORS names no folder that has them', () => {})
    return
  }

  let open: OpenRouter

  before(async () => {
    open = await startOpenRouter()
  })
  after(() => open.stop())
  afterEach(() => open.dropClients())

  const validations = readSamples(vectorsFolder).flatMap(([, samples]) =>
    samples.filter(
      (sample): sample is ValidationSample =>
        'wmsg' in sample &&
        !fromRouter.has(sample.wmsg[0]) &&
        !leftOut.some(({ applies }) => applies(sample)),
    ),
  )
  for (const { description, wmsg, expected_error } of validations) {
    const outcome = expected_error === undefined ? 'does no harm' : `is answered with ABORT`
    it(`${description}: ${outcome}`, async () => {
      const client = await open.join()
      const message: Wire = wmsg.with(1, 1)
      client.send(message)
      if (expected_error === undefined) {
        const answers = await client.settle()
        assert.deepEqual(
          answers.filter(([type]) => type === 3 || type === 8),
          [],
        )
        return
      }
      assert.equal(expected_error.type, 'protocol_violation')
      assert.ok((await assertViolation(client)).includes(expected_error.contains))
    })
  }

  it('have enough that are tried so', () => {
    assert.ok(validations.length >= 40, `${validations.length} are`)
  })

  for (const [name, script] of readScripts(vectorsFolder)) {
    it(`${name}: ${script.description}`, () => play(script, open))
  }
})
