import type { FigureName } from './figures.ts'

export const peers = ['relay-cork', 'relay-ws', 'relay-own', 'fox-wamp', 'crossbar'] as const
export type PeerName = (typeof peers)[number]

export type SerializerName = 'json' | 'msgpack' | 'cbor'

/** Sessions that do nothing beside those that are measured. */
export interface Crowd {
  readonly sessions: number
  /** In all, shared out among the sessions: exact, prefix and wildcard ones in turn. */
  readonly registrations: number
}

/**
 * Calls of 16 B in one of the two realms that the router has. The load is our own (`calls.ts`): the generator's sessions
 * all join by the same ticket, so that they cannot be a device and a person at once.
 */
export interface RealmLoad {
  readonly realm: 'open' | 'protected'
  readonly inFlight: number
}

/** One of the things that a row compares: a router, and what it is asked to do. */
export interface Variant {
  readonly name: string
  readonly subject: 'ours' | PeerName
  readonly transport: 'ws' | 'raw'
  readonly serializer: SerializerName
  /** The scenario of the load generator, with its options. */
  readonly load: readonly string[]
  /** How long it is measured where the command says nothing, in seconds. */
  readonly seconds?: number
  /** How long before that, in seconds, where it is to be other than usual. */
  readonly warmup?: number
  readonly crowd?: Crowd
  /** Absent: what `load` says is the generator's. */
  readonly calls?: RealmLoad
}

/** What must hold between two variants, or of one alone. */
export interface Comparison {
  readonly of: string
  /** Absent: the figure itself is compared with the bar. */
  readonly against?: string
  readonly figure: FigureName
  /** `medians`: ratio of the medians. `paired`: median of the rounds' ratios. `difference`: median of the rounds' differences. */
  readonly by: 'medians' | 'paired' | 'difference' | 'alone'
  readonly is: 'at least' | 'at most'
  /** Absent: for information. */
  readonly bar?: number
}

export interface Row {
  readonly key: string
  readonly what: string
  /** How many rounds the bars ask for. */
  readonly rounds: number
  /** Generator and router each on a core of its own, which does not fall asleep: else waking it up makes two modes. */
  readonly pinned?: true
  readonly variants: readonly Variant[]
  readonly comparisons: readonly Comparison[]
}
