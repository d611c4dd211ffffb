import { writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'
import { reference } from '../realms/services/reference.ts'

/** Writes docs/PROCEDURES.md anew. */
const file = new URL('../docs/PROCEDURES.md', import.meta.url).pathname
const options = await resolveConfig(file)
await writeFile(file, await format(reference(), { ...options, parser: 'markdown' }))
