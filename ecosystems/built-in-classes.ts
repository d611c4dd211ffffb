import type { ClassCapability, DeviceClassRow } from './store/store.ts'

/** Everybody who is let in sees how it is, and hears when that changes. */
function shown(level: number): ClassCapability[] {
  return [
    { verb: 'state', action: 'call', level },
    { verb: 'on_change', action: 'subscribe', level },
  ]
}

function called(level: number, ...verbs: string[]): ClassCapability[] {
  return verbs.map((verb) => ({ verb, action: 'call', level }))
}

/**
 * What a house knows from the start: comfort is for guests (3), what watches over people for those who live there (2),
 * the safe and its kind for level 1 alone.
 */
export const builtInClasses: readonly DeviceClassRow[] = [
  { id: 'light', prefix: 'lamp', capabilities: [...called(3, 'switch'), ...shown(3)] },
  { id: 'tv', prefix: 'tv', capabilities: [...called(3, 'play'), ...shown(3)] },
  { id: 'lock', prefix: 'door', capabilities: [...called(3, 'unlock', 'lock'), ...shown(3)] },
  { id: 'safe', prefix: 'safe', capabilities: [...called(1, 'open', 'close'), ...shown(1)] },
  { id: 'sensor', prefix: 'sensor', capabilities: shown(3) },
  { id: 'furniture', prefix: 'furniture', capabilities: [...called(3, 'adjust'), ...shown(3)] },
  { id: 'chair', prefix: 'chair', capabilities: [...called(3, 'adjust', 'warm'), ...shown(3)] },
  { id: 'toilet', prefix: 'toilet', capabilities: [...called(3, 'flush', 'warm'), ...shown(3)] },
  { id: 'shutter', prefix: 'shutter', capabilities: [...called(3, 'open', 'close'), ...shown(3)] },
  { id: 'plug', prefix: 'plug', capabilities: [...called(3, 'switch'), ...shown(3)] },
  { id: 'speaker', prefix: 'speaker', capabilities: [...called(3, 'play', 'stop'), ...shown(3)] },
  {
    id: 'coffee_machine',
    prefix: 'coffee',
    capabilities: [...called(3, 'brew', 'cancel'), ...shown(3)],
  },
  {
    id: 'dishwasher',
    prefix: 'dishwasher',
    capabilities: [...called(2, 'start', 'stop'), ...shown(3)],
  },
  {
    id: 'vacuum',
    prefix: 'vacuum',
    capabilities: [...called(2, 'start', 'stop', 'dock'), ...shown(3)],
  },
  { id: 'thermostat', prefix: 'thermostat', capabilities: [...called(2, 'set'), ...shown(3)] },
  { id: 'meter', prefix: 'meter', capabilities: shown(2) },
  { id: 'gate', prefix: 'gate', capabilities: [...called(2, 'open', 'close'), ...shown(2)] },
  {
    id: 'camera',
    prefix: 'camera',
    capabilities: [
      ...called(2, 'snapshot', 'stream'),
      { verb: 'on_motion', action: 'subscribe', level: 2 },
      ...shown(2),
    ],
  },
  {
    id: 'security_device',
    prefix: 'security',
    capabilities: [
      ...called(1, 'disarm'),
      ...called(2, 'arm'),
      { verb: 'on_alarm', action: 'subscribe', level: 2 },
      ...shown(2),
    ],
  },
  {
    id: 'vehicle',
    prefix: 'vehicle',
    capabilities: [
      ...called(1, 'start', 'locate'),
      ...called(2, 'unlock', 'lock', 'heat'),
      ...shown(2),
    ],
  },
  { id: 'gateway', prefix: 'gateway', capabilities: shown(2) },
]
