import type { Bounds } from './bounds.ts'
import { capabilityActions } from './classes.ts'
import { invalid } from './errors.ts'
import { checkUriUnder } from './names.ts'
import type { AnnouncedCapability, DeviceRow } from './store/store.ts'

/** What a device says of itself. */
export interface Announcement {
  readonly attributes: Readonly<Record<string, unknown>>
  readonly capabilities: readonly AnnouncedCapability[]
}

/** Attributes as they will be stored: plain JSON, bounded. */
export function checkAttributes(bounds: Bounds, value: unknown): DeviceRow['attributes'] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('attributes', value, 'an object')
  let json: string
  try {
    json = JSON.stringify(value)
  } catch (error) {
    throw invalid('attributes', String(error), 'what JSON can say')
  }
  const bytes = Buffer.byteLength(json)
  if (bytes > bounds.attributesBytes)
    throw invalid('attributes', `${bytes} bytes of JSON`, `at most ${bounds.attributesBytes}`)
  return JSON.parse(json) as DeviceRow['attributes']
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
    const { uri, action } = each
    checkUriUnder(prefix, `capabilities[${index}].uri`, uri)
    if (!capabilityActions.includes(action))
      throw invalid(`capabilities[${index}].action`, action, capabilityActions.join(', '))
    checked.set(`${action} ${uri}`, { uri, action })
  }
  return [...checked.values()]
}

/** Devices announce themselves at each join; what has not changed need not be written. */
export function isAnnounced(device: DeviceRow, announcement: Announcement): boolean {
  return (
    JSON.stringify(device.attributes) === JSON.stringify(announcement.attributes) &&
    JSON.stringify(device.announced) === JSON.stringify(announcement.capabilities)
  )
}
