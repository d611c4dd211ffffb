import { systemClock, type Clock } from '../clock.ts'
import { accountsOf } from './accounts.ts'
import { Approvals } from './approvals.ts'
import { Alarms, type Alarm, type DomainLog } from './alarms.ts'
import { Audit } from './audit.ts'
import { AuthorizerRules } from './authorizer-rules.ts'
import { defaultBounds, type Bounds } from './bounds.ts'
import { Changes } from './changes.ts'
import { builtInClasses } from './built-in-classes.ts'
import { DeviceClasses } from './classes.ts'
import { DeviceActs } from './device-acts.ts'
import { Devices } from './devices.ts'
import { Closures } from './closures.ts'
import { EcosystemDirectory } from './ecosystem-directory.ts'
import { Emergencies } from './emergencies.ts'
import { EmergencyPlans } from './emergency-plans.ts'
import { Epoch, type EpochCounter } from './epochs.ts'
import { missing } from './errors.ts'
import { Falls, type FallListener } from './falls.ts'
import { Assurances } from './assurances.ts'
import type { Grants, Subject } from './grants.ts'
import { Groups } from './groups.ts'
import type { Holdings } from './holdings.ts'
import { Identities } from './identities.ts'
import { IssuerCutoffs } from './issuer-cutoffs.ts'
import { Invites } from './invites.ts'
import { LevelPolicies } from './level-policies.ts'
import type { Links } from './links.ts'
import type { LocalIdentities } from './local-identities.ts'
import type { Panics } from './panics.ts'
import { PersonalAuthenticators } from './personal-authenticators.ts'
import { Presences } from './presences.ts'
import { Prompts } from './prompts.ts'
import { Receipts } from './receipts.ts'
import { Spans } from './spans.ts'
import { Shadows } from './shadows.ts'
import { StepUps } from './step-ups.ts'
import type { Uses } from './uses.ts'
import { Withdrawals, type WithdrawalListener } from './withdrawals.ts'
import { IdpTrusts } from './idp-trusts.ts'
import { Idps } from './idps.ts'
import { People } from './people.ts'
import { Provisioning } from './provisioning.ts'
import { rightsOf } from './rights.ts'
import { MemoryUsage } from './store/memory-usage.ts'
import type { Snapshot, Store } from './store/store.ts'
import type { UsageLog } from './store/usage-log.ts'
import { Usage } from './usage.ts'

export type { Alarm, DomainLog } from './alarms.ts'

export interface EcosystemsOptions {
  /** Default: the machine's. */
  readonly clock?: Clock
  readonly log?: DomainLog
  /** Told of each alarm as it is raised. */
  readonly alarm?: (alarm: Alarm) => void
  readonly bounds?: Partial<Bounds>
  /** Where it is kept who used what. Default: in memory, for as long as the process lives. */
  readonly usage?: UsageLog | undefined
}

/**
 * The security domain: who people are, what devices offer, who may use it. Questions are answered from memory,
 * without a promise; changes go to the store. When the store fails, answers go on and changes are refused.
 */
export class Ecosystems {
  readonly people: People
  readonly devices: Devices
  readonly deviceActs: DeviceActs
  readonly shadows: Shadows
  readonly classes: DeviceClasses
  readonly directory: EcosystemDirectory
  readonly spans: Spans
  readonly groups: Groups
  readonly closures: Closures
  readonly grants: Grants
  readonly identities: Identities
  readonly cutoffs: IssuerCutoffs
  readonly holdings: Holdings
  readonly uses: Uses
  readonly invites: Invites
  readonly approvals: Approvals
  readonly emergencies: Emergencies
  readonly usage: Usage
  readonly policies: LevelPolicies
  readonly authorizerRules: AuthorizerRules
  readonly assurances: Assurances
  readonly authenticators: PersonalAuthenticators
  readonly stepUps: StepUps
  readonly prompts: Prompts
  readonly presences: Presences
  readonly receipts: Receipts
  readonly links: Links
  readonly locals: LocalIdentities
  readonly panics: Panics
  readonly idps: Idps
  readonly idpTrusts: IdpTrusts
  readonly provisioning: Provisioning
  readonly audit: Audit
  readonly #store: Store
  readonly #changes: Changes
  readonly #falls: Falls
  readonly #withdrawals: Withdrawals
  readonly #alarms: Alarms
  #localsChanged: (() => void) | undefined
  #closing: Promise<void> | undefined

  private constructor(
    store: Store,
    snapshot: Snapshot,
    options: Required<EcosystemsOptions> & {
      readonly bounds: Bounds
      readonly usage: UsageLog
    },
  ) {
    const { clock, log, bounds } = options
    this.#store = store
    this.#alarms = new Alarms({ clock, log, tell: options.alarm, max: bounds.alarms })
    this.#falls = new Falls(log)
    this.#withdrawals = new Withdrawals(log)
    const changes = new Changes({
      store,
      clock,
      alarms: this.#alarms,
      maxWaiting: {
        outside: bounds.waitingRequests,
        house: bounds.waitingChanges,
        revocation: bounds.waitingRevocations,
      },
      maxWaitMs: bounds.changeWaitMs,
    })
    this.#changes = changes
    const falls = this.#falls
    this.audit = new Audit({ store, clock, bounds, alarms: this.#alarms, log })
    this.usage = new Usage({ rows: options.usage, clock, bounds, log })
    const trust = new Epoch()
    const trustMoved = (): void => {
      trust.move()
      changes.root.move()
    }
    this.idps = new Idps({ changes, bounds, falls, moved: trustMoved }, snapshot.idps)
    this.identities = new Identities(
      { changes, falls, moved: (person) => this.people.moved(person) },
      snapshot.identities,
    )
    this.cutoffs = new IssuerCutoffs({ clock, changes }, snapshot.cutoffs)
    const { identities } = this
    this.people = new People(
      {
        changes,
        falls,
        bounds,
        identities,
        isShut: (issuer) => this.idps.isDisabled(issuer),
        isLocal: (id) => this.locals.get(id)?.status === 'active',
      },
      snapshot.people,
    )
    const requirePerson = (id: string): void => {
      if (this.people.get(id) === undefined) throw missing('person', id)
    }
    this.authenticators = new PersonalAuthenticators(
      { changes, bounds, requirePerson },
      snapshot.authenticators,
    )
    this.stepUps = new StepUps({ bounds, isGood: (id) => this.authenticators.isActive(id) })
    this.prompts = new Prompts(bounds, clock)
    this.presences = new Presences({ bounds, moved: () => changes.root.move() })
    this.receipts = new Receipts({ changes, bounds }, snapshot.receipts)
    this.directory = new EcosystemDirectory(
      {
        changes,
        bounds,
        found: ({ id }, owner, by) => {
          requirePerson(owner)
          return this.grants.found({ subject: { kind: 'person', id: owner }, ecosystem: id, by })
        },
      },
      snapshot.ecosystems,
    )
    const requireEcosystem = (id: string): void => {
      this.directory.require(id)
    }
    const lost = (party: Subject): void => this.#withdrawals.tell(party)
    const narrowed = (ecosystem: string): void => rights.partiesIn(ecosystem).forEach(lost)
    this.spans = new Spans({ changes, bounds, requireEcosystem, narrowed }, snapshot.ecosystemEdges)
    this.classes = new DeviceClasses(
      { changes, bounds, changed: (id) => this.devices.classChanged(id) },
      snapshot.classes,
    )
    this.provisioning = new Provisioning(
      {
        changes,
        bounds,
        classes: this.classes,
        directory: this.directory,
        isTaken: (realm, prefix) => this.devices.isTaken(realm, prefix),
        owns: (by, ecosystem) => rights.owns(by, ecosystem),
      },
      snapshot.codes,
    )
    const { classes, directory, provisioning } = this
    this.deviceActs = new DeviceActs(
      {
        changes,
        bounds,
        requireParties: ({ device, person }) => {
          if (this.devices.get(device) === undefined) throw missing('device', device)
          if (this.people.get(person) === undefined) throw missing('person', person)
        },
        withdrawn: (id) => this.#withdrawals.tell({ kind: 'device', id }),
      },
      snapshot.deviceActs,
    )
    this.devices = new Devices(
      { changes, falls, bounds, classes, directory, provisioning, acts: this.deviceActs, narrowed },
      snapshot,
    )
    this.shadows = new Shadows({ changes, bounds }, snapshot.shadows)
    const requireSubject = ({ kind, id }: Subject): void => {
      const known = kind === 'person' ? this.people.get(id) : this.devices.get(id)
      if (known === undefined) throw missing(kind, id)
    }
    // What a member gave by what was the group's, others have no more.
    const left = (member: Subject): void => {
      lost(member)
      this.grants.giverFell(`${member.kind}:${member.id}`)
    }
    this.groups = new Groups(
      { changes, bounds, requireEcosystem, requireMember: requireSubject, lost: left },
      snapshot,
    )
    this.closures = new Closures({
      changes,
      directory,
      devices: this.devices,
      spans: this.spans,
      groups: this.groups,
      partiesIn: (id) => rights.partiesIn(id),
      lost,
      disowned: (ids) => rights.disowned(ids),
    })
    const { people, idps, devices, groups, spans, deviceActs: acts, shadows } = this
    const known = { people, identities, idps, devices, groups, spans, acts, shadows }
    const withdrawals = this.#withdrawals
    const rights = rightsOf(
      { changes, bounds, falls, ...known, withdrawals, requireEcosystem },
      snapshot,
    )
    this.grants = rights.grants
    this.holdings = rights.holdings
    this.uses = rights.uses
    this.policies = new LevelPolicies(
      { changes, bounds, requireEcosystem, narrowed },
      snapshot.levelPolicies,
    )
    this.authorizerRules = new AuthorizerRules({ changes, bounds }, snapshot.authorizers)
    this.idpTrusts = new IdpTrusts(
      {
        changes,
        bounds,
        moved: trustMoved,
        narrowed,
        presetOf: (issuer) => this.idps.presetOf(issuer),
        ownMapOf: (issuer) => this.idps.acrMapOf(issuer),
        require: ({ ecosystem, issuer }) => {
          requireEcosystem(ecosystem)
          if (this.idps.of(issuer).length === 0) throw missing('provider', issuer)
        },
      },
      snapshot.idpTrusts,
    )
    this.assurances = new Assurances({
      idps: this.idps,
      trusts: this.idpTrusts,
      identitiesBehind: (local) =>
        this.identities
          .of(this.locals.get(local)?.person ?? '')
          .filter(({ status }) => status === 'active'),
      epoch: trust,
    })
    this.invites = new Invites(
      {
        changes,
        bounds,
        grants: this.grants,
        requireEcosystem,
        capOf: (ecosystem, issuer) =>
          this.assurances.capOf({ identity: { issuer, subject: '' } }, ecosystem),
        identitiesOf: (id) =>
          this.people.identitiesOf(id).filter(({ status }) => status === 'active'),
      },
      snapshot.invites,
    )
    this.approvals = new Approvals(
      { changes, bounds, grants: this.grants, log },
      snapshot.approvals,
    )
    const plans = new EmergencyPlans(
      {
        changes,
        bounds,
        require: ({ owner, delegates, notify, ecosystem }) => {
          for (const id of [owner, ...delegates, ...notify]) requirePerson(id)
          requireEcosystem(ecosystem)
        },
      },
      snapshot.emergencyPlans,
    )
    this.emergencies = new Emergencies(
      {
        plans,
        changes,
        bounds,
        log,
        grants: this.grants,
        isActive: (id) => people.get(id)?.status === 'active',
      },
      snapshot.emergencyRequests,
    )
    const { authenticators, emergencies, grants, invites } = this
    const localsChanged = (): void => this.#localsChanged?.()
    const base = { changes, falls, bounds, people, identities, authenticators, acts, devices }
    const more = { directory, emergencies, grants, groups, invites, provisioning }
    const accounts = accountsOf({ ...base, ...more, requirePerson, localsChanged }, snapshot)
    this.links = accounts.links
    this.locals = accounts.locals
    this.panics = accounts.panics
  }

  /**
   * Loads everything that decisions read. A store that lacks built-in classes gets them.
   * @throws whatever keeps it from loading: a house that does not know its rules must not serve
   */
  static async open(store: Store, options: EcosystemsOptions = {}): Promise<Ecosystems> {
    let snapshot = await store.load()
    const known = new Set(snapshot.classes.map(({ id }) => id))
    const unknown = builtInClasses.filter(({ id }) => !known.has(id))
    if (unknown.length > 0) {
      await store.commit(unknown.map((row) => ({ kind: 'class.put', row })))
      snapshot = await store.load()
    }
    return new Ecosystems(store, snapshot, {
      clock: options.clock ?? systemClock,
      log: options.log ?? (() => undefined),
      alarm: options.alarm ?? (() => undefined),
      bounds: { ...defaultBounds, ...options.bounds },
      usage: options.usage ?? new MemoryUsage(),
    })
  }

  /** Moves with every change at all. */
  get epoch(): EpochCounter {
    return this.#changes.root
  }

  /** The last alarms, newest last. */
  get alarms(): readonly Alarm[] {
    return this.#alarms.last
  }

  /**
   * Tells of each person that is disabled and each device that is quarantined, when they are denied already
   * and before that is stored. Returns how to stop listening.
   */
  onFallen(listener: FallListener): () => void {
    return this.#falls.listen(listener)
  }

  /**
   * Tells of each person and each device whose rights have become fewer, when what was taken back is denied already.
   * Returns how to stop listening.
   */
  onWithdrawn(listener: WithdrawalListener): () => void {
    return this.#withdrawals.listen(listener)
  }

  /** Told when there are other local identities than before: others depend on whether providers can be reached. */
  onLocalsChanged(listener: () => void): void {
    this.#localsChanged = listener
  }

  /** Lets the changes under way end, writes the audit and closes the store. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.emergencies.close()
    await this.#changes.settled()
    await this.audit.close()
    await this.usage.close()
    await this.#store.close()
  }
}
