import { z } from 'zod'
import { procedure, type Procedure, type Right } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { id } from '../inputs.ts'
import { notFound, ownsAnywhere } from '../scope.ts'
import { spanView } from './view.ts'

const schema = z.strictObject({
  parent: id.describe('ecosystem that spans the other'),
  child: id.describe('ecosystem that is spanned'),
})

/** Each of the two sides can end it by itself, or the spanned one could not get free. */
const levelOneInOne: Right<z.output<typeof schema>> = {
  name: 'level 1 in one of both',
  admits: ({ kind }) => kind === 'operator' || kind === 'person' || kind === 'device',
  permits: ({ parent, child }, context) =>
    ownsAnywhere(context, parent) || ownsAnywhere(context, child),
}

export const ecosystemUnspan: Procedure = procedure({
  uri: procedureUris.ecosystemUnspan,
  summary: 'Have an ecosystem no longer span another: the very next call is refused.',
  input: schema,
  right: levelOneInOne,
  changes: true,
  cli: { positional: ['parent', 'child'] },
  target: ({ parent, child }) => `${parent} ${child}`,
  async handle({ parent, child }, context) {
    const { directory, spans } = context.ecosystems
    const isHere = [parent, child].some((each) => directory.get(each)?.realm === context.realm.uri)
    if (!isHere || spans.known(parent, child) === undefined)
      throw notFound('span', `${parent} ${child}`)
    return spanView(await spans.unspan(parent, child))
  },
})
