import type { ProcedureContext } from '../procedure.ts'

/**
 * Does what ends the sessions of whoever calls. The calling one is denied at once like all others, and ends when its
 * answer has gone out, or its error.
 */
export async function answeringFirst<T>(
  { caller, realm }: ProcedureContext,
  work: (asker: number) => Promise<T>,
): Promise<T> {
  try {
    return await work(caller.id)
  } finally {
    const session = realm.sessions.get(caller.id)
    setImmediate(() => session?.kill())
  }
}
