import assert from 'node:assert/strict'
import { ConfigError, parseConfig, type Config } from '../../config.ts'

function config(topics: string, more = ''): Config {
  return parseConfig(
    `realms: [{ uri: home, authmethods: [ticket], topics: ${topics}${more} }]`,
    'test.yaml',
  )
}

function problems(topics: string, more?: string): readonly string[] {
  try {
    config(topics, more)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.problems
  }
  return []
}

describe('the topics of a realm', () => {
  it('are exact and keep their last 1,000 events, unless they say otherwise', () => {
    const { realms } = config(
      "[{ uri: a.b, history: {} }, { uri: '', match: prefix, history: { limit: 5 } }, { uri: a..b, match: wildcard, history: { limit: 100000 } }]",
    )
    assert.deepEqual(realms[0]?.topics, [
      { uri: 'a.b', match: 'exact', history: { limit: 1_000 } },
      { uri: '', match: 'prefix', history: { limit: 5 } },
      { uri: 'a..b', match: 'wildcard', history: { limit: 100_000 } },
    ])
    assert.deepEqual(
      parseConfig('realms: [{ uri: home, authmethods: [ticket] }]', 'a').realms[0]?.topics,
      [],
    )
  })

  for (const [title, topics, problem] of [
    [
      'a topic that is no URI',
      '[{ uri: a..b, history: {} }]',
      /topics\.0\.uri was "a\.\.b": .*empty/,
    ],
    [
      'a topic twice',
      '[{ uri: a, history: {} }, { uri: a, history: {} }]',
      /topics\.1\.uri was "a": there is a topic/,
    ],
    ['a limit of 0', '[{ uri: a, history: { limit: 0 } }]', /topics\.0\.history\.limit/],
    [
      'more than 100,000 events',
      '[{ uri: a, history: { limit: 100001 } }]',
      /topics\.0\.history\.limit/,
    ],
    ['a topic that is only a name', '[{ uri: a }]', /topics\.0\.history/],
    ['a match that there is not', '[{ uri: a, match: glob, history: {} }]', /topics\.0\.match/],
  ] as const) {
    it(`may not have ${title}`, () => {
      assert.match(problems(topics).join('\n'), problem)
    })
  }

  it('are held to strict URIs where the realm is', () => {
    assert.deepEqual(problems('[{ uri: House.door, history: {} }]'), [])
    assert.match(
      problems('[{ uri: House.door, history: {} }]', ', strictUris: true').join(),
      /topics\.0\.uri was "House\.door"/,
    )
  })

  it('may be the same URI under different matches', () => {
    assert.deepEqual(
      problems('[{ uri: a, history: {} }, { uri: a, match: prefix, history: {} }]'),
      [],
    )
  })
})
