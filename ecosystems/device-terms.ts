import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import { capabilityActions, type DeviceClasses } from './classes.ts'
import type { DeviceIndex } from './device-index.ts'
import type { EcosystemDirectory } from './ecosystem-directory.ts'
import { invalid } from './errors.ts'
import { Levels } from './levels.ts'
import { checkLevel, checkPatternUnder, checkUriUnder, isPattern } from './names.ts'
import type { CapabilityAction, CapabilityRow, Conditions, DeviceRow } from './store/store.ts'
import { strictest, unconditional, type Terms } from './terms.ts'

/** Which level an ecosystem asks for. */
export interface Requirement {
  readonly ecosystem: string
  readonly level: number
  /** What it asks for beyond the level. */
  readonly conditions: Conditions
}

/** One thing that may be done with a device, as its owner sees it. */
export interface DeviceCapability {
  readonly uri: string
  readonly action: CapabilityAction
  /** Whether the device said that it can do this. */
  readonly announced: boolean
  /** Required level by ecosystem. An ecosystem that is absent denies it to all. */
  readonly levels: Readonly<Record<string, number>>
}

/** A new word of the owner's on one capability. Conditions that it does not name stay as they are. */
export type LevelOrder = Omit<CapabilityRow, 'conditions'> &
  Partial<Pick<CapabilityRow, 'conditions'>>

/** What may be done with devices at which level: the owner's word, else the class's, which the device can narrow. */
export class DeviceTerms {
  readonly #classes: DeviceClasses
  readonly #directory: Pick<EcosystemDirectory, 'get'>
  readonly #index: DeviceIndex
  readonly #levels: Levels

  constructor(
    parts: {
      readonly changes: Changes
      readonly bounds: Bounds
      readonly classes: DeviceClasses
      readonly directory: Pick<EcosystemDirectory, 'get'>
      readonly index: DeviceIndex
      /** Told of an ecosystem in which less is open now. */
      readonly narrowed: (ecosystem: string) => void
    },
    rows: readonly CapabilityRow[],
  ) {
    const { changes, bounds, classes, index } = parts
    this.#classes = classes
    this.#directory = parts.directory
    this.#index = index
    const moved = (device: string): void => index.move(device)
    this.#levels = new Levels({ changes, bounds, moved, narrowed: parts.narrowed }, rows)
  }

  /** The levels that the device's ecosystems ask for; none: denied to all. */
  requirements(device: DeviceRow, action: CapabilityAction, uri: string): readonly Requirement[] {
    const found: Requirement[] = []
    for (const ecosystem of device.ecosystems) {
      // A code or an admission that came too late may still name one that was deleted.
      if (this.#directory.get(ecosystem) === undefined) continue
      const terms = this.#termsOf(device, action, uri, ecosystem)
      if (terms !== undefined) found.push({ ecosystem, ...terms })
    }
    return found
  }

  /** The URIs, and patterns as URIs, for which the class or the owner names a level. */
  named(device: DeviceRow, action: CapabilityAction): ReadonlySet<string> {
    const uris = new Set<string>()
    for (const capability of this.#classes.get(device.class)?.capabilities ?? [])
      if (capability.action === action) uris.add(`${device.prefix}.${capability.verb}`)
    for (const level of this.#levels.ofDevice(device.id))
      if (level.action === action) uris.add(level.uri)
    return uris
  }

  /** What the class, the owner and the device itself name. */
  capabilitiesOf(device: DeviceRow): readonly DeviceCapability[] {
    const announced = new Set(device.announced.map(({ action, uri }) => `${action} ${uri}`))
    const named = new Map<string, { uri: string; action: CapabilityAction }>()
    const name = (action: CapabilityAction, uri: string): unknown =>
      named.set(`${action} ${uri}`, { uri, action })
    for (const { action, verb } of this.#classes.get(device.class)?.capabilities ?? [])
      name(action, `${device.prefix}.${verb}`)
    for (const { action, uri } of this.#levels.ofDevice(device.id)) name(action, uri)
    for (const { action, uri } of device.announced) name(action, uri)
    return [...named].map(([key, { uri, action }]) => ({
      uri,
      action,
      announced: announced.has(key),
      levels: Object.fromEntries(
        this.requirements(device, action, uri).map(({ ecosystem, level }) => [ecosystem, level]),
      ),
    }))
  }

  /** See `Devices.setLevel`. */
  async setLevel(order: LevelOrder): Promise<void> {
    const { uri, action, ecosystem } = order
    const device = this.#index.require(order.device)
    if (!capabilityActions.includes(action))
      throw invalid('action', action, capabilityActions.join(', '))
    if (action === 'subscribe' && isPattern(uri)) checkPatternUnder(device.prefix, 'uri', uri)
    else checkUriUnder(device.prefix, 'uri', uri)
    if (!device.ecosystems.includes(ecosystem))
      throw invalid('ecosystem', ecosystem, `one of the device's: ${device.ecosystems.join(', ')}`)
    const level = checkLevel('level', order.level)
    const { conditions = this.#termsOf(device, action, uri, ecosystem)?.conditions ?? {} } = order
    const row: CapabilityRow = { device: device.id, uri, action, ecosystem, level, conditions }
    await this.#levels.set(row, () => this.#termsOf(device, action, uri, ecosystem))
  }

  /** The owner's word on a capability, else its class's; `undefined`: it is denied to all. */
  #termsOf(
    device: DeviceRow,
    action: CapabilityAction,
    uri: string,
    ecosystem: string,
  ): Terms | undefined {
    const classes = this.#ofClass(device, action, uri)
    return this.#levels.over(classes, { device: device.id, action, uri, ecosystem })
  }

  #ofClass(device: DeviceRow, action: CapabilityAction, uri: string): Terms | undefined {
    if (!uri.startsWith(`${device.prefix}.`)) return undefined
    const verb = uri.slice(device.prefix.length + 1)
    const terms = this.#classes.termsOf(device.class, action, verb)
    return terms === undefined ? undefined : narrowed(terms, device, action, uri)
  }
}

const wantedBy = new WeakMap<DeviceRow['announced'], ReadonlyMap<string, Partial<Terms>>>()

/** What the device itself asks for, where that is anything. */
function wanted({ announced }: DeviceRow): ReadonlyMap<string, Partial<Terms>> {
  let found = wantedBy.get(announced)
  if (found === undefined) {
    found = new Map(
      announced
        .filter(({ level, acr }) => level !== undefined || acr !== undefined)
        .map(({ action, uri, level, acr }) => [
          `${action} ${uri}`,
          {
            ...(level !== undefined && { level }),
            ...(acr !== undefined && { conditions: { acr } }),
          },
        ]),
    )
    wantedBy.set(announced, found)
  }
  return found
}

/** A device may ask for more than its class does, never for less. */
function narrowed(terms: Terms, device: DeviceRow, action: CapabilityAction, uri: string): Terms {
  const all = wanted(device)
  const own = all.size === 0 ? undefined : all.get(`${action} ${uri}`)
  if (own === undefined) return terms
  return strictest(terms, { level: terms.level, conditions: unconditional, ...own })
}
