/** A layer: what is in it, and which other layers it may read. */
export interface Layer {
  readonly name: string
  readonly holds: RegExp
  readonly mayRead: readonly string[]
}

const contracts = ['clock', 'contracts', 'wire']
const domain = ['clock', 'ecosystems', 'store', 'proofs']
const engine = [...contracts, 'router', 'transports']
const product = [
  ...engine,
  ...domain,
  'authenticators',
  'authorizers',
  'federation',
  'authority',
  'realms',
  'uris',
]

/**
 * The layers from the leaf up; a file belongs to the first that holds it. Router and ecosystems never see each other:
 * authenticators, authorizers and realms are where they meet.
 */
export const layers: readonly Layer[] = [
  { name: 'clock', holds: /^clock\.ts$/, mayRead: [] },
  { name: 'wire', holds: /^router\/wire\//, mayRead: ['clock'] },
  {
    name: 'contracts',
    holds: /^router\/(?:access|transport|peer|log)\.ts$/,
    mayRead: ['clock', 'wire', 'router'],
  },
  { name: 'transports', holds: /^router\/transports\//, mayRead: [...contracts, 'router'] },
  { name: 'router', holds: /^router\//, mayRead: contracts },
  { name: 'store', holds: /^ecosystems\/store\//, mayRead: ['clock'] },
  // What is signed, and what of it is a proof: the same words for who signs and who verifies, house or device.
  { name: 'proofs', holds: /^proofs\//, mayRead: [] },
  { name: 'ecosystems', holds: /^ecosystems\//, mayRead: ['clock', 'store', 'proofs'] },
  { name: 'uris', holds: /^realms\/uris\.ts$/, mayRead: [] },
  {
    name: 'authenticators',
    holds: /^authenticators\//,
    mayRead: [...contracts, ...domain, 'uris'],
  },
  { name: 'authorizers', holds: /^authorizers\//, mayRead: [...contracts, ...domain, 'uris'] },
  { name: 'federation', holds: /^federation\//, mayRead: [...contracts, ...domain, 'uris'] },
  { name: 'authority', holds: /^authority\//, mayRead: [...contracts, ...domain, 'uris'] },
  {
    name: 'realms',
    holds: /^realms\//,
    mayRead: [...contracts, 'router', ...domain, 'authenticators', 'authorizers', 'uris'],
  },
  { name: 'clients', holds: /^clients\//, mayRead: ['clock', 'uris', 'proofs'] },
  { name: 'console', holds: /^console\//, mayRead: ['clients', 'uris'] },
  {
    name: 'cli',
    holds: /^(?:cli\.ts$|cli\/)/,
    mayRead: [...product, 'server', 'clients', 'demo'],
  },
  { name: 'demo', holds: /^demo\//, mayRead: [...product, 'server', 'clients'] },
  // What is left at the root makes one process of the parts.
  { name: 'server', holds: /^[^/]+\.ts$/, mayRead: product },
]

/** Packages that only one folder may load, and why. */
export const confined: ReadonlyMap<string, RegExp> = new Map([
  // A whole OpenID provider: for the demo, and where a house is configured to be an authorization server.
  ['oidc-provider', /^(?:demo|authority)\//],
  ['@simplewebauthn/server', /^ecosystems\/proofs\//],
  // What a file on disk is like is the store's business alone.
  ['sqlite3', /^ecosystems\/store\//],
])

/** What a client of ours may load besides its own files, in Node. */
export const clientPackages: readonly string[] = ['wampy', 'ws', 'jose']

/** Where code for browsers begins, and the packages that it may reach. */
export const browserEntries: readonly string[] = [
  'clients/app.ts',
  'clients/assertion.ts',
  'clients/authenticator.ts',
  'clients/receipt.ts',
]
export const browserPackages: readonly string[] = ['wampy', 'jose']

export const longestFileLines = 600
