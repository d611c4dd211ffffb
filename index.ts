/** Latchkey as a library: a router in one's own process, and the contracts that extend it. */
export { systemClock, type Clock } from './clock.ts'
export { ConfigError, loadConfig, loadDataFolder, parseConfig, type Config } from './config.ts'
export { startServer, type RunningServer, type ServerOptions } from './server.ts'
export type {
  AccessRequest,
  Action,
  Attempt,
  AuthenticationStep,
  Authenticator,
  Authorizer,
  ChallengeRequest,
  Decision,
  EpochCounter,
  Epochs,
  JoinRequest,
  Match,
  PeerFacts,
  Principal,
} from './router/access.ts'
export { defaultLimits, type Limits } from './router/limits.ts'
export { LocalPeer, type LocalInvocation, type LocalProcedure } from './router/local-peer.ts'
export type { Peer } from './router/peer.ts'
export { Realm, type RealmDefinition } from './router/realm.ts'
export { Router, type RouterOptions } from './router/router.ts'
export type { CloseReason, Listener, Transport, TransportSink } from './router/transport.ts'
export { listenRawSocket, type RawSocketOptions } from './router/transports/rawsocket.ts'
export { WebSocketEndpoint, type WebSocketOptions } from './router/transports/websocket.ts'
export { WampError } from './router/wire/errors.ts'
export type { PayloadValues } from './router/wire/payload.ts'
