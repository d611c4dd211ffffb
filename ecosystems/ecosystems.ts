import { systemClock, type Clock } from '../clock.ts'
import { Alarms, type Alarm, type DomainLog } from './alarms.ts'
import { Audit } from './audit.ts'
import { defaultBounds, type Bounds } from './bounds.ts'
import { Changes } from './changes.ts'
import { builtInClasses, DeviceClasses } from './classes.ts'
import { Devices } from './devices.ts'
import { EcosystemDirectory } from './ecosystem-directory.ts'
import type { EpochCounter } from './epochs.ts'
import { missing } from './errors.ts'
import { Falls, type FallListener } from './falls.ts'
import { Assurances } from './assurances.ts'
import { Grants } from './grants.ts'
import { Holdings } from './holdings.ts'
import { Identities } from './identities.ts'
import { LevelPolicies } from './level-policies.ts'
import { Presences } from './presences.ts'
import { StepUps } from './step-ups.ts'
import { Idps } from './idps.ts'
import { People } from './people.ts'
import { Provisioning } from './provisioning.ts'
import type { Snapshot, Store } from './store/store.ts'

export type { Alarm, DomainLog } from './alarms.ts'

export interface EcosystemsOptions {
  /** Default: the machine's. */
  readonly clock?: Clock
  readonly log?: DomainLog
  /** Told of each alarm as it is raised. */
  readonly alarm?: (alarm: Alarm) => void
  readonly bounds?: Partial<Bounds>
}

/**
 * The security domain: who people are, what devices offer, who may use it. Questions are answered from memory,
 * without a promise; changes go to the store. When the store fails, answers go on and changes are refused.
 */
export class Ecosystems {
  readonly people: People
  readonly devices: Devices
  readonly classes: DeviceClasses
  readonly directory: EcosystemDirectory
  readonly grants: Grants
  readonly identities: Identities
  readonly holdings: Holdings
  readonly policies: LevelPolicies
  readonly assurances: Assurances
  readonly stepUps: StepUps = new StepUps()
  readonly presences: Presences = new Presences()
  readonly idps: Idps
  readonly provisioning: Provisioning
  readonly audit: Audit
  readonly #store: Store
  readonly #changes: Changes
  readonly #falls: Falls
  readonly #alarms: Alarms
  #closing: Promise<void> | undefined

  private constructor(
    store: Store,
    snapshot: Snapshot,
    options: Required<EcosystemsOptions> & { readonly bounds: Bounds },
  ) {
    const { clock, log, bounds } = options
    this.#store = store
    this.#alarms = new Alarms({ clock, log, tell: options.alarm, max: bounds.alarms })
    this.#falls = new Falls(log)
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
    this.idps = new Idps({ changes, bounds }, snapshot.idps)
    this.identities = new Identities({ changes, falls }, snapshot.identities)
    const { identities } = this
    this.people = new People({ changes, falls, bounds, identities }, snapshot.people)
    this.directory = new EcosystemDirectory({ changes, bounds }, snapshot.ecosystems)
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
      },
      snapshot.codes,
    )
    const { classes, directory, provisioning } = this
    this.devices = new Devices(
      { changes, falls, bounds, classes, directory, provisioning },
      snapshot,
    )
    this.grants = new Grants(
      {
        changes,
        bounds,
        requireSubject: ({ kind, id }) => {
          const known = kind === 'person' ? this.people.get(id) : this.devices.get(id)
          if (known === undefined) throw missing(kind, id)
        },
        requireEcosystem: (id) => {
          this.directory.require(id)
        },
      },
      snapshot.grants,
    )
    this.holdings = new Holdings({ grants: this.grants })
    this.policies = new LevelPolicies(snapshot.levelPolicies)
    this.assurances = new Assurances()
  }

  /**
   * Loads everything that decisions read. An empty store gets the built-in classes.
   * @throws whatever keeps it from loading: a house that does not know its rules must not serve
   */
  static async open(store: Store, options: EcosystemsOptions = {}): Promise<Ecosystems> {
    let snapshot = await store.load()
    if (snapshot.classes.length === 0) {
      await store.commit(builtInClasses.map((row) => ({ kind: 'class.put', row })))
      snapshot = await store.load()
    }
    return new Ecosystems(store, snapshot, {
      clock: options.clock ?? systemClock,
      log: options.log ?? (() => undefined),
      alarm: options.alarm ?? (() => undefined),
      bounds: { ...defaultBounds, ...options.bounds },
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

  /** Lets the changes under way end, writes the audit and closes the store. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#changes.settled()
    await this.audit.close()
    await this.#store.close()
  }
}
