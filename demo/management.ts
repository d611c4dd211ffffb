import { Connection } from '../clients/connection.ts'
import { anonymous } from '../clients/credential.ts'
import type { Dict } from '../clients/errors.ts'
import { rawSocketClass } from '../clients/rawsocket.ts'
import { dataFolder } from '../data-folder.ts'
import type { ProcedureUri } from '../realms/uris.ts'
import { home } from './house-config.ts'

/** A session on the management socket of the demo's router: what is done in it, the operator does. */
export type Management = Connection

/**
 * Works as the operator of a running router, and leaves. It is cut off when `stopped` is aborted.
 * @throws CallError, SessionLost
 */
export async function asOperator<T>(
  dir: string,
  stopped: AbortSignal,
  work: (management: Management) => Promise<T>,
): Promise<T> {
  const management = new Connection({
    url: 'ws://localhost/',
    realm: home,
    credential: () => anonymous,
    webSocket: rawSocketClass({ path: dataFolder(dir).socketFile }),
    backoff: { shortestMs: 50, longestMs: 500, attempts: 10 },
  })
  stopped.throwIfAborted()
  const cutOff = (): void => void management.close()
  stopped.addEventListener('abort', cutOff)
  try {
    await management.connect()
    return await work(management)
  } finally {
    stopped.removeEventListener('abort', cutOff)
    await management.close()
  }
}

/** Calls one of Latchkey's own procedures. @throws CallError */
export async function ask(management: Management, uri: ProcedureUri, input: Dict): Promise<Dict> {
  const { args } = await management.call(uri, [], input)
  return args[0] as Dict
}
