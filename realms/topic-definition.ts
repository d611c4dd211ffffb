import { z } from 'zod'
import type { HistoryTopic } from '../router/history.ts'
import { checkUri } from '../router/wire/uri.ts'

/** A topic or pattern of a realm that is more than a name: one whose last events are kept. */
export const topicSchema: z.ZodType<TopicConfig> = z.strictObject({
  uri: z.string(),
  match: z.enum(['exact', 'prefix', 'wildcard']).default('exact'),
  history: z.strictObject({ limit: z.number().int().min(1).max(100_000).default(1_000) }),
})

export interface TopicConfig {
  readonly uri: string
  readonly match: 'exact' | 'prefix' | 'wildcard'
  readonly history: {
    /** How many of its last events are kept. */
    readonly limit: number
  }
}

/** Topics as the engine takes them. */
export function historyTopics(topics: readonly TopicConfig[]): HistoryTopic[] {
  return topics.map(({ uri, match, history: { limit } }) => ({ uri, match, limit }))
}

/** What each topic allows by itself and the realm as a whole does not. Keys are under `key`. */
export function topicProblems(
  topics: readonly TopicConfig[],
  strictUris: boolean,
  key: string,
): string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  for (const [index, { uri, match }] of topics.entries()) {
    const fault = checkUri(uri, { match, strict: strictUris })
    if (fault !== undefined) problems.push(`${key}.${index}.uri was "${uri}": ${fault}`)
    const name = `${match} ${uri}`
    if (seen.has(name)) {
      problems.push(`${key}.${index}.uri was "${uri}": there is a topic of that match already`)
    }
    seen.add(name)
  }
  return problems
}
