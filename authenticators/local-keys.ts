import type { Clock } from '../clock.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { Evidence } from '../ecosystems/evidence.ts'
import type { LocalKeys } from './cryptosign.ts'

/** How long a session by a key of the house's own lasts at most: no provider's token ends it. */
const sessionMs = 12 * 3_600_000

/** What keys of people are checked against. */
export interface LocalKeysParts {
  readonly ecosystems: Pick<Ecosystems, 'locals' | 'directory' | 'audit'>
  readonly issuers: { readonly reachability: { isUnreachable(issuer: string): boolean } }
  readonly clock: Clock
}

/**
 * Keys by which people are known to the house when their provider cannot be reached. Unreachable is no word about
 * anybody: whoever was disabled before stays so. Each join by one is recorded.
 */
export function localKeys({ ecosystems, issuers, clock }: LocalKeysParts): LocalKeys {
  const { locals, directory, audit } = ecosystems
  return {
    principalOf(publicKey, { realm, session }) {
      const row = locals.byPublicKey(publicKey)
      if (row === undefined) return undefined
      if (directory.get(row.ecosystem)?.realm !== realm) return 'local_identity_of_another_realm'
      const use = locals.use(row, (issuer) => issuers.reachability.isUnreachable(issuer))
      audit.record({
        realm,
        actor: `person:${row.person}`,
        session,
        action: 'join',
        target: row.id,
        outcome: use.allowed ? 'allow' : 'deny',
        reason: use.allowed ? 'local identity' : use.reason,
        decisionId: null,
        details: { ecosystem: row.ecosystem, ...(use.allowed && { fallback: use.fallback }) },
      })
      if (!use.allowed) return use.reason
      const now = clock.now()
      const evidence: Evidence = {
        authAt: now,
        maxLevel: row.maxLevel,
        local: { id: row.id, ecosystem: row.ecosystem, fallback: use.fallback },
      }
      return {
        kind: 'person',
        authid: row.person,
        authrole: 'person',
        authmethod: 'cryptosign',
        authprovider: 'local',
        expiresAt: now + sessionMs,
        evidence,
      }
    },
  }
}
