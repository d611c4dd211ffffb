import type { Bounds } from './bounds.ts'
import { capabilityActions } from './classes.ts'
import { invalid } from './errors.ts'
import { checkLevel, checkUriUnder } from './names.ts'
import type { AnnouncedCapability, Assurance, DeviceRow } from './store/store.ts'

const assurances: readonly Assurance[] = ['aal1', 'aal2', 'aal3']

/** What a device says of itself. */
export interface Announcement {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly capabilities: readonly AnnouncedCapability[]
}

/** Attributes as they will be stored: plain JSON, bounded. */
export function checkAttributes(bounds: Bounds, value: unknown): DeviceRow['attributes'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('attributes', value, 'an object')
  return plainJson('attributes', value as DeviceRow['attributes'], bounds.attributesBytes)
}

/** A value as it will be stored. @throws DomainError when JSON cannot say it, or only in more bytes */
export function plainJson<Value>(key: string, value: Value, maxBytes: number): Value {
  let json: string
  try {
    json = JSON.stringify(value)
  } catch (error) {
    throw invalid(key, String(error), 'what JSON can say')
  }
  const bytes = Buffer.byteLength(json)
  if (bytes > maxBytes) throw invalid(key, `${bytes} bytes of JSON`, `at most ${maxBytes}`)
  return JSON.parse(json) as Value
}

/** Capabilities that lie under the device's own prefix, each once. They give no right to anybody. */
export function checkCapabilities(
  bounds: Bounds,
  prefix: string,
  value: readonly AnnouncedCapability[],
): AnnouncedCapability[] {
  const max = bounds.announcedCapabilities
  if (!Array.isArray(value) || value.length > max)
    throw invalid('capabilities', Array.isArray(value) ? value.length : value, `at most ${max}`)
  const checked = new Map<string, AnnouncedCapability>()
  for (const [index, each] of value.entries()) {
    const key = `capabilities[${index}]`
    const { uri, action, args, result, level, acr } = each
    checkUriUnder(prefix, `${key}.uri`, uri)
    if (!capabilityActions.includes(action))
      throw invalid(`${key}.action`, action, capabilityActions.join(', '))
    if (acr !== undefined && !assurances.includes(acr))
      throw invalid(`${key}.acr`, acr, assurances.join(', '))
    checked.set(`${action} ${uri}`, {
      uri,
      action,
      ...(args !== undefined && { args }),
      ...(result !== undefined && { result }),
      ...(level !== undefined && { level: checkLevel(`${key}.level`, level) }),
      ...(acr !== undefined && { acr }),
    })
  }
  return plainJson('capabilities', [...checked.values()], bounds.announcedBytes)
}

/** Devices announce themselves at each join; what has not changed need not be written. */
export function isAnnounced(device: DeviceRow, announcement: Announcement): boolean {
  return (
    JSON.stringify(device.attributes) === JSON.stringify(announcement.attributes) &&
    JSON.stringify(device.announced) === JSON.stringify(announcement.capabilities)
  )
}
