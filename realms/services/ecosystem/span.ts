import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id, levelMap } from '../inputs.ts'
import type { Right } from '../../procedure.ts'
import { ecosystemHere, notFound, ownsAnywhere, ownsForGood } from '../scope.ts'
import { spanView } from './view.ts'

const schema = z.strictObject({
  parent: id.describe('ecosystem of this realm that is to span the other'),
  child: id.describe('ecosystem that is to be spanned, of any realm of the router'),
  levels: levelMap.describe(
    'the child\'s level for levels of the parent, for instance {"1":1,"2":3}; a level that is not named counts as the next worse one that is',
  ),
})

/**
 * Who has level 1 in both, be it that they are in different realms. What is spanned is given away beyond all chains:
 * who was let into it for a weekend, or can be shown the door, would keep it by a life of his own.
 */
const levelOneInBoth: Right<z.output<typeof schema>> = {
  name: 'level 1 in both, and in the child for good: from the operator or by having made it',
  admits: ({ kind }) => kind === 'operator' || kind === 'person' || kind === 'device',
  permits: ({ parent, child }, context) =>
    ownsAnywhere(context, parent) && ownsForGood(context, child),
}

export const ecosystemSpan: Procedure = procedure({
  uri: procedureUris.ecosystemSpan,
  summary: 'Have an ecosystem span another: who has a level in the one has one in the other.',
  input: schema,
  right: levelOneInBoth,
  changes: true,
  cli: { positional: ['parent', 'child'] },
  target: ({ parent, child }) => `${parent} ${child}`,
  async handle(input, context) {
    const { directory, spans } = context.ecosystems
    if (ecosystemHere(context, input.parent) === undefined)
      throw notFound('ecosystem', input.parent)
    if (directory.get(input.child) === undefined) throw notFound('ecosystem', input.child)
    return spanView(await spans.span(input))
  },
})
