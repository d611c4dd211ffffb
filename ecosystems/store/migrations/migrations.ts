import { house } from './001-house.ts'
import { events } from './002-events.ts'
import { permission } from './003-permission.ts'
import { tokens } from './004-tokens.ts'
import { usage } from './005-usage.ts'
import type { Migration } from './migration.ts'

/** All steps, in order. The last one's version is what this code reads and writes. */
export const migrations: readonly Migration[] = [house, events, permission, tokens, usage]
