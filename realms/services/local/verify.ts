import { z } from 'zod'
import { decide } from '../../../authorizers/decide.ts'
import type { LocalIdentityRow } from '../../../ecosystems/store/store.ts'
import type { Principal } from '../../../router/access.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { deviceUri, id, pin } from '../inputs.ts'
import { namesAreKept } from '../kept-names.ts'
import { device } from '../rights.ts'

/**
 * What the lock is to do is decided as if the person had called it, by all checks. The answer is the same whether the
 * PIN is wrong, nobody's, or does not reach that far.
 */
export const localVerify: Procedure = procedure({
  uri: procedureUris.localVerify,
  summary: 'Ask, as a lock, whether whoever has typed this PIN may do this with it.',
  input: z.strictObject({
    pin: pin.describe('what was typed'),
    uri: deviceUri.describe('procedure of the lock that is to be done'),
    person: id.optional().describe('who it is said to be; absent: whoever has a PIN here'),
  }),
  right: device,
  changes: false,
  secrets: ['pin'],
  cli: { hidden: true },
  async handle(input, context) {
    const { ecosystems, caller } = context
    const lock = caller.principal.authid
    const row = await ecosystems.locals.verify(lock, input.pin, input.person)
    const use =
      row === undefined
        ? ({ allowed: false, reason: 'pin_wrong' } as const)
        : ecosystems.locals.use(row, context.isUnreachable)
    const allowed =
      row !== undefined && use.allowed && (await mayDo(row, use.fallback, input.uri, context))
    ecosystems.audit.record({
      realm: context.realm.uri,
      actor: row === undefined ? `device:${lock}` : `person:${row.person}`,
      session: caller.id,
      action: 'local.verify',
      target: input.uri,
      outcome: allowed ? 'allow' : 'deny',
      reason: use.allowed ? 'local identity' : use.reason,
      decisionId: null,
      details: {
        device: lock,
        ...(row !== undefined && { local: row.id }),
        ...(use.allowed && { fallback: use.fallback }),
      },
    })
    return allowed && !namesAreKept(context) ? { allowed, person: row.person } : { allowed }
  },
})

async function mayDo(
  row: LocalIdentityRow,
  fallback: boolean,
  uri: string,
  { ecosystems, clock, realm, caller }: ProcedureContext,
): Promise<boolean> {
  const owner = ecosystems.devices.owning(realm.uri, uri)
  if (owner?.id !== caller.principal.authid) return false
  const now = clock.now()
  const local = { id: row.id, ecosystem: row.ecosystem, fallback }
  const principal: Principal = {
    kind: 'person',
    authid: row.person,
    authrole: 'person',
    authmethod: 'pin',
    authprovider: 'local',
    evidence: { authAt: now, maxLevel: row.maxLevel, local },
  }
  const asked = { action: 'call', uri, match: 'exact', realm: realm.uri, principal } as const
  const { decision, question } = decide({ ecosystems, clock }, { ...asked, componentsAsked: true })
  // What is counted, and what needs a proof of its own, is for a call that is really made.
  const chosen = question?.chosen
  const allowed =
    decision.allow && chosen?.holding.grant.uses === null && chosen.stepUp === undefined
  if (!allowed || question?.rules.length === 0) return allowed
  // Integrators' components have a say in it as in the call.
  const peer = realm.local(principal)
  try {
    return (await realm.decide(peer, 'call', uri)).allow
  } finally {
    peer.leave()
  }
}
