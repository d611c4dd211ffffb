import type { Comparison, Crowd, PeerName, Row, SerializerName, Variant } from './row.ts'

const serializers: readonly SerializerName[] = ['json', 'msgpack', 'cbor']

function ours(load: string, more: Partial<Variant> = {}): Variant {
  const one = { name: 'ours', subject: 'ours', transport: 'ws', serializer: 'json' } as const
  return { ...one, load: load.split(' '), ...more }
}

/** Ours and peers under one load. */
function beside(load: string, ...names: readonly PeerName[]): Variant[] {
  return [ours(load), ...names.map((name) => ours(load, { name, subject: name }))]
}

function atLeast(bar: number | undefined, against: string, by: Comparison['by'] = 'medians') {
  const base = { of: 'ours', against, figure: 'perCpu', by, is: 'at least' } as const
  return bar === undefined ? base : { ...base, bar }
}

const rpc = 'rpc --inflight 64 --payload 16'
const events = (subscribers: number, bytes: number): string =>
  `fanout --subscribers ${subscribers} --payload ${bytes}`

/** A payload's bound, `pendingBytes` by default, and 10 MiB for what else moves. */
const slowMiB = 14

function fanout(key: string, what: string, load: string, rounds: number = 5): Row {
  return {
    key,
    what,
    rounds,
    variants: beside(load, 'relay-cork', 'relay-own', 'fox-wamp', 'crossbar'),
    comparisons: [
      atLeast(1, 'relay-cork'),
      atLeast(undefined, 'relay-own'),
      atLeast(undefined, 'fox-wamp'),
      atLeast(undefined, 'crossbar'),
    ],
  }
}

const codec = (transport: 'ws' | 'raw', serializer: SerializerName): string =>
  `ours, ${transport === 'ws' ? 'WebSocket' : 'RawSocket'} ${serializer}`

function noLess(of: string, against: string): Comparison {
  return { ...atLeast(1, against, 'paired'), of }
}

/** All combinations of ours: each serializer against JSON over WebSocket, and RawSocket against WebSocket in each. */
function codecs(): Row {
  const one = (transport: 'ws' | 'raw', serializer: SerializerName): Variant =>
    ours(rpc, { name: codec(transport, serializer), transport, serializer })
  return {
    key: 'codecs',
    what: 'RPC 16 B, 64 in flight, each serializer and transport',
    // What it compares is near to each other, single processes are 0.15 apart, and machines have slow hours.
    rounds: 15,
    variants: serializers.flatMap((serializer) => [one('ws', serializer), one('raw', serializer)]),
    comparisons: [
      noLess(codec('ws', 'msgpack'), codec('ws', 'json')),
      noLess(codec('ws', 'cbor'), codec('ws', 'json')),
      ...serializers.map((each) => noLess(codec('raw', each), codec('ws', each))),
    ],
  }
}

const inRealm = (realm: string, inFlight: number): string =>
  `ours, ${realm} realm, ${inFlight} in flight`

/**
 * With 64 in flight the router waits a third of the time for the one process that is caller and callee here, and how
 * the two wake each other is a part of what is compared. With 256 it waits half as long, and that one is held to the bar.
 */
function protectedRealm(): Row {
  // What a house adds is compiled later than the rest.
  const one = (realm: 'open' | 'protected', inFlight: number): Variant =>
    ours('calls', { name: inRealm(realm, inFlight), calls: { realm, inFlight }, warmup: 5 })
  const [bound, free] = [256, 64]
  return {
    key: 'protected',
    what: 'RPC 16 B in a protected realm against an open one',
    rounds: 15,
    variants: [bound, free].flatMap((each) => [one('protected', each), one('open', each)]),
    comparisons: [
      { ...atLeast(0.95, inRealm('open', bound), 'paired'), of: inRealm('protected', bound) },
      { ...atLeast(undefined, inRealm('open', free), 'paired'), of: inRealm('protected', free) },
    ],
  }
}

function slow(): Row {
  const load = '--subscribers 20 --payload 1024'
  const of = 'ours, one does not read'
  const against = 'ours, all read'
  const most = { of, is: 'at most', bar: slowMiB } as const
  return {
    key: 'slow',
    what: 'events of 1 KiB to 20 subscribers beside one that stops reading',
    rounds: 15,
    variants: [
      ours(`slow ${load}`, { name: of, seconds: 8 }),
      ours(`fanout ${load}`, { name: against, seconds: 8 }),
    ],
    comparisons: [
      { ...atLeast(0.95, against, 'paired'), of },
      { ...atLeast(0.95, against, 'paired'), of, figure: 'perSecond' },
      { ...most, figure: 'grown', by: 'alone' },
      { ...most, against, figure: 'memory', by: 'difference' },
      { of, figure: 'lost', by: 'alone', is: 'at most', bar: 0 },
    ],
  }
}

/** The first row's cost beside what should not matter to it. */
function flat(key: string, what: string, few: Crowd, many: Crowd): Row {
  const label = ({ sessions, registrations }: Crowd): string =>
    key === 'flat-sessions' ? `ours, ${sessions} idle` : `ours, ${registrations} registrations`
  const one = (crowd: Crowd): Variant => ours(rpc, { name: label(crowd), crowd })
  return {
    key,
    what,
    rounds: 15,
    variants: [one(many), one(few)],
    // A cost of 1.2 is a rate of 1 / 1.2.
    comparisons: [{ ...atLeast(1 / 1.2, label(few), 'paired'), of: label(many) }],
  }
}

/** What is promised of the router's speed, and against whom. */
export const rows: readonly Row[] = [
  {
    key: 'rpc',
    what: 'RPC 16 B, 64 in flight, WebSocket JSON',
    rounds: 5,
    variants: beside(rpc, 'relay-cork', 'fox-wamp', 'crossbar', 'relay-ws', 'relay-own'),
    comparisons: [
      atLeast(0.7, 'relay-cork'),
      atLeast(6, 'fox-wamp'),
      atLeast(undefined, 'crossbar'),
      atLeast(undefined, 'relay-ws'),
      atLeast(undefined, 'relay-own'),
    ],
  },
  codecs(),
  {
    key: 'rpc-64k',
    what: 'RPC 64 KiB, 8 in flight, WebSocket JSON',
    rounds: 5,
    variants: beside('rpc --inflight 8 --payload 65536', 'relay-ws', 'fox-wamp'),
    comparisons: [atLeast(0.9, 'relay-ws'), atLeast(undefined, 'fox-wamp')],
  },
  // Near its bar, and single processes are 0.15 apart.
  fanout('events', 'events of 16 B to 10 subscribers', events(10, 16), 15),
  fanout('events-500', 'events of 16 B to 500 subscribers', events(500, 16)),
  fanout('events-500-1k', 'events of 1 KiB to 500 subscribers', events(500, 1024)),
  {
    key: 'idle',
    what: 'calls to random devices of 5,000 sessions, each with one registration',
    rounds: 5,
    variants: beside('idle --sessions 5000 --inflight 16', 'fox-wamp', 'crossbar'),
    comparisons: [
      atLeast(2, 'fox-wamp'),
      atLeast(undefined, 'crossbar'),
      { of: 'ours', figure: 'perSession', by: 'alone', is: 'at most', bar: 12 },
      { of: 'ours', against: 'fox-wamp', figure: 'perSession', by: 'medians', is: 'at most' },
      { of: 'ours', against: 'crossbar', figure: 'perSession', by: 'medians', is: 'at most' },
    ],
  },
  {
    key: 'connect',
    what: 'sessions joined and left, 16 at a time',
    rounds: 5,
    variants: beside('connect --openers 16', 'fox-wamp', 'crossbar'),
    comparisons: [atLeast(1.3, 'fox-wamp'), atLeast(undefined, 'crossbar')],
  },
  {
    key: 'latency',
    what: 'RPC 16 B, one in flight',
    rounds: 15,
    pinned: true,
    // A slow machine makes but 5,000 in a second and a half, and ours is compiled after some 10,000.
    variants: beside('rpc-latency --payload 16', 'relay-ws').map((variant) => ({
      ...variant,
      warmup: 5,
    })),
    comparisons: [
      { of: 'ours', against: 'relay-ws', figure: 'p50', by: 'paired', is: 'at most', bar: 1.1 },
    ],
  },
  {
    key: 'fixed',
    what: 'RPC 16 B, open loop of 2,000 a second',
    // One stall of the machine is a measurement's p99.
    rounds: 15,
    pinned: true,
    // At so few calls a second ours is compiled for five seconds (`--trace-opt`), the others as well.
    variants: beside(
      'fixed --rate 2000 --callers 4 --callees 4 --payload 16',
      'fox-wamp',
      'crossbar',
    ).map((variant) => ({ ...variant, warmup: 6, seconds: 4 })),
    comparisons: (['fox-wamp', 'crossbar'] as const).map((against) => ({
      of: 'ours',
      against,
      figure: 'p99',
      by: 'medians',
      is: 'at most',
      bar: 1,
    })),
  },
  slow(),
  protectedRealm(),
  flat(
    'flat-sessions',
    'the first row beside 10,000 idle sessions, against 10',
    { sessions: 10, registrations: 10 },
    { sessions: 10_000, registrations: 10_000 },
  ),
  flat(
    'flat-registrations',
    'the first row beside 100,000 registrations (exact, prefix, wildcard), against 10',
    { sessions: 100, registrations: 10 },
    { sessions: 100, registrations: 100_000 },
  ),
]
