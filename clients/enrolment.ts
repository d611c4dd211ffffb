import { errorUris, procedureUris } from '../realms/uris.ts'
import type { Enrolment } from '../realms/uris.ts'
import { Backoff } from './backoff.ts'
import { Connection } from './connection.ts'
import type { ConnectionOptions, ConnectionState } from './connection.ts'
import { ticket } from './credential.ts'
import type { DeviceState, Place } from './device-state.ts'
import { CallError, JoinRefused, SessionLost } from './errors.ts'
import type { Dict } from './errors.ts'
import { clientClock } from './timers.ts'
import type { Welcome } from './session.ts'
import { ask } from './typed.ts'

export interface EnrolOptions extends Omit<ConnectionOptions, 'credential' | 'onJoin'> {
  readonly code: string | undefined
  readonly attributes: Dict
}

/**
 * Finds the device its place: redeems the code or, where that was done before and the answer never reached the disk
 * (a crash, a lost connection), asks with the key, which is older than any use of the code. `hold` is given every
 * connection before it is used and may throw. Waits for the router for as long as it takes.
 * @throws JoinRefused when neither code nor key is taken; CallError when the router cannot enrol it
 */
export async function enrol(
  state: DeviceState,
  options: EnrolOptions,
  hold: (connection: Connection) => void,
): Promise<Place> {
  const place =
    options.code === undefined
      ? await recover(state, options, hold, noCode())
      : await redeem(state, options, options.code, hold)
  return state.setPlace(place)
}

async function redeem(
  state: DeviceState,
  options: EnrolOptions,
  code: string,
  hold: (connection: Connection) => void,
): Promise<Place> {
  const backoff = new Backoff(options.backoff)
  const { clock = clientClock } = options
  for (;;) {
    try {
      return await visit(
        options,
        () => ticket(code, 'provisioning'),
        hold,
        (connection) =>
          ask(connection, procedureUris.deviceEnrol, {
            code,
            public_key: state.publicKey,
            attributes: options.attributes,
          }),
      )
    } catch (error) {
      if (mayBeEnrolled(error)) return recover(state, options, hold, error)
      // The connection was lost after the code was sent: whether it was redeemed shows at the next attempt.
      if (!(error instanceof SessionLost) || error.reason === 'closed') throw error
      const pauseMs = backoff.fail()
      if (pauseMs === undefined) throw error
      await new Promise<void>((resolve) => clock.after(pauseMs, resolve))
    }
  }
}

/** Joins with the key alone: WELCOME tells the place. `reason` is thrown where the key is not known either. */
async function recover(
  state: DeviceState,
  options: EnrolOptions,
  hold: (connection: Connection) => void,
  reason: unknown,
): Promise<Place> {
  try {
    return await visit(
      options,
      () => state.credential(),
      hold,
      (_connection, welcome) => placeOf(welcome, options.realm),
    )
  } catch (error) {
    throw error instanceof JoinRefused ? reason : error
  }
}

async function visit<T>(
  options: EnrolOptions,
  credential: ConnectionOptions['credential'],
  hold: (connection: Connection) => void,
  work: (connection: Connection, welcome: Welcome) => T | Promise<T>,
): Promise<T> {
  // That a visit is open or over is nothing to tell: the device is not there yet.
  const onState = (state: ConnectionState): void => {
    if (state.status === 'connecting') options.onState?.(state)
  }
  const connection = new Connection({ ...options, credential, onState })
  hold(connection)
  try {
    return await work(connection, await connection.connect())
  } finally {
    await connection.close()
  }
}

function placeOf({ authid, authextra }: Welcome, realm: string): Place {
  const { prefix, status } = (authextra ?? {}) as Partial<Enrolment>
  if (authid === '' || typeof prefix !== 'string')
    throw new Error('the router does not tell the device its prefix (WELCOME authextra.prefix)')
  return { id: authid, realm, prefix, ...(status === 'new' && { status }) }
}

/** The code was used, the key is known, or no answer came: perhaps this very device is enrolled already. */
function mayBeEnrolled(error: unknown): boolean {
  if (error instanceof JoinRefused) return true
  const uris: readonly string[] = [errorUris.conflict, 'wamp.error.timeout']
  return error instanceof CallError && uris.includes(error.uri)
}

function noCode(): Error {
  return new Error('the device is not enrolled, and was given no provisioning code')
}
