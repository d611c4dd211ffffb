import type { ProcedureContext, Right } from '../../procedure.ts'

/** The person to whom they belong, and the operator. `whose`: `undefined` for the caller's own. */
export function authenticatorsOf<Input>(
  whose: (input: Input, context: ProcedureContext) => string | undefined,
): Right<Input> {
  return {
    name: 'the person concerned, or operator',
    admits: ({ kind }) => kind === 'person' || kind === 'operator',
    permits(input, context) {
      const { kind, authid } = context.caller.principal
      const person = whose(input, context)
      return kind === 'operator' || person === undefined || person === authid
    },
  }
}
