import { App } from '../clients/app.ts'
import type { ConnectionState } from '../clients/connection.ts'
import type { Dict } from '../clients/errors.ts'
import { CallError } from '../clients/errors.ts'
import { procedureUris } from '../realms/uris.ts'
import type { CapabilityAction, DiscoveredDevice } from '../realms/uris.ts'
import type { PageConfig, SignedIn } from './sign-in.ts'
import { errorInWords } from './words.ts'

/** A device with what is known of it now. */
export interface DeviceView extends DiscoveredDevice {
  readonly state?: Dict
  /** The URI that is being called. */
  readonly busy?: string
  /** What went wrong the last time. */
  readonly problem?: string
}

export interface HouseView {
  readonly connection: ConnectionState
  /** Absent until the first list. */
  readonly devices?: readonly DeviceView[]
}

/** Devices come and go, and no event tells everybody of that. */
const listEveryMs = 10_000

/** The house as one person may see it: follows the devices that this person may use, and acts on them. */
export class House {
  readonly #app: App
  readonly #show: (view: HouseView) => void
  readonly #unsubscribe = new Map<string, () => Promise<void>>()
  #view: HouseView
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(config: PageConfig, { token }: SignedIn, show: (view: HouseView) => void) {
    this.#show = show
    const url = new URL(config.websocket, location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    this.#app = new App({
      url: url.href,
      realm: config.realm,
      token: () => token,
      onState: (connection) => this.#follow(connection),
      backoff: { shortestMs: 250, longestMs: 5_000 },
    })
    this.#view = { connection: this.#app.state }
  }

  open(): void {
    // Why it gives up is in the state, which is shown.
    this.#app.connect().catch(() => undefined)
    this.#timer = setInterval(() => {
      if (document.visibilityState === 'visible') void this.#list()
    }, listEveryMs)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#app.close()
  }

  /** Calls a procedure of a device and shows how that went. */
  async act(device: DeviceView, uri: string, args: readonly unknown[] = []): Promise<void> {
    this.#change(device.device, { busy: uri }, 'problem')
    try {
      await this.#app.call(uri, args)
      this.#change(device.device, {}, 'busy')
      await this.#readState(device)
    } catch (error) {
      this.#change(device.device, { problem: errorInWords(error) }, 'busy')
      // Perhaps it is no longer ours to use.
      if (error instanceof CallError) await this.#list()
    }
  }

  #follow(connection: ConnectionState): void {
    this.#set({ ...this.#view, connection })
    if (connection.status === 'open') void this.#list()
  }

  async #list(): Promise<void> {
    if (this.#app.state.status !== 'open') return
    try {
      const { devices } = await this.#app.ask(procedureUris.discoveryList, {})
      const known = new Map(this.#view.devices?.map((device) => [device.device, device]))
      this.#set({
        ...this.#view,
        devices: devices.map((device) => ({ ...known.get(device.device), ...device })),
      })
      await Promise.all([
        this.#listen(devices),
        ...devices.map((device) => this.#readState(device)),
      ])
    } catch (error) {
      console.warn('The list of devices did not come:', error)
    }
  }

  async #readState(device: DiscoveredDevice): Promise<void> {
    const uri = `${device.prefix}.state`
    if (!device.online || !may(device, 'call', uri)) return
    try {
      const { args } = await this.#app.call(uri)
      this.#change(device.device, { state: args[0] as Dict })
    } catch (error) {
      console.warn(`${uri} did not answer:`, error)
    }
  }

  /** Subscribes to what is new and leaves what is gone. */
  async #listen(devices: readonly DiscoveredDevice[]): Promise<void> {
    const wanted = new Map<string, DiscoveredDevice>(
      devices
        .map((device) => [`${device.prefix}.on_change`, device] as const)
        .filter(([topic, device]) => may(device, 'subscribe', topic)),
    )
    for (const [topic, unsubscribe] of this.#unsubscribe) {
      if (wanted.has(topic)) continue
      this.#unsubscribe.delete(topic)
      await unsubscribe()
    }
    for (const [topic, { device }] of wanted) {
      if (this.#unsubscribe.has(topic)) continue
      this.#unsubscribe.set(topic, async () => undefined)
      const unsubscribe = await this.#app.subscribe(topic, ({ args }) =>
        this.#change(device, { state: args[0] as Dict }),
      )
      this.#unsubscribe.set(topic, unsubscribe)
    }
  }

  #change(id: string, change: Partial<DeviceView>, without?: 'busy' | 'problem'): void {
    const devices = this.#view.devices?.map((device) => {
      if (device.device !== id) return device
      const changed = { ...device, ...change }
      if (without !== undefined) delete changed[without]
      return changed
    })
    if (devices !== undefined) this.#set({ ...this.#view, devices })
  }

  #set(view: HouseView): void {
    this.#view = view
    this.#show(view)
  }
}

export function may(device: DiscoveredDevice, action: CapabilityAction, uri: string): boolean {
  return device.capabilities.some((each) => each.action === action && each.uri === uri)
}
