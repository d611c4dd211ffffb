import { CallError } from '../clients/errors.ts'
import { procedureUris } from '../realms/uris.ts'
import { joinAsOperator, type IdentityOptions } from './connection.ts'
import { Failure, isDenial } from './failure.ts'
import type { PlaceOptions } from './place.ts'

/**
 * Runs what may be denied. Who was denied learns nothing; but who may open the data folder's socket is the owner,
 * and is told by which check, for the record has it.
 */
export async function explained<T>(
  place: PlaceOptions & IdentityOptions,
  action: string,
  uri: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof CallError) || !isDenial(error.uri)) throw error
    const reason = await recordedReason(place, error)
    const cure = cureOf(error)
    throw new Failure(
      error.uri,
      `${action} of ${uri} is not allowed${reason === undefined ? '' : ` (${reason})`}${
        cure === undefined ? '' : `: ${cure}`
      }`,
      { cause: error, decisionId: decisionOf(error) },
    )
  }
}

/** What the denial says would make a yes of it, for instance `insufficient_user_authentication, max_age 300`. */
function cureOf({ kwargs }: CallError): string | undefined {
  const { error: code, ...more } = kwargs
  if (typeof code !== 'string') return undefined
  const details = Object.entries(more)
    .filter(([key, value]) => key !== 'uri' && ['string', 'number'].includes(typeof value))
    .map(([key, value]) => `${key} ${String(value)}`)
  return [code, ...details].join(', ')
}

/** By what an owner can ask why. */
function decisionOf({ details }: CallError): string | undefined {
  const id = details['decision_id']
  return typeof id === 'string' ? id : undefined
}

async function recordedReason(place: PlaceOptions, error: CallError): Promise<string | undefined> {
  const decision = decisionOf(error)
  if (decision === undefined) return undefined
  try {
    const session = await joinAsOperator(place)
    try {
      const { args } = await session.call(procedureUris.auditList, [], { decision_id: decision })
      const [result] = args as [{ records?: { reason?: unknown }[] }?]
      const reason = result?.records?.[0]?.reason
      return typeof reason === 'string' ? reason : undefined
    } finally {
      await session.leave()
    }
  } catch {
    // Not the owner, or no router here: then the denial stands alone, as for anybody.
    return undefined
  }
}
