import type { DeviceChange } from '../ecosystems/devices.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { Fall } from '../ecosystems/falls.ts'
import type { DeviceRow, ShadowRow } from '../ecosystems/store/store.ts'
import type { EngineLog } from '../router/log.ts'
import type { Peer } from '../router/peer.ts'
import type { Realm } from '../router/realm.ts'
import type { Session } from '../router/session.ts'
import { sessionIds, tell, tellConcerned } from './announcing.ts'
import { isOnline } from './services/device/online.ts'
import { sees } from './services/usable.ts'
import { dealsWith, ownsOneOf } from './quarantine-audience.ts'
import { topicUris, type ClaimedPlace, type DesiredState, type DeviceNews } from './uris.ts'

/** Tells of the devices of one realm: those who may use them, those who own them, and themselves. */
export class DeviceTidings {
  readonly #realm: Realm
  readonly #ecosystems: Ecosystems
  readonly #log: EngineLog

  constructor(realm: Realm, ecosystems: Ecosystems, log: EngineLog) {
    this.#realm = realm
    this.#ecosystems = ecosystems
    this.#log = log
    ecosystems.devices.onChanged((change) => this.#changed(change))
    ecosystems.shadows.onDesired((shadow) => this.#desired(shadow))
    ecosystems.onFallen((fall) => this.#fallen(fall))
    realm.broker.observe({
      added: (peer, { topic, match }) => {
        if (topic !== topicUris.deviceDesired || match !== 'exact') return
        // Not in the midst of a subscription.
        queueMicrotask(() => this.#pending(peer))
      },
      removed: () => undefined,
    })
  }

  /** A session of a device has come. */
  joined({ principal }: Session): void {
    if (principal.kind === 'device') this.#news(topicUris.deviceOnline, principal.authid)
  }

  /** A session is gone, and with it its device unless there is another. */
  left({ principal }: Session): void {
    const { kind, authid } = principal
    if (kind !== 'device' || this.#realm.sessionsOf(kind, authid).length > 0) return
    this.#news(topicUris.deviceOffline, authid)
  }

  /** Of a device and of all that speak by it. */
  #news(topic: typeof topicUris.deviceOnline | typeof topicUris.deviceOffline, id: string): void {
    const { devices } = this.#ecosystems
    const device = devices.get(id)
    if (device === undefined) return
    for (const row of [device, ...devices.childrenOf(id)])
      this.#tellUsers(topic, row, (peer) => sees(peer, row, this.#place), this.#newsOf(row))
  }

  #changed({ kind, device }: DeviceChange): void {
    if (device.realm !== this.#realm.uri) return
    if (kind === 'announced') {
      const news = this.#newsOf(device)
      const isUser = (peer: Peer): Promise<boolean> => sees(peer, device, this.#place)
      return this.#tellUsers(topicUris.deviceUpdate, device, isUser, news)
    }
    const { class: as, prefix, ecosystems } = device
    const place: ClaimedPlace = { class: as, prefix, ecosystems }
    this.#tellDevice(topicUris.deviceClaimed, device, { ...place })
    if (isOnline(this.#realm, device)) this.#news(topicUris.deviceOnline, device.id)
  }

  /** Those who have to do with it hear that it is cut off, its owners also why. */
  #fallen({ kind, id, reason }: Fall): void {
    const row = kind === 'device' ? this.#ecosystems.devices.get(id) : undefined
    if (row === undefined || row.realm !== this.#realm.uri) return
    const realm = this.#realm
    const at = realm.clock.now()
    const event = { device: id, class: row.class, ecosystems: [], at }
    const ecosystems = this.#ecosystems
    const owns = (peer: Peer): boolean => ownsOneOf(peer, row, ecosystems, realm.clock)
    const topic = topicUris.deviceQuarantine
    this.#tellUsers(topic, row, owns, { ...event, ecosystems: row.ecosystems, reason })
    const isOther = (peer: Peer): boolean => !owns(peer) && dealsWith(peer, row, ecosystems, at)
    this.#tellUsers(topic, row, isOther, event)
    if (row.gateway === null) return
    // What is the child's falls from its gateway, which stays; and calls to it end.
    for (const session of realm.sessionsOf('device', row.gateway))
      queueMicrotask(() => realm.reassess(session))
  }

  #desired(shadow: ShadowRow): void {
    const row = this.#ecosystems.devices.get(shadow.device)
    if (row?.realm !== this.#realm.uri || row.status !== 'active') return
    this.#tellDevice(topicUris.deviceDesired, row, desiredOf(shadow))
  }

  /** A device listens to wishes from now on: it gets those that it has not taken yet. */
  #pending(peer: Peer): void {
    const { kind, authid } = peer.principal
    if (kind !== 'device' || peer.gone) return
    const { devices, shadows } = this.#ecosystems
    const device = devices.get(authid)
    if (device === undefined) return
    for (const { id, status } of [device, ...devices.childrenOf(authid)]) {
      const shadow = status === 'active' ? shadows.pending(id) : undefined
      if (shadow === undefined) continue
      tell(this.#realm, topicUris.deviceDesired, new Set([peer.id]), desiredOf(shadow))
    }
  }

  /** To the device itself, or to the one that speaks for it. */
  #tellDevice(
    topic: typeof topicUris.deviceClaimed | typeof topicUris.deviceDesired,
    { id, gateway }: DeviceRow,
    kwargs: Readonly<Record<string, unknown>>,
  ): void {
    tell(this.#realm, topic, sessionIds(this.#realm, 'device', [gateway ?? id]), kwargs)
  }

  #tellUsers(
    topic: (typeof topicUris)[keyof typeof topicUris],
    row: DeviceRow,
    concerns: (peer: Peer) => boolean | Promise<boolean>,
    kwargs: Readonly<Record<string, unknown>>,
  ): void {
    tellConcerned(this.#realm, topic, concerns, kwargs).catch((error: unknown) => {
      this.#log('error', 'news of a device could not be told', { error, topic, device: row.id })
    })
  }

  #newsOf(row: DeviceRow): Readonly<Record<string, unknown>> {
    const news: DeviceNews = {
      device: row.id,
      class: row.class,
      prefix: row.prefix,
      online: isOnline(this.#realm, row),
      attributes: row.attributes,
    }
    return { ...news }
  }

  get #place(): { realm: Realm; ecosystems: Ecosystems } {
    return { realm: this.#realm, ecosystems: this.#ecosystems }
  }
}

function desiredOf(shadow: ShadowRow): Readonly<Record<string, unknown>> {
  const { device, desired, desiredVersion: version } = shadow
  const wish: DesiredState = { device, desired, version }
  return { ...wish }
}
