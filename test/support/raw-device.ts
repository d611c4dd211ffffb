import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { JoinAborted, type Answer, type Outside } from './outside.ts'
import { craSignature, type Extra } from './proofs.ts'
import type { WampClient, Wire } from './wamp-client.ts'

const roles = { publisher: {}, subscriber: {}, caller: {}, callee: {} }

/** An Ed25519 key that was made on board. */
export function boardKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey
}

/** The public half, 32 bytes in hex. */
export function publicHex(key: KeyObject): string {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' })
  return Buffer.from(x, 'base64url').toString('hex')
}

/** A single-use provisioning code. `ecosystem: null`: for a device that belongs to nobody. */
export async function codeFor(
  outside: Outside,
  order: { class: string; ecosystem?: string | null; prefix?: string },
): Promise<string> {
  const { ecosystem = 'home', ...rest } = order
  const { codes } = await outside.manage('provisioning.token.create', {
    ...rest,
    ...(ecosystem !== null && { ecosystem }),
  })
  return (codes as string[])[0] ?? ''
}

/** What `latchkey.device.enrol` answers to who has joined by the code. */
export async function enrolBy(outside: Outside, code: string, proof: object): Promise<Answer> {
  const client = await outside.join(code)
  const answer = await outside.call(client, 'latchkey.device.enrol', [], { code, ...proof })
  client.drop()
  if (answer[0] !== 50) throw new Error(JSON.stringify(answer))
  return (answer[3] as [Answer])[0]
}

/** A raw client that has joined by cryptosign with the key. @throws JoinAborted */
export async function joinByKey(outside: Outside, key: KeyObject): Promise<WampClient> {
  const authextra = { pubkey: publicHex(key) }
  return answering(
    outside,
    { authmethods: ['cryptosign'], authid: 'device', authextra },
    (extra) => {
      const challenge = String(extra['challenge'])
      return sign(null, Buffer.from(challenge, 'hex'), key).toString('hex') + challenge
    },
  )
}

/** A raw client that has joined by wampcra with the secret. @throws JoinAborted */
export function joinBySecret(
  outside: Outside,
  authid: string,
  secret: string,
): Promise<WampClient> {
  return answering(outside, { authmethods: ['wampcra'], authid }, (extra) =>
    craSignature(secret, extra),
  )
}

async function answering(
  outside: Outside,
  details: object,
  answer: (extra: Extra) => string,
): Promise<WampClient> {
  const client = await outside.connect()
  const challenge = await client.ask([1, outside.realms[0], { roles, ...details }])
  if (challenge[0] !== 4) throw new JoinAborted(challenge)
  const welcome = await client.ask([5, answer(challenge[2] as Extra), {}])
  if (welcome[0] !== 2) throw new JoinAborted(welcome)
  client.session = welcome[1] as number
  return client
}

/** A device in the house that does what a test tells it, and nothing by itself. */
export interface RawDevice {
  readonly id: string
  readonly prefix: string
  readonly key: KeyObject
  readonly client: WampClient
}

/** Enrols a device with a key and joins as it. */
export async function rawDevice(
  outside: Outside,
  order: { class: string; ecosystem?: string; prefix?: string },
): Promise<RawDevice> {
  const key = boardKey()
  const enrolled = await enrolBy(outside, await codeFor(outside, order), {
    public_key: publicHex(key),
  })
  const client = await joinByKey(outside, key)
  return { id: String(enrolled['id']), prefix: String(enrolled['prefix']), key, client }
}

/** Everything of these types that comes is kept apart from what is asked for; invocations are answered with `true`. */
export function attend(client: WampClient): {
  readonly events: Wire[]
  readonly invocations: Wire[]
} {
  const [events, invocations]: [Wire[], Wire[]] = [[], []]
  client.intercept = (message) => {
    if (message[0] === 36) events.push(message)
    else if (message[0] === 68) {
      invocations.push(message)
      client.send([70, message[1], {}, [true]])
    } else return false
    return true
  }
  return { events, invocations }
}

let requests = 100

/** `'RESULT'`, `'REGISTERED'` and so on, or the URI of the ERROR. */
export async function outcomeOf(client: WampClient, message: Wire): Promise<string> {
  const answer = await client.ask(message)
  if (answer[0] === 8) return String(answer[4])
  const names: Readonly<Record<number, string>> = {
    17: 'PUBLISHED',
    33: 'SUBSCRIBED',
    50: 'RESULT',
    65: 'REGISTERED',
  }
  return names[answer[0] as number] ?? JSON.stringify(answer)
}

/** REGISTER and what comes of it. */
export function registering(client: WampClient, uri: string): Promise<string> {
  return outcomeOf(client, [64, ++requests, {}, uri])
}

/** SUBSCRIBE and what comes of it. */
export function subscribing(client: WampClient, uri: string, options = {}): Promise<string> {
  return outcomeOf(client, [32, ++requests, options, uri])
}

/** An acknowledged PUBLISH and what comes of it. */
export function publishing(
  client: WampClient,
  uri: string,
  args: unknown[] = [],
  options = {},
): Promise<string> {
  return outcomeOf(client, [16, ++requests, { acknowledge: true, ...options }, uri, args])
}

/** A CALL with options and what comes of it. */
export function calling(client: WampClient, uri: string, options = {}): Promise<string> {
  return outcomeOf(client, [48, ++requests, options, uri])
}

/** One element of a message that has come, as a dictionary. */
export function partOf(message: Wire | undefined, index: number): Answer {
  return (message?.[index] ?? {}) as Answer
}
