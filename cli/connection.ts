import { readFile } from 'node:fs/promises'
import WebSocket from 'ws'
import { ticket, type Credential } from '../clients/credential.ts'
import { SessionLost } from '../clients/errors.ts'
import { rawSocketClass } from '../clients/rawsocket.ts'
import { jsonSerializer } from '../clients/serializer.ts'
import { Session } from '../clients/session.ts'
import type { WebSocketClass } from '../clients/wire.ts'
import { systemClock } from '../clock.ts'
import { Failure, usage } from './failure.ts'
import { realmOf, socketPath, urlOf, type PlaceOptions } from './place.ts'

/** How a command joins: with a token as whoever it is of, or else as the operator. */
export interface IdentityOptions {
  readonly token?: string
  readonly tokenFile?: string
  /** Only components of the configuration need a name: who else one is follows from the token. */
  readonly authid?: string
}

const joinTimeoutMs = 10_000
const callTimeoutMs = 60_000
const leaveTimeoutMs = 1_000

/** The management socket itself is the proof: only the owner of the data folder can open it. */
const operatorCredential: Credential = { authmethods: ['local'], authid: 'operator' }

/** Joins, works, and leaves, whatever came of it. */
export async function withSession<T>(
  place: PlaceOptions & IdentityOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await join(place)
  try {
    return await work(session)
  } finally {
    await session.leave()
  }
}

/** Joins as the operator, over the data folder's socket. */
export async function joinAsOperator(place: PlaceOptions): Promise<Session> {
  const path = socketPath(place)
  const realm = await realmOf(place)
  try {
    return await open('ws://localhost/', realm, operatorCredential, rawSocketClass({ path }))
  } catch (error) {
    if (!(error instanceof SessionLost)) throw error
    if (/ENOENT|ECONNREFUSED/.test(error.reason))
      throw new Failure(
        'wamp.error.network_failure',
        `no router is running for ${place.dir} (start it with: latchkey start --dir ${place.dir})`,
        { cause: error },
      )
    if (/EACCES|EPERM/.test(error.reason))
      throw new Failure(
        'wamp.error.not_authorized',
        `${path} can be opened only by the owner of the data folder`,
        { cause: error },
      )
    throw error
  }
}

async function join(place: PlaceOptions & IdentityOptions): Promise<Session> {
  const token = await tokenOf(place)
  if (token === undefined) {
    for (const flag of ['url', 'authid'] as const)
      if (place[flag] !== undefined) throw usage(`--${flag}: needs --token or --token-file`)
    return joinAsOperator(place)
  }
  const url = await urlOf(place)
  try {
    return await open(
      url,
      await realmOf(place),
      ticket(token, place.authid ?? 'somebody'),
      WebSocket,
    )
  } catch (error) {
    if (!(error instanceof SessionLost) || !/ECONNREFUSED|ENOTFOUND/.test(error.reason)) throw error
    throw new Failure('wamp.error.network_failure', `no router is listening at ${url}`, {
      cause: error,
    })
  }
}

function open(
  url: string,
  realm: string,
  credential: Credential,
  webSocket: WebSocketClass,
): Promise<Session> {
  return Session.join({
    url,
    realm,
    credential,
    webSocket,
    serializer: jsonSerializer,
    clock: systemClock,
    joinTimeoutMs,
    callTimeoutMs,
    leaveTimeoutMs,
    problem: (error, what) => process.emitWarning(`${what}: ${String(error)}`),
  })
}

async function tokenOf({ token, tokenFile }: IdentityOptions): Promise<string | undefined> {
  if (token !== undefined && tokenFile !== undefined)
    throw usage('--token and --token-file: found both, allowed is one of them')
  if (tokenFile === undefined) return token
  let text: string
  try {
    text = (await readFile(tokenFile, 'utf8')).trim()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw usage(`--token-file: ${tokenFile} cannot be read (${code ?? String(error)})`)
  }
  if (text === '') throw usage(`--token-file: ${tokenFile} is empty`)
  return text
}
