import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { grantView } from '../grant/view.ts'
import { self } from '../rights.ts'
import { shareHere, sideOf } from './concerned.ts'

export const shareList: Procedure = procedure({
  uri: procedureUris.shareList,
  summary:
    'List what one shares and what is shared with one, with what for and until when; where one has level 1, all of it.',
  input: z.strictObject({
    ended: z.boolean().optional().describe('also what was taken back, or is over'),
  }),
  right: self,
  changes: false,
  cli: { columns: ['id', 'side', 'to', 'created_by', 'words', 'expires_at', 'state'] },
  handle({ ended = false }, context) {
    const { ecosystems, clock } = context
    const now = clock.now()
    return {
      shares: ecosystems.grants
        .list({ includeRevoked: ended })
        .filter((row) => shareHere(context, row.id) !== undefined)
        .filter((row) => ended || row.expiresAt === null || row.expiresAt > now)
        .flatMap((row) => {
          const side = sideOf(row, context)
          return side === undefined ? [] : [{ ...grantView(row, context), side }]
        }),
    }
  },
})
