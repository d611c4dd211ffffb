import type { ProcedureContext } from '../procedure.ts'

/** Whether a place in which the device that calls is keeps its people's names from its devices. */
export function namesAreKept({
  ecosystems,
  caller,
}: Pick<ProcedureContext, 'ecosystems' | 'caller'>): boolean {
  const row = ecosystems.devices.get(caller.principal.authid)
  return row?.ecosystems.some((id) => ecosystems.directory.get(id)?.pseudonyms === true) ?? true
}

/** Who did something (`kind:id`), as the caller may know it: to a device of such a place `person`, and no more. */
export function actorSeen(
  actor: string,
  context: Pick<ProcedureContext, 'ecosystems' | 'caller'>,
): string {
  if (context.caller.principal.kind !== 'device' || !actor.startsWith('person:')) return actor
  return namesAreKept(context) ? 'person' : actor
}
