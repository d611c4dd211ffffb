import type { Dict } from './wire/message.ts'
import type { Payload } from './wire/payload.ts'

/** What a session may ask for: the four actions of WAMP authorization. */
export type Action = 'call' | 'register' | 'subscribe' | 'publish'

/** How a URI of SUBSCRIBE or REGISTER is to be matched. */
export type Match = 'exact' | 'prefix' | 'wildcard'

/** A number that moves whenever a fact changes on which decisions rest. */
export interface EpochCounter {
  readonly value: number
}

/** The epochs a decision rests on, with the values they had. */
export interface Epochs {
  /** Moves with every change at all: as long as it stands still, one compare tells that nothing changed. */
  readonly root: EpochCounter
  /** The facts really used. Read only when `root` has moved. */
  readonly parts: readonly { readonly counter: EpochCounter; readonly seen: number }[]
}

/** A certificate that the other end showed in the TLS handshake. That it owns the key is proven by then. */
export interface PeerCertificate {
  /** Distinguished name, one attribute after the other, for instance `O=House, CN=lamp`. */
  readonly subject: string
  /** SHA-256 of the certificate: upper-case hex, a colon between octets. */
  readonly fingerprint256: string
  /** With their kind, for instance `DNS:lamp.house.example` or `URI:urn:lamp`. */
  readonly subjectAltNames: readonly string[]
  /** Milliseconds since the epoch. */
  readonly validTo: number
  /** Signed by an authority of the listener's `ca`, and valid now. If not, only a pinned fingerprint says who it is. */
  readonly authorized: boolean
}

/** What is known of the other end of a transport, from the transport itself. */
export interface PeerFacts {
  readonly transport: 'websocket' | 'rawsocket' | 'longpoll' | 'local'
  /** Address of the other end; empty for a Unix socket and in process. */
  readonly address: string
  /** Came over the management socket of the data folder, which only its owner can open. */
  readonly operator: boolean
  /** Under TLS. */
  readonly encrypted?: boolean
  /**
   * Keying material for channel binding, where one encrypted connection is the transport (so not for long-poll):
   * `tls-exporter` (RFC 9266), and `tls-unique` (RFC 5929) under TLS 1.2. `undefined` for other types.
   */
  readonly channelBinding?: (type: string) => Uint8Array | undefined
  /** Absent where the listener asked for none, or none was shown. */
  readonly certificate?: PeerCertificate
  /** Of the WebSocket's upgrade or long-poll's `open`. Secrets: never for logs or other sessions. */
  readonly cookies?: Readonly<Record<string, string>>
  /** Value of the cookie that was given with the answer to that request (see `CookieIssuer`). As secret as those. */
  readonly givenCookie?: string
  /** Origin of the web page that connected. */
  readonly origin?: string
  /** User-Agent of the HTTP request, at most 200 characters. For people, never for decisions. */
  readonly userAgent?: string
}

/** Name of the cookie that the router itself gives. Whoever knows its value is let in as somebody. */
export const ownCookie: string = 'latchkey'

/** Gives cookies to clients that come over HTTP, so that a later connection can be told to be of the same client. */
export interface CookieIssuer {
  /** How long a cookie is of use. */
  readonly lifetimeMs: number
  /** A fresh value for a client that sent these cookies; `undefined`: one of them says who it is, and it keeps that. */
  issue(cookies: PeerFacts['cookies']): string | undefined
}

/** Who a session is, as proven at the join. Never taken from what the client says of itself. */
export interface Principal {
  /** What kind of party this is (`person`, `device`, …): for authorizers; the engine does not read it. */
  readonly kind: string
  readonly authid: string
  readonly authrole: string
  readonly authmethod: string
  readonly authprovider: string
  /** Goes out in WELCOME.Details.authextra. */
  readonly authextra?: Dict
  /** When the proof ends, in milliseconds since the epoch. The session is closed then, unless it was renewed. */
  readonly expiresAt?: number
  /**
   * What the proof showed (assurance, its age, the issuer's session, who acts for whom): for authorizers; the engine
   * does not read it. It never leaves the router: no message and no meta procedure shows it.
   */
  readonly evidence?: object
}

/** In whose name a message goes out, where that is not the name its sender joined under: a pseudonym. */
export interface Disguise {
  readonly authid: string
  /** Absent: receivers learn no role. */
  readonly authrole?: string
}

/** A message as it is about to go out because of a decision. */
export interface Attested {
  readonly payload: Payload
  /** The procedure or topic that was asked for; never a pattern. */
  readonly uri: string
}

/** HELLO as an authenticator sees it. */
export interface JoinRequest {
  readonly realm: string
  /** HELLO.Details.authid: a hint, never an identity. */
  readonly authid: string | undefined
  readonly authextra: Dict
  /** HELLO.Details, with `transport.auth` as the transport itself has it, whatever the client said there. */
  readonly details: Dict
}

/** What an authenticator knows of the join besides HELLO. One object a join; lives through all its rounds. */
export interface Attempt {
  /** The session's id to come: WELCOME will carry it. */
  readonly session: number
  readonly realm: string
  readonly peer: PeerFacts
}

/** A CHALLENGE to be sent. `state` comes back to `verify` and never leaves the router. */
export interface ChallengeRequest {
  readonly challenge: true
  /** CHALLENGE.AuthMethod, where a second round is by another method than the first. */
  readonly method?: string
  readonly extra: Dict
  readonly state?: unknown
}

/** What a step of an authenticator leads to: a proven principal, or a (further) challenge. */
export type AuthenticationStep = Principal | ChallengeRequest

/**
 * One authentication method. Throws WampError to refuse: `wamp.error.authentication_denied` for a proof that
 * does not hold (the same for an unknown party), `wamp.error.authentication_failed` when it could not be checked.
 */
export interface Authenticator {
  readonly method: string
  /** Serves every peer that it accepts, whether or not HELLO.Details.authmethods names it (the management socket). */
  readonly unasked?: boolean
  /** Whether this method can serve the request at all; if not, the client's next method is tried. */
  accepts?(request: JoinRequest, attempt: Attempt): boolean
  /** Answers HELLO. */
  begin(request: JoinRequest, attempt: Attempt): AuthenticationStep | Promise<AuthenticationStep>
  /** Answers AUTHENTICATE. A further challenge is a second round. */
  verify?(
    answer: { readonly signature: string; readonly extra: Dict },
    challenge: ChallengeRequest,
    request: JoinRequest,
    attempt: Attempt,
  ): AuthenticationStep | Promise<AuthenticationStep>
}

/** One question to the authorizer. */
export interface AccessRequest {
  readonly action: Action
  readonly uri: string
  readonly match: Match
  readonly options: Dict
  readonly realm: string
  readonly session: number
  readonly principal: Principal
  readonly peer: PeerFacts
  /** Who waits for the answer. What must be asked for elsewhere need not be asked for one that is gone. */
  readonly asker?: { readonly gone: boolean }
  /**
   * A message waits for this answer, and it alone: something may be set going by it. Else somebody wants to know, or
   * what was decided before is decided anew.
   */
  readonly forMessage?: boolean
  /** Decoded only if `values()` is called; empty for SUBSCRIBE and REGISTER. */
  readonly payload: Payload
}

/** Says what is wrong with a payload, in a short text for people that repeats nothing of it; `undefined`: it fits. */
export type PayloadCheck = (payload: Payload) => string | undefined

/**
 * What the payloads of one procedure or topic must be like (rfc/text/basic/uri_reference.md, "payload validation").
 * What does not fit ends in ERROR `wamp.error.invalid_argument`. A payload in passthru mode is not opened.
 */
export interface Validation {
  readonly call?: PayloadCheck
  /** CALLs of a progressive invocation after the first. */
  readonly callProgress?: PayloadCheck
  /** The RESULT that ends a call. */
  readonly callResult?: PayloadCheck
  /** RESULTs that do not. */
  readonly callResultProgress?: PayloadCheck
  /** The callee's ERROR. */
  readonly callError?: PayloadCheck
  readonly event?: PayloadCheck
  /** Refuses payloads in passthru mode, as what is in them cannot be known. */
  readonly refusesSealed?: boolean
}

/** What a decision is counted by: to count costs next to nothing and fails never. */
export interface UseCounter {
  add(): void
}

/** An answer of the authorizer. */
export interface Decision {
  readonly allow: boolean
  /** ERROR URI of a denial; absent: `wamp.error.not_authorized`. */
  readonly reason?: string
  /** ArgumentsKw of the ERROR, for a denial that the caller can cure. */
  readonly details?: Dict
  /** Opaque name of the decision by which the owner can look it up. Goes out in ERROR.Details. */
  readonly decisionId?: string
  /** `true`: the receiver learns who asked, whatever the options say. `false`: it never does, and asking is refused. */
  readonly disclose?: boolean
  /**
   * Whom receivers see as caller (INVOCATION) or publisher (EVENT, also retained and in histories) wherever they would
   * see who asked. The session's id is left out then, as it leads to the principal behind it.
   */
  readonly discloseAs?: Disguise
  /**
   * What the router itself says of a message: added to INVOCATION.Details or EVENT.Details. Every key begins with `_`,
   * as implementation-specific attributes do; another one is a programming error that fails the message. Made once for
   * a CALL, wherever it is routed, and once for a PUBLISH, whoever receives it. What it throws is a denial with
   * `wamp.error.authorization_failed`, and nothing goes out.
   */
  readonly attest?: (message: Attested) => Dict
  /**
   * How far whoever asks is trusted: goes out as `trustlevel` to receivers that announced the feature
   * (rfc/text/advanced/rpc_call_trustlevels.md). A whole number; 0 is least, larger is more.
   */
  readonly trustlevel?: number
  /** What payloads must be like. Absent, as it nearly always is: none is opened. */
  readonly validate?: Validation
  /** May be kept until then, in milliseconds since the epoch. Absent: decided anew for every message. */
  readonly until?: number
  /** Falls as soon as one of these has moved. */
  readonly epochs?: Epochs
  /** Called each time the decision is applied to a message, cached or not: for the record. */
  readonly record?: () => void
  /** Counts the messages that the decision is applied to. */
  readonly used?: UseCounter
  /** Of a subscription: counts the events that are sent by it. */
  readonly delivered?: UseCounter
  /**
   * Counted uses of a CALL or PUBLISH, cached decision or not: run after the match, before the message goes out, which
   * waits for it. Throws WampError when used up: nothing goes out then.
   */
  readonly consume?: () => void | Promise<void>
  /**
   * Whether a call that is still open may go on by it, where deciding anew would tell nothing, as its use is counted
   * or it was decided for this message alone. Absent: it may. Asked after a withdrawal, and as results come.
   */
  readonly stands?: () => boolean
}

/**
 * Decides whether a principal may do something. Reads and decides; never alters a session or a message.
 * `undefined`: no opinion, the next authorizer is asked; nobody's opinion is a denial. What it throws is a denial
 * with `wamp.error.authorization_failed`. Answers without a promise where it can: a promise parks the session.
 */
export type Authorizer = (
  request: AccessRequest,
) => Decision | undefined | Promise<Decision | undefined>
