import assert from 'node:assert/strict'
import type { Alarm } from '../../ecosystems/alarms.ts'
import type { Bounds } from '../../ecosystems/bounds.ts'
import { Ecosystems } from '../../ecosystems/ecosystems.ts'
import { DomainError, type DomainErrorCode } from '../../ecosystems/errors.ts'
import { MemoryStore } from '../../ecosystems/store/memory.ts'
import type { DeviceRow, GrantRow, PersonRow, Store } from '../../ecosystems/store/store.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { FaultyStore } from './faulty-store.ts'

export const issuer = 'https://id.test'
export const by = 'operator:operator'

let keys = 0
/** A public key that no other device has. */
export function freshKey(): string {
  keys += 1
  // Not of small order, whatever the number: enrolment refuses those.
  return `5a${keys.toString(16).padStart(62, '0')}`
}

/** A domain with the ecosystem `home` in the realm `home`, on a store that can be broken. */
export class House {
  readonly ecosystems: Ecosystems
  readonly store: FaultyStore
  readonly clock: ManualClock
  readonly alarms: Alarm[]

  private constructor(
    ecosystems: Ecosystems,
    store: FaultyStore,
    clock: ManualClock,
    alarms: Alarm[],
  ) {
    this.ecosystems = ecosystems
    this.store = store
    this.clock = clock
    this.alarms = alarms
  }

  static async open(
    options: { readonly store?: Store; readonly bounds?: Partial<Bounds> } = {},
  ): Promise<House> {
    const store = new FaultyStore(options.store ?? new MemoryStore())
    const clock = new ManualClock(1_700_000_000_000)
    const alarms: Alarm[] = []
    const ecosystems = await Ecosystems.open(store, {
      clock,
      alarm: (alarm) => alarms.push(alarm),
      ...(options.bounds !== undefined && { bounds: options.bounds }),
    })
    if (ecosystems.directory.get('home') === undefined)
      await ecosystems.directory.create({ id: 'home', realm: 'home' })
    store.commits.length = 0
    return new House(ecosystems, store, clock, alarms)
  }

  /** Enrols a device of a class with a prefix of its own. */
  async device(
    prefix: string,
    options: {
      readonly class?: string
      readonly realm?: string
      readonly ecosystems?: string[]
    } = {},
  ): Promise<DeviceRow> {
    const code = await this.code({ prefix, ...options })
    return this.ecosystems.devices.enrol({ code, publicKey: freshKey() })
  }

  async code(
    options: {
      readonly class?: string
      readonly realm?: string
      readonly ecosystems?: string[]
      readonly prefix?: string
      readonly ttlMs?: number
    } = {},
  ): Promise<string> {
    const { class: kind = 'light', realm = 'home', ecosystems = ['home'], ...rest } = options
    const [code] = await this.ecosystems.provisioning.create({
      realm,
      ecosystems,
      class: kind,
      count: 1,
      by,
      ...rest,
    })
    assert.ok(code !== undefined)
    return code
  }

  person(id: string): Promise<PersonRow> {
    return this.ecosystems.people.create({ id, name: id, issuer, subject: id })
  }

  grant(
    id: string,
    level: number,
    options: { readonly kind?: 'person' | 'device'; readonly ecosystem?: string } = {},
  ): Promise<GrantRow> {
    const { kind = 'person', ecosystem = 'home' } = options
    return this.ecosystems.grants.create({ subject: { kind, id }, ecosystem, level, by })
  }

  /** Another domain, loaded from the same store: what a restart would bring. */
  restarted(): Promise<Ecosystems> {
    return Ecosystems.open(this.store, { clock: this.clock })
  }
}

/** Fails unless the promise rejects with a domain error of this code whose message matches. */
export async function refuses(
  promise: Promise<unknown>,
  code: DomainErrorCode,
  message: RegExp = /./,
): Promise<void> {
  await assert.rejects(promise, (error: Error) => {
    assert.ok(error instanceof DomainError, String(error))
    assert.equal(error.code, code, error.message)
    assert.match(error.message, message)
    return true
  })
}
