import type { Dict } from '../clients/errors.ts'
import { procedureUris } from '../realms/uris.ts'
import { home } from './house-config.ts'
import { ask, asOperator } from './management.ts'

/** What the demo house asks for beyond a level: who opens its door, and whose word a recording waits for. */
const conditions: readonly Dict[] = [
  { device: 'door', uri: 'door.unlock', level: 3, acr: 'aal2', max_age: '5m' },
  { device: 'tv', uri: 'tv.record', level: 3, approval: 'owner' },
]

/** Sets them. The devices must be enrolled. @throws CallError, SessionLost */
export function setConditions(dir: string, stopped: AbortSignal): Promise<void> {
  return asOperator(dir, stopped, async (management) => {
    for (const condition of conditions) {
      const input = { ...condition, ecosystem: home, action: 'call' }
      await ask(management, procedureUris.capabilitySet, input)
    }
  })
}
