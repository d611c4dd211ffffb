import { procedureUris, topicUris } from '../realms/uris.ts'
import { Connection } from './connection.ts'
import type { ConnectionOptions } from './connection.ts'
import type { DeviceState, Place } from './device-state.ts'
import { SessionLost } from './errors.ts'
import { ask } from './typed.ts'

export interface UnclaimedOptions extends Omit<ConnectionOptions, 'credential' | 'onJoin'> {
  /** Told of the code by which an owner claims the device, to be shown to him. */
  readonly onClaimCode?: (code: string) => void
}

/**
 * Keeps a device that belongs to nobody in touch until somebody claims it, and shows its code. `hold` is given the
 * connection before it is used and may throw. Resolves with the device's new place, which is kept by then.
 * @throws JoinRefused, SessionLost when the connection was closed meanwhile
 */
export async function awaitClaim(
  state: DeviceState,
  place: Place,
  options: UnclaimedOptions,
  hold: (connection: Connection) => void,
): Promise<Place> {
  const { onClaimCode, onState, ...rest } = options
  let isShown = false
  const prefix = open<string>()
  const connection = new Connection({
    ...rest,
    realm: place.realm,
    credential: () => state.credential(),
    onState(now) {
      if (now.status === 'connecting') onState?.(now)
      if (now.status === 'closed') prefix.reject(now.error ?? new SessionLost(now.reason))
    },
    // What was told while there was no session to hear it is asked for.
    onJoin: async (session) => {
      const answer = await ask(session, procedureUris.deviceClaimCode, { keep: isShown })
      if (answer.prefix !== undefined) return prefix.resolve(answer.prefix)
      if (answer.claim_code === undefined) return
      isShown = true
      onClaimCode?.(answer.claim_code)
    },
  })
  hold(connection)
  await connection.subscribe(topicUris.deviceClaimed, ({ kwargs }) => {
    if (typeof kwargs['prefix'] === 'string') prefix.resolve(kwargs['prefix'])
  })
  try {
    const [found] = await Promise.all([prefix.promise, connection.connect()])
    const { id, realm } = place
    return await state.setPlace({ id, realm, prefix: found })
  } finally {
    await connection.close()
  }
}

interface Open<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

function open<T>(): Open<T> {
  const settle: { resolve?: (value: T) => void; reject?: (error: Error) => void } = {}
  const promise = new Promise<T>((resolve, reject) => Object.assign(settle, { resolve, reject }))
  // It may be settled before anybody waits for it.
  promise.catch(() => undefined)
  return {
    promise,
    resolve: (value) => settle.resolve?.(value),
    reject: (error) => settle.reject?.(error),
  }
}
