import type { ProcedureContext, Right } from '../procedure.ts'
import { ownsEcosystem, ownsForGood } from './scope.ts'

/** Only the operator, who opened the data folder's own socket. */
export const operator: Right<unknown> = {
  name: 'operator',
  admits: (caller) => caller.kind === 'operator',
  permits: () => true,
}

const selves = new Set(['operator', 'person', 'device', 'component'])

/** Whoever has proven who he is. What is answered is about the caller, or what the caller may see. */
export const self: Right<unknown> = {
  name: 'self',
  admits: (caller) => selves.has(caller.kind),
  permits: () => true,
}

/** Only a person. */
export const person: Right<unknown> = {
  name: 'person',
  admits: (caller) => caller.kind === 'person',
  permits: () => true,
}

/** The person whom it is about, and the operator. `whose`: `undefined` for the caller's own. */
export function concerned<Input>(whose: (input: Input) => string | undefined): Right<Input> {
  return {
    name: 'the person concerned, or operator',
    admits: ({ kind }) => kind === 'person' || kind === 'operator',
    permits(input, { caller }) {
      const { kind, authid } = caller.principal
      const about = whose(input)
      return kind === 'operator' || about === undefined || about === authid
    },
  }
}

/** Only an enrolled device, about itself. */
export const device: Right<unknown> = {
  name: 'device',
  admits: (caller) => caller.kind === 'device',
  permits: () => true,
}

/** Only who joined with a provisioning code. */
export const provisioning: Right<unknown> = {
  name: 'provisioning',
  admits: (caller) => caller.kind === 'provisioning',
  permits: () => true,
}

/** What may hold level 1 somewhere. */
const holders = new Set(['operator', 'person', 'device'])

/**
 * Level 1 in every ecosystem that the call is about. `about` names them, from the input or from what the input
 * names; none at all, as for something that is not there, is nobody's right but the operator's.
 */
export function levelOne<Input>(
  about: (input: Input, context: ProcedureContext) => readonly string[],
): Right<Input> {
  return {
    name: 'level 1',
    admits: (caller) => holders.has(caller.kind),
    permits(input, context) {
      if (context.caller.principal.kind === 'operator') return true
      const ecosystems = about(input, context)
      return ecosystems.length > 0 && ecosystems.every((id) => ownsEcosystem(context, id))
    },
  }
}

/**
 * The same, from the operator or by having made it, and without an end: for what ends a house or shuts its people out,
 * and is still so when a level for a weekend is over.
 */
export function levelOneForGood<Input>(
  about: (input: Input, context: ProcedureContext) => string,
): Right<Input> {
  return {
    name: 'level 1 for good: from the operator or by having made it',
    admits: (caller) => holders.has(caller.kind),
    permits(input, context) {
      const ecosystem = about(input, context)
      return ownsEcosystem(context, ecosystem) && ownsForGood(context, ecosystem)
    },
  }
}

/** Level 1 in at least one of the ecosystems that the call is about. */
export function levelOneInAny<Input>(
  about: (input: Input, context: ProcedureContext) => readonly string[],
): Right<Input> {
  return {
    name: 'level 1 in one of its ecosystems',
    admits: (caller) => holders.has(caller.kind),
    permits: (input, context) =>
      context.caller.principal.kind === 'operator' ||
      about(input, context).some((id) => ownsEcosystem(context, id)),
  }
}

/** Level 1 in an ecosystem in which the decision fell: which that is, is known when the record is found. */
export const levelOneWhereItFell: Right<unknown> = {
  name: 'level 1 where it fell',
  admits: (caller) => holders.has(caller.kind),
  permits: () => true,
}

/** Level 1 in at least one ecosystem of this realm. */
export const levelOneAnywhere: Right<unknown> = {
  ...levelOneInAny((_input, { ecosystems, realm }) =>
    ecosystems.directory.list(realm.uri).map(({ id }) => id),
  ),
  name: 'level 1 in any ecosystem',
}
