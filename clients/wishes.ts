import { procedureUris, topicUris } from '../realms/uris.ts'
import type { DesiredState } from '../realms/uris.ts'
import type { Connection } from './connection.ts'
import type { Dict } from './errors.ts'
import { ask } from './typed.ts'

/**
 * Makes the device what it is wished to be like; what it returns is reported as what it is now. What it throws leaves
 * the wish pending: it comes again with the next session.
 */
export type DesiredHandler = (
  desired: Dict,
  version: number,
) => Dict | undefined | Promise<Dict | undefined>

/** Has a device hear what it is wished to be like, each wish once, also those that came while it was away. */
export async function followWishes(
  connection: Connection,
  device: string,
  handle: DesiredHandler,
  problem: (error: unknown, what: string) => void,
): Promise<void> {
  let taken = 0
  /** Taken, and not heard of by the house. */
  let unheard: { readonly version: number; readonly reported?: Dict } | undefined
  let turn: Promise<void> = Promise.resolve()
  const take = async ({ desired, version }: DesiredState): Promise<void> => {
    if (version > taken) {
      const reported = await handle(desired, version)
      taken = version
      unheard = { version, ...(reported !== undefined && { reported }) }
    }
    if (unheard === undefined) return
    await ask(connection, procedureUris.shadowReport, unheard)
    unheard = undefined
  }
  await connection.subscribe(topicUris.deviceDesired, ({ kwargs }) => {
    const wish = kwargs as unknown as DesiredState
    if (wish.device !== device) return
    // In order: an older wish must not be carried out after a newer one.
    turn = turn
      .then(() => take(wish))
      .catch((error: unknown) => problem(error, topicUris.deviceDesired))
    return turn
  })
}
