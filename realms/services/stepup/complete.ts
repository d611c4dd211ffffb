import { z } from 'zod'
import { procedure, type Procedure } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { challenge } from '../inputs.ts'
import { person } from '../rights.ts'
import { answerKeys, confirmed, takeChallenge } from './confirmation.ts'
import { stepUpView } from './view.ts'

export const stepupComplete: Procedure = procedure({
  uri: procedureUris.stepupComplete,
  summary:
    'Bring the confirmation: this session can make exactly that call, once, as long as it is good.',
  input: z.strictObject({
    challenge: challenge.describe('as latchkey.stepup.begin gave it'),
    ...answerKeys,
  }),
  right: person,
  changes: true,
  secrets: ['proof', 'webauthn'],
  cli: { hidden: true },
  target: (_input, result) => (typeof result?.['uri'] === 'string' ? result['uri'] : ''),
  async handle(input, context) {
    const { ecosystems, clock } = context
    const taken = takeChallenge(context, input.challenge)
    const stepUp = await confirmed(context, taken, input)
    ecosystems.stepUps.add(stepUp, clock.now())
    return stepUpView(stepUp)
  },
})
