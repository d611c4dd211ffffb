import { MemoryEvents } from '../../router/memory-events.ts'
import { eventStoreContract } from '../contracts/event-store.ts'

eventStoreContract(
  'memory',
  async () => new MemoryEvents(),
  async () => undefined,
)
