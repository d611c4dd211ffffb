import type { Dealer } from '../dealer.ts'
import type { RegistrationObserver } from '../observers.ts'
import type { OwnProcedure } from '../own-procedure.ts'
import type { Registration } from '../registration.ts'
import { WampError } from '../wire/errors.ts'
import type { Dict } from '../wire/message.ts'
import { Arguments } from './arguments.ts'
import { isShown, shownIds, type MetaEvents } from './meta-events.ts'

/**
 * The registration meta API (rfc/text/advanced/meta_api_registrations.md): which procedures are registered, and by
 * whom. What the router itself offers is not shown.
 */
export function serveRegistrationMeta(dealer: Dealer, events: MetaEvents): void {
  dealer.observe(observerOf(events))
  const { registrations } = dealer

  const find = (given: Arguments): Registration => {
    const id = given.id(0, 'registration')
    const registration = shown(registrations.byId(id))
    if (registration !== undefined) return registration
    throw new WampError('wamp.error.no_such_registration', `there is no registration ${id}`)
  }

  const procedures: Readonly<Record<string, (given: Arguments) => unknown>> = {
    list: () => {
      const ids: Record<string, number[]> = { exact: [], prefix: [], wildcard: [] }
      for (const registration of registrations.all()) {
        if (shown(registration) !== undefined) ids[registration.match]?.push(registration.id)
      }
      return ids
    },
    lookup: (given) => idOf(registrations.get(given.match(1), given.string(0, 'procedure'))),
    match: (given) => idOf(registrations.best(given.string(0, 'procedure'))),
    get: (given) => registrationDetails(find(given)),
    list_callees: (given) => callees(find(given)),
    count_callees: (given) => callees(find(given)).length,
  }
  for (const [name, answer] of Object.entries(procedures)) {
    dealer.serve(`wamp.registration.${name}`, (_caller, values) => ({
      args: [answer(new Arguments(values))],
    }))
  }
  dealer.serve('wamp.registration.remove_callee', removeCallee(dealer, find))
}

/** `undefined` where the meta API does not show it. */
function shown(registration: Registration | undefined): Registration | undefined {
  if (registration === undefined) return undefined
  return callees(registration).length === 0 ? undefined : registration
}

function idOf(registration: Registration | undefined): number | null {
  return shown(registration)?.id ?? null
}

/** From the catalog: takes a registration from one of its callees (rfc/text/advanced/rpc_registration_revocation.md). */
function removeCallee(dealer: Dealer, find: (given: Arguments) => Registration): OwnProcedure {
  return (_caller, values) => {
    const given = new Arguments(values)
    const registration = find(given)
    const id = given.id(1, 'callee')
    const reason = given.keywordString('reason') ?? 'wamp.close.killed'
    for (const callee of registration.callees.keys()) {
      if (callee.id !== id || !isShown(callee)) continue
      dealer.revoke(registration, callee, reason)
      return
    }
    throw new WampError('wamp.error.no_such_session', `session ${id} is none of its callees`)
  }
}

/** One that the router itself made for its own use is not told of. */
function observerOf(events: MetaEvents): RegistrationObserver {
  return {
    added(callee, registration, created) {
      if (!isShown(callee)) return
      const { id } = callee
      if (created) {
        const details = (): unknown[] => [id, registrationDetails(registration)]
        events.announce('wamp.registration.on_create', details)
      }
      events.announce('wamp.registration.on_register', () => [id, registration.id])
    },
    removed(callee, registration, deleted) {
      if (!isShown(callee)) return
      const details = (): unknown[] => [callee.id, registration.id]
      events.announce('wamp.registration.on_unregister', details)
      if (deleted) events.announce('wamp.registration.on_delete', details)
    },
  }
}

function callees({ callees: all }: Registration): number[] {
  return shownIds(all.keys())
}

function registrationDetails({ id, createdAt, procedure, match, invoke }: Registration): Dict {
  return { id, created: new Date(createdAt).toISOString(), uri: procedure, match, invoke }
}
