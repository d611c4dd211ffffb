/** How much the domain keeps. Every bound that is hit names itself in the error. */
export interface Bounds {
  /** People. Anybody with an account at a trusted provider becomes one, so this is what an attacker would fill. */
  readonly people: number
  /** Identities that lead to one person. */
  readonly identitiesPerPerson: number
  /** Links of identities that have begun. */
  readonly links: number
  /** How long both accounts' proofs may be apart, and how old they may be, in milliseconds. */
  readonly linkTtlMs: number
  /** Local identities, revoked ones included: the store keeps all. */
  readonly localIdentities: number
  readonly localIdentitiesPerPerson: number
  /** PINs that one lock knows: each is tried with what is typed there. */
  readonly pinsPerDevice: number
  /** Wrong PINs at one lock, after which it waits. */
  readonly pinFailures: number
  /** The first wait in milliseconds, doubled with each further wrong one up to the longest. */
  readonly pinWaitMs: number
  readonly pinLongestWaitMs: number
  /** One wrong PIN is forgotten after each such time, in milliseconds. */
  readonly pinForgetMs: number
  readonly ecosystems: number
  /** Ecosystems that one person has made, deleted ones included: their ids are not used again. */
  readonly ecosystemsPerOwner: number
  /** Ecosystems that one spans directly, and that span it directly. */
  readonly spansPerEcosystem: number
  /** Ecosystems that span one, directly or through others: each is looked at in a decision. */
  readonly spansAbove: number
  /** Groups of one ecosystem, deleted ones included: their ids are not used again. */
  readonly groupsPerEcosystem: number
  readonly membersPerGroup: number
  /** Groups that one person or device is in. */
  readonly groupsPerMember: number
  readonly policiesPerEcosystem: number
  /** Procedures of integrators that are asked in one realm. */
  readonly authorizersPerRealm: number
  /** The longest that one of them may take to answer, in milliseconds. */
  readonly authorizerTimeoutMs: number
  /** Invites of one ecosystem that can still be redeemed. */
  readonly invitesPerEcosystem: number
  /** How long an invite may wait, in milliseconds. */
  readonly inviteTtlMs: number
  /** Redemptions that one invite can have. */
  readonly inviteUses: number
  /** Invites that are redeemed, revoked or over and still shown; the store keeps all. */
  readonly endedInvites: number
  /** Requests for an owner's word that have time left. */
  readonly approvals: number
  /** Those of one person or device. */
  readonly approvalsPerRequester: number
  /** How long a request waits for its owner, in milliseconds; a no holds as long. */
  readonly approvalWaitMs: number
  /** How long to wait between two questions what became of one, in milliseconds. */
  readonly approvalIntervalMs: number
  /** How long what is agreed to may hold, in milliseconds. */
  readonly approvalTtlMs: number
  /** Requests that are answered or over and still shown; the store keeps all. */
  readonly endedApprovals: number
  /** Plans for emergencies that are not revoked. */
  readonly emergencyPlans: number
  /** Those of one owner. */
  readonly plansPerOwner: number
  /** People who may ask by one plan, and likewise those who hear of it. */
  readonly delegatesPerPlan: number
  /** How long an owner may be waited for, in milliseconds. */
  readonly emergencyWaitMs: number
  /** How long what is granted then may hold, in milliseconds. */
  readonly emergencyTtlMs: number
  /** Requests by plans that are open, or in force. */
  readonly emergencyRequests: number
  /** How long one who asks counts while the others are not there yet, in milliseconds. */
  readonly emergencyGatherMs: number
  /** How long nobody is heard by a plan after its owner has said no, in milliseconds. */
  readonly emergencyPauseMs: number
  /** Plans that are revoked, and requests by plans that are over, so many each still shown; the store keeps all. */
  readonly endedEmergencies: number
  /** Different uses that are counted in one minute: a reader with a URI each. More are given up, and that is said. */
  readonly usageCounters: number
  /** Those of one reader; more are counted together, by the first two components of their URIs. */
  readonly usageCountersPerReader: number
  /** How long it is kept who used what, in milliseconds. */
  readonly usageMs: number
  /** Minutes of such uses that are kept. */
  readonly usageRows: number
  /** Uses of one listing. */
  readonly usageListing: number
  readonly idps: number
  /** What ecosystems say of single providers. */
  readonly idpTrusts: number
  /** Authenticators of one person that are not revoked. */
  readonly authenticatorsPerPerson: number
  /** Those that one person has ever had: a key that was revoked is not taken again. */
  readonly authenticatorsEver: number
  /** Proofs of one session that wait for their calls. */
  readonly stepUpsPerSession: number
  /** Prompts to confirm that a person declines or leaves unanswered in `promptWindowMs`; then no more until that is over. */
  readonly promptRefusals: number
  readonly promptWindowMs: number
  /** People whose prompts are counted at the same time; then nobody else is asked. */
  readonly promptedPeople: number
  /** People known to be at a device at the same time. */
  readonly presences: number
  /** Receipts that can still be redeemed, or were, and are not over. */
  readonly receipts: number
  readonly receiptsPerPerson: number
  /** How long a receipt may be good for, in milliseconds. */
  readonly receiptTtlMs: number
  readonly classes: number
  readonly capabilitiesPerClass: number
  readonly devices: number
  readonly ecosystemsPerDevice: number
  readonly announcedCapabilities: number
  /** Of a device's announced attributes, as JSON. */
  readonly attributesBytes: number
  /** Of a device's announced capabilities, as JSON. */
  readonly announcedBytes: number
  /** Devices behind one gateway. */
  readonly childrenPerGateway: number
  /** Wrong claim codes of one caller in `claimWindowMs`; then none of his is looked at until that is over. */
  readonly claimAttempts: number
  readonly claimWindowMs: number
  /** Callers whose wrong codes are counted at the same time; then nobody else's codes are looked at. */
  readonly claimants: number
  /** Delegations in force by which devices act for people. */
  readonly deviceActs: number
  /** Those of one device, and those of one person. */
  readonly deviceActsPerParty: number
  /** How long a device may act for a person, in milliseconds. */
  readonly deviceActTtlMs: number
  readonly scopesPerDeviceAct: number
  /** Delegations that are revoked or over and still shown; the store keeps all. */
  readonly endedDeviceActs: number
  /** Of what a device is wished to be like, and of what it says it is, each as JSON. */
  readonly shadowBytes: number
  /** Owner's levels set for one device. */
  readonly levelsPerDevice: number
  /** Grants that are in force. */
  readonly grants: number
  /** Grants in force of one subject in one ecosystem. */
  readonly grantsPerSubject: number
  /** Hands through which a grant can go: each that gave it on is looked at in a decision. */
  readonly chainDepth: number
  /** URIs whose uses one grant counts. */
  readonly usesPerGrant: number
  /** Weekly schedules that are kept in the form in which decisions read them; others are read anew. */
  readonly schedules: number
  /** Revoked grants still shown; the store keeps all. */
  readonly revokedGrants: number
  readonly codesPerCall: number
  /** Codes that may still be redeemed. */
  readonly unredeemedCodes: number
  /** How long a code may be good for, in milliseconds. */
  readonly codeTtlMs: number
  /** Changes of owners and the operator waiting for the one before them. */
  readonly waitingChanges: number
  /** The same of what newcomers and devices ask for: first joins, enrolment, announcements. */
  readonly waitingRequests: number
  /** The same of what takes a right away. */
  readonly waitingRevocations: number
  /** How long a change may wait for its turn, in milliseconds. */
  readonly changeWaitMs: number
  /** Audit records of each outcome waiting to be written. */
  readonly auditRecords: number
  /** Records of one write. */
  readonly auditBatch: number
  /** How long a record waits for others at most, in milliseconds. */
  readonly auditDelayMs: number
  /** Details of one record, as JSON. */
  readonly auditDetailsBytes: number
  /** How long what repeats an audit record is only counted, in milliseconds. */
  readonly auditWindowMs: number
  /** Different denials, and different failures, of one party that are recorded in such a time; more are counted. */
  readonly auditDistinct: number
  /** Audit records of all whose repetitions are counted at the same time. */
  readonly auditWindows: number
  /** Records of one listing. */
  readonly auditListing: number
  readonly alarms: number
}

export const defaultBounds: Bounds = {
  people: 100_000,
  identitiesPerPerson: 16,
  links: 1_000,
  linkTtlMs: 300_000,
  localIdentities: 10_000,
  localIdentitiesPerPerson: 16,
  pinsPerDevice: 8,
  pinFailures: 5,
  pinWaitMs: 30_000,
  pinLongestWaitMs: 3_600_000,
  pinForgetMs: 600_000,
  ecosystems: 1_000,
  ecosystemsPerOwner: 32,
  spansPerEcosystem: 64,
  spansAbove: 64,
  groupsPerEcosystem: 1_000,
  membersPerGroup: 1_000,
  groupsPerMember: 64,
  policiesPerEcosystem: 256,
  authorizersPerRealm: 16,
  authorizerTimeoutMs: 4_000,
  invitesPerEcosystem: 1_000,
  inviteTtlMs: 366 * 24 * 3_600_000,
  inviteUses: 1_000,
  endedInvites: 10_000,
  approvals: 10_000,
  approvalsPerRequester: 16,
  approvalWaitMs: 600_000,
  approvalIntervalMs: 5_000,
  approvalTtlMs: 366 * 24 * 3_600_000,
  endedApprovals: 10_000,
  emergencyPlans: 10_000,
  plansPerOwner: 32,
  delegatesPerPlan: 16,
  emergencyWaitMs: 1_461 * 24 * 3_600_000,
  emergencyTtlMs: 366 * 24 * 3_600_000,
  emergencyRequests: 10_000,
  emergencyGatherMs: 30 * 24 * 3_600_000,
  emergencyPauseMs: 24 * 3_600_000,
  endedEmergencies: 10_000,
  usageCounters: 10_000,
  usageCountersPerReader: 256,
  usageMs: 30 * 24 * 3_600_000,
  usageRows: 1_000_000,
  usageListing: 10_000,
  idps: 100,
  idpTrusts: 10_000,
  authenticatorsPerPerson: 16,
  authenticatorsEver: 256,
  stepUpsPerSession: 16,
  promptRefusals: 5,
  promptWindowMs: 600_000,
  promptedPeople: 10_000,
  presences: 10_000,
  receipts: 10_000,
  receiptsPerPerson: 64,
  receiptTtlMs: 24 * 3_600_000,
  classes: 1_000,
  capabilitiesPerClass: 256,
  devices: 10_000,
  ecosystemsPerDevice: 32,
  announcedCapabilities: 256,
  attributesBytes: 16 * 1024,
  announcedBytes: 64 * 1024,
  childrenPerGateway: 256,
  claimAttempts: 10,
  claimWindowMs: 600_000,
  claimants: 10_000,
  deviceActs: 10_000,
  deviceActsPerParty: 64,
  deviceActTtlMs: 366 * 24 * 3_600_000,
  scopesPerDeviceAct: 16,
  endedDeviceActs: 10_000,
  shadowBytes: 16 * 1024,
  levelsPerDevice: 4_096,
  grants: 100_000,
  grantsPerSubject: 100,
  chainDepth: 8,
  usesPerGrant: 32,
  schedules: 4_096,
  revokedGrants: 10_000,
  codesPerCall: 1_000,
  unredeemedCodes: 10_000,
  codeTtlMs: 366 * 24 * 3_600_000,
  waitingChanges: 1_000,
  waitingRequests: 250,
  waitingRevocations: 1_000,
  changeWaitMs: 10_000,
  auditRecords: 10_000,
  auditBatch: 500,
  auditDelayMs: 200,
  auditDetailsBytes: 4_096,
  auditWindowMs: 60_000,
  auditDistinct: 30,
  auditWindows: 2_000,
  auditListing: 1_000,
  alarms: 100,
}
