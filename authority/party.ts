import { z } from 'zod'
import type { Principal } from '../router/access.ts'

/** A requesting party as it is kept: who, and what its ID token showed of how it had signed in. */
export interface Party {
  readonly person: string
  readonly provider: string
  readonly evidence: Readonly<Record<string, unknown>>
}

const schema: z.ZodType<Party> = z.object({
  person: z.string(),
  provider: z.string(),
  evidence: z.record(z.string(), z.unknown()),
})

export function partyOf({ authid, authprovider, evidence }: Principal): Party {
  return { person: authid, provider: authprovider, evidence: { ...evidence } }
}

export function readParty(value: unknown): Party | undefined {
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : undefined
}

/** The party as decisions see it. */
export function principalOf({ person, provider, evidence }: Party): Principal {
  return {
    kind: 'person',
    authid: person,
    authrole: 'person',
    authmethod: 'ticket',
    authprovider: provider,
    evidence,
  }
}
