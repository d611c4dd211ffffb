/**
 * What the security domain keeps for good. Rows are plain values; times are milliseconds since the epoch; ids of
 * people, devices and ecosystems are `[a-z0-9_]+`, as they appear as URI components and as authid.
 */
export type * from './rows/audit.ts'
export type * from './rows/device.ts'
export type * from './rows/ecosystem.ts'
export type * from './rows/grant.ts'
export type * from './rows/identity.ts'
