import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LineCounter, parseDocument, type Document } from 'yaml'
import { z } from 'zod'
import {
  authorityInconsistencies,
  authoritySchema,
  type AuthorityConfig,
} from './authority/config.ts'
import { ConfigProblems } from './config-problems.ts'
import { listenInconsistencies, listenSchema, type ListenConfig } from './listen-config.ts'
import { webauthnInconsistencies, webauthnSchema, type WebauthnConfig } from './webauthn-config.ts'
import { realmInconsistencies, realmsInconsistencies } from './realms/inconsistencies.ts'
import { realmSchema, type RealmConfig } from './realms/definition.ts'
import { defaultLimits, type Limits } from './router/limits.ts'

const limitsSchema = z.strictObject(
  Object.fromEntries(
    Object.keys(defaultLimits).map((key) => [key, z.number().int().min(1).optional()]),
  ) as Record<keyof Limits, z.ZodOptional<z.ZodNumber>>,
)

const configSchema = z.strictObject({
  listen: listenSchema.default({}),
  realms: z.array(realmSchema).min(1),
  /** `sqlite`: a file in the data folder. `memory`: nothing is kept, and there is no data folder. */
  store: z.enum(['sqlite', 'memory']).default('sqlite'),
  console: z
    .strictObject({ realm: z.string(), issuer: z.url(), clientId: z.string().min(1) })
    .optional(),
  webauthn: webauthnSchema.optional(),
  authority: authoritySchema.optional(),
  limits: limitsSchema.default({}),
  log: z
    .strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') })
    .default({ level: 'info' }),
})

/** The configuration of a router, complete: all defaults are filled in. docs/CONFIG.md describes each key. */
export interface Config {
  readonly listen: ListenConfig
  readonly realms: readonly RealmConfig[]
  readonly store: 'sqlite' | 'memory'
  readonly console?:
    { readonly realm: string; readonly issuer: string; readonly clientId: string } | undefined
  /** Whose passkeys the house takes. Absent: by the page's own address, where browsers take it. */
  readonly webauthn?: WebauthnConfig | undefined
  /** The house's own authorization server. Absent: there is none. */
  readonly authority?: AuthorityConfig | undefined
  readonly limits: Partial<Limits>
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent' }
}

/** The configuration cannot be used. Each problem is one line: which key, what was found, what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(source: string, problems: readonly string[]) {
    super(`${source} cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/** Name of the configuration in a data folder. */
export const configFileName = 'latchkey.yaml'

/**
 * Reads a configuration file (YAML, of which JSON is a part).
 * @throws ConfigError with every problem in it
 */
export async function loadConfig(file: string): Promise<Config> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError(file, [code === 'ENOENT' ? 'there is no such file' : String(error)])
  }
  return parseConfig(text, file)
}

/** Reads the configuration of a data folder. */
export function loadDataFolder(dir: string): Promise<Config> {
  return loadConfig(join(dir, configFileName))
}

/** @throws ConfigError */
export function parseConfig(text: string, source: string): Config {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    throw new ConfigError(
      source,
      document.errors.map((error) => `line ${lines.linePos(error.pos[0]).line}: ${error.message}`),
    )
  }
  const raw = valuesOf(document, source)
  const parsed = configSchema.safeParse(raw)
  if (!parsed.success) {
    const problems = new ConfigProblems(configSchema, document, lines, raw)
    throw new ConfigError(
      source,
      parsed.error.issues.flatMap((issue) => problems.of(issue)),
    )
  }
  const problems = inconsistencies(parsed.data as Config)
  if (problems.length > 0) throw new ConfigError(source, problems)
  return parsed.data as Config
}

/** An empty file is an empty configuration. Aliases could make much of little, or a circle, so there are none. */
function valuesOf(document: Document, source: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 }) ?? {}
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw new ConfigError(source, ['YAML aliases (*name) are not allowed: write it out'])
  }
}

/** What each key allows by itself and the whole does not. */
function inconsistencies(config: Config): string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  for (const [index, realm] of config.realms.entries()) {
    const { uri } = realm
    problems.push(...realmInconsistencies(realm, `realms.${index}`))
    if (seen.has(uri))
      problems.push(`realms.${index}.uri was "${uri}": there is a realm of that name already`)
    seen.add(uri)
  }
  problems.push(...realmsInconsistencies(config.realms))
  if (config.console !== undefined && !seen.has(config.console.realm)) {
    const allowed = [...seen].join(', ')
    problems.push(`console.realm was "${config.console.realm}": allowed are the realms ${allowed}`)
  }
  const { batchBytes, congestedBytes, pendingBytes } = { ...defaultLimits, ...config.limits }
  // What a tick gathers must not be congestion by itself: calls and events would be lost to a peer that reads.
  const gatheredBytes = batchBytes + 128 * 1024
  if (congestedBytes < gatheredBytes) {
    problems.push(
      `limits.congestedBytes was ${congestedBytes}: allowed is at least the sum of batchBytes and 131072, ${gatheredBytes}`,
    )
  }
  if (congestedBytes > pendingBytes) {
    problems.push(
      `limits.congestedBytes was ${congestedBytes}: allowed is at most pendingBytes, ${pendingBytes}`,
    )
  }
  const { rawsocket, websocket } = config.listen
  if (config.store === 'memory' && rawsocket === undefined && websocket === undefined) {
    problems.push(
      'listen was empty: allowed is websocket, rawsocket or both, else nobody could come',
    )
  }
  return [
    ...problems,
    ...listenInconsistencies(config.listen),
    ...authorityInconsistencies(config),
    ...webauthnInconsistencies(config.webauthn),
  ]
}
