import { MemoryStore } from '../../../ecosystems/store/memory.ts'
import { storeContract } from '../../contracts/store.ts'

storeContract('memory', async () => new MemoryStore())
