/**
 * The bounds of the engine. Each is an option with this default and a named reason when it is hit;
 * docs/CONFIG.md lists them. Sizes in bytes, times in milliseconds.
 */
export interface Limits {
  /** From the connection to WELCOME. Hit: the transport is closed (`timeout`). */
  readonly joinMs: number
  /**
   * From our GOODBYE, and from closing our side of a transport, to the peer's answer; and from the end of a session by
   * GOODBYE to the HELLO of the next one on the same transport. Hit: the transport is closed.
   */
  readonly goodbyeMs: number
  /** One message. Hit: ABORT `wamp.error.protocol_violation`. */
  readonly messageBytes: number
  /** One message before WELCOME. Hit: ABORT `wamp.error.protocol_violation`. */
  readonly joinMessageBytes: number
  /** What one batch to a peer of a batched subprotocol gathers in a tick. Hit: it goes out, and the next begins. */
  readonly batchBytes: number
  /**
   * The shortest message bound (LENGTH, 512 to 16,777,216) that a RawSocket client may ask for; 512: any. Hit: its
   * handshake is refused with error 2.
   */
  readonly rawSocketBytes: number
  /** Messages before WELCOME. Hit: ABORT `wamp.error.protocol_violation`. */
  readonly joinMessages: number
  /**
   * Connections of one address that have not joined yet. Hit: the one that has waited longest is closed (`overload`)
   * if that is a second or more, else the new one.
   */
  readonly joiningPerAddress: number
  /** Connections in all. Hit: the new one is refused (`overload`). */
  readonly connections: number
  /**
   * Waiting for a peer. Hit by answers: its transport is closed (`slow_consumer`). Calls and events have three quarters of
   * it: a call gets ERROR `wamp.error.payload_size_exceeded`, an event is dropped and counted.
   */
  readonly pendingBytes: number
  /**
   * Waiting for a peer from which on it counts as congested: calls to it are answered with
   * `wamp.error.network_failure`, events for it are dropped and counted, and by answers it is not read from. No less than
   * the sum of `batchBytes` and 128 KiB: what one tick gathers for a socket that takes it at once is no congestion.
   */
  readonly congestedBytes: number
  /** Calls of one session in flight. Hit: ERROR `wamp.error.unavailable`. */
  readonly calls: number
  /**
   * CALL.Options.timeout, in milliseconds, at most. Hit: ERROR `wamp.error.invalid_argument`. A call without one takes
   * as long as it takes.
   */
  readonly callTimeoutMs: number
  /** Calls that wait for the callees of one registration. Hit: ERROR `wamp.error.unavailable`. */
  readonly waitingCalls: number
  /**
   * Arguments that are kept of one session's calls while they wait for a callee, or may be sent to another one. Hit:
   * a call that would have to wait gets ERROR `wamp.error.unavailable`; others are sent, to one callee alone.
   */
  readonly keptCallBytes: number
  /**
   * Calls in parts of one session that ended before their last part had come, and as many that ended after it, so that
   * what still comes of them is dropped. Hit: the oldest is forgotten; a further part of it is a repeated request id.
   */
  readonly endedStreams: number
  /** From the end of such a call to its being forgotten. */
  readonly streamGraceMs: number
  /** From a CALL of one of the router's own procedures to its answer. Hit: ERROR `wamp.error.runtime_error`. */
  readonly procedureMs: number
  /** Registrations of one session, with those whose claim is under way. Hit: ERROR `wamp.error.unavailable`. */
  readonly registrations: number
  /** Subscriptions of one session. Hit: ERROR `wamp.error.unavailable`. */
  readonly subscriptions: number
  /**
   * Messages kept of a session that waits for a decision. Hit: it is not read from until there is room;
   * what one read of its socket had brought in already is kept too.
   */
  readonly parked: number
  /** Events kept for one subscriber while its right to them is decided anew. Hit: dropped and counted. */
  readonly withheldEvents: number
  /**
   * Retained events of a realm (rfc/text/advanced/pubsub_event_retention.md). Hit: those of the topic that was
   * retained on longest ago go.
   */
  readonly retainedEvents: number
  /** What the retained events of a realm take. Hit: the same; one event that takes more by itself is not retained. */
  readonly retainedBytes: number
  /**
   * Retained events of one topic: the latest for everybody, and later ones for some only. Hit: the oldest of those for
   * some goes.
   */
  readonly retainedPerTopic: number
  /**
   * Events of a realm that wait to be written to its history. Hit: the next ones are not kept, counted and logged;
   * who published them with `acknowledge` gets ERROR `wamp.error.unavailable`.
   */
  readonly historyWaiting: number
  /** What they take. Hit: the same. */
  readonly historyWaitingBytes: number
  /** Events in one answer of `wamp.subscription.get_events`. Hit: it is cut there and says `truncated`. */
  readonly historyAnswerBytes: number
  /** From a question to an authorizer that answers by a promise to its answer. Hit: denied, `wamp.error.authorization_failed`. */
  readonly decisionMs: number
  /** Questions to an authorizer that is a component, of a realm, under way at once. Hit: the next ones wait in order. */
  readonly questions: number
  /** Questions that wait so. Hit: denied, `wamp.error.authorization_failed`, and logged. */
  readonly waitingQuestions: number
  /** Events of denials in a second, of a realm. Hit: counted, and the next event says how many were not told of. */
  readonly denialEvents: number
  /** Definitions for reflection that one session has made. Hit: ERROR `wamp.error.unavailable`. */
  readonly definitions: number
  /** Definitions for reflection in a realm. Hit: ERROR `wamp.error.unavailable`. */
  readonly realmDefinitions: number
  /** One definition, as JSON. Hit: ERROR `wamp.error.invalid_argument`. */
  readonly definitionBytes: number
  /** How long a session that lost its transport is kept for its client to resume it. Hit: it ends. */
  readonly resumeMs: number
  /**
   * What is kept for such a session. Events take three quarters of it at most. Hit: events are dropped and counted;
   * for anything else the session ends.
   */
  readonly resumeBytes: number
  /**
   * Such sessions of a realm. Hit: the next one ends when it loses its transport, or in its place the anonymous one
   * that lost its transport first, where the next one has proven who it is.
   */
  readonly detachedSessions: number
  /** Such sessions of one principal. Hit: the one that lost its transport first ends. */
  readonly detachedPerPrincipal: number
  /** Testaments of one session, in both scopes (rfc/text/advanced/pubsub_testament.md). Hit: ERROR `wamp.error.unavailable`. */
  readonly testaments: number
  /** What they take. Hit: the same. */
  readonly testamentBytes: number
  /** From asking who holds a procedure to the answer. Hit: ERROR `wamp.error.unavailable`. */
  readonly claimMs: number
  /** Decisions kept per session; the one not used for longest goes. */
  readonly decisions: number
  /**
   * Between two pings to a silent peer; two without an answer close its transport (`dead`), and so does taking nothing of
   * what waits for it for as long.
   */
  readonly pingMs: number
  /** How long a long-poll `receive` hangs without a message. Then: 204, before a proxy on the way gives up. */
  readonly longPollReceiveMs: number
  /**
   * From the answer to a long-poll `receive` (or `open`) to the next `receive`. Hit: the transport is lost (`dead`),
   * as is one whose client does not take an answer for so long.
   */
  readonly longPollIdleMs: number
  /** Long-poll `send` requests of one transport that are not answered yet. Hit: the next is refused with 400. */
  readonly longPollSends: number
  /** Cookies that are remembered, of all realms. Hit: the oldest is forgotten, and its client proves itself anew. */
  readonly cookies: number
  /** How long a cookie stands for who it was given to, unless that one's proof ends before. Hit: it is forgotten. */
  readonly cookieMs: number
  /** Between two looks at the files of TLS certificates for newer ones. */
  readonly certificatesMs: number
  /**
   * Requests of one address (IPv6: of one /64) under way at what is served over HTTP besides WAMP and the page: what
   * providers push to, the authorization server. Hit: 429, with `Retry-After`.
   */
  readonly requestsPerAddress: number
  /** Body of a security event or a logout that a provider pushes. Hit: 413. */
  readonly eventBytes: number
  /** Such requests of one address in a second; as many may come at once. Hit: 429, with `Retry-After`. */
  readonly eventsPerSecond: number
  /** Such requests that are being checked at once. Hit: 503, with `Retry-After`. */
  readonly eventsAtOnce: number
  /** How old a security event may be when it comes, and how long its id is remembered. Hit: 400 `invalid_request`. */
  readonly eventAgeMs: number
  /**
   * Ids of events that are remembered of one provider. Hit: events that take something away are followed all the same,
   * those that give are not, and both are answered with 503.
   */
  readonly eventIds: number
  /** A provider that tells nothing by itself is asked about each token of a live session at least this often (RFC 7662). */
  readonly introspectionMs: number
  /**
   * Such questions under way at once, of joins and of live sessions each. Hit: a join fails with
   * `wamp.error.authentication_failed`; the others wait.
   */
  readonly introspections: number
  /** Tokens of live sessions that are asked about. Hit: a join by such a token fails with `wamp.error.authentication_failed`. */
  readonly introspectedTokens: number
  /** Messages of one session in a second; as many may come at once. Hit: it is not read from until some of that has passed. */
  readonly messagesPerSecond: number
}

const KiB = 1024
const MiB = 1024 * KiB

export const defaultLimits: Limits = {
  joinMs: 5_000,
  goodbyeMs: 1_000,
  messageBytes: 1 * MiB,
  joinMessageBytes: 16 * KiB,
  batchBytes: 64 * KiB,
  rawSocketBytes: 512,
  joinMessages: 4,
  joiningPerAddress: 1_024,
  connections: 50_000,
  pendingBytes: 4 * MiB,
  congestedBytes: 3 * MiB,
  calls: 1_000,
  callTimeoutMs: 86_400_000,
  waitingCalls: 1_000,
  keptCallBytes: 4 * MiB,
  endedStreams: 256,
  streamGraceMs: 30_000,
  procedureMs: 5_000,
  registrations: 1_000,
  subscriptions: 1_000,
  parked: 256,
  withheldEvents: 256,
  retainedEvents: 10_000,
  retainedBytes: 16 * MiB,
  retainedPerTopic: 8,
  historyWaiting: 10_000,
  historyWaitingBytes: 16 * MiB,
  historyAnswerBytes: 2 * MiB,
  decisionMs: 5_000,
  questions: 100,
  waitingQuestions: 10_000,
  denialEvents: 20,
  definitions: 256,
  realmDefinitions: 4_096,
  definitionBytes: 16 * KiB,
  resumeMs: 30_000,
  resumeBytes: 64 * KiB,
  detachedSessions: 1_000,
  detachedPerPrincipal: 4,
  testaments: 32,
  testamentBytes: 64 * KiB,
  claimMs: 5_000,
  decisions: 128,
  pingMs: 15_000,
  longPollReceiveMs: 25_000,
  longPollIdleMs: 30_000,
  longPollSends: 16,
  cookies: 10_000,
  cookieMs: 86_400_000,
  certificatesMs: 60_000,
  requestsPerAddress: 32,
  eventBytes: 32 * KiB,
  eventsPerSecond: 100,
  eventsAtOnce: 64,
  eventAgeMs: 7 * 86_400_000,
  eventIds: 10_000,
  introspectionMs: 60_000,
  introspections: 32,
  introspectedTokens: 10_000,
  messagesPerSecond: 1_000_000,
}
