import { App } from '../clients/app.ts'
import type { ConnectionState } from '../clients/connection.ts'
import type { Dict } from '../clients/errors.ts'
import { CallError, JoinRefused } from '../clients/errors.ts'
import { procedureUris } from '../realms/uris.ts'
import type {
  ApprovalNews,
  CapabilityAction,
  DiscoveredDevice,
  PersonalAuthenticator,
} from '../realms/uris.ts'
import { Consents } from './consents.ts'
import type { ConsentView } from './consents.ts'
import { addPasskey, confirmByPasskey, isTurnedDown, NoPasskey } from './passkeys.ts'
import { renew } from './sign-in.ts'
import type { PageConfig, SignedIn } from './sign-in.ts'
import { errorInWords, nameOf, verbInWords, waitsForOwner } from './words.ts'

/** A device with what is known of it now. */
export interface DeviceView extends DiscoveredDevice {
  readonly state?: Dict
  /** The URI that is being called. */
  readonly busy?: string
  /** What went wrong the last time. */
  readonly problem?: string
  /** What the person waits for, or has waited for. */
  readonly news?: string
}

export interface HouseView {
  readonly connection: ConnectionState
  /** The sign-in has ended, and the session with it. */
  readonly expired: boolean
  /** What went wrong with a device that is not shown any more. */
  readonly notice?: string
  /** By what the person confirms. Absent until it is known. */
  readonly authenticators?: readonly PersonalAuthenticator[]
  /** Who asks this person for something, and who has something that is this person's to take back. */
  readonly consents?: ConsentView
  /** Absent until the first list, and when the house has refused this person. */
  readonly devices?: readonly DeviceView[]
}

/** Devices and rights come and go, and no event tells everybody of that. */
const listEveryMs = 3_000

/** How long before its end a token is replaced. */
const renewAheadMs = 60_000
const longestTimerMs = 2 ** 31 - 1

/** The house as one person may see it: follows the devices that this person may use, and acts on them. */
export class House {
  readonly #config: PageConfig
  readonly #app: App
  readonly consents: Consents
  readonly #show: (view: HouseView) => void
  readonly #unsubscribe = new Map<string, () => Promise<void>>()
  readonly #reading = new Set<string>()
  #view: HouseView
  #who: SignedIn
  #looking: ReturnType<typeof setInterval> | undefined
  #isListing = false
  #isListWanted = false
  #renewing: ReturnType<typeof setTimeout> | undefined

  constructor(config: PageConfig, who: SignedIn, show: (view: HouseView) => void) {
    this.#config = config
    this.#who = who
    this.#show = show
    const url = new URL(config.websocket, location.href)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    this.#app = new App({
      url: url.href,
      realm: config.realm,
      token: () => this.#who.token,
      onState: (connection) => this.#follow(connection),
      // As long as a person may look for the watch.
      callTimeoutMs: 60_000,
      backoff: { shortestMs: 250, longestMs: 5_000 },
    })
    this.#view = { connection: this.#app.state, expired: false }
    const me = (): string | undefined => {
      const { state } = this.#app
      return state.status === 'open' ? state.welcome.authid : undefined
    }
    this.consents = new Consents(this.#app, me, (consents) =>
      this.#set({ ...this.#view, consents }),
    )
  }

  open(): void {
    // Why it gives up is in the state, which is shown.
    this.#app.connect().catch(() => undefined)
    // Without a session it is only noted.
    this.consents.open(this.#answered).catch((error: unknown) => {
      console.warn('What owners and guests say is not heard:', error)
    })
    this.#looking = setInterval(this.#look, listEveryMs)
    document.addEventListener('visibilitychange', this.#look)
    this.#renewInTime()
  }

  async close(): Promise<void> {
    clearInterval(this.#looking)
    document.removeEventListener('visibilitychange', this.#look)
    clearTimeout(this.#renewing)
    await this.#app.close()
  }

  /** Calls a procedure of a device and shows how that went. */
  async act(device: DeviceView, uri: string, args: readonly unknown[] = []): Promise<void> {
    const { notice: _notice, ...view } = this.#view
    this.#view = view
    this.#change(device.device, { busy: uri }, 'problem', 'news')
    try {
      await this.#callConfirming(uri, args)
      this.#change(device.device, {}, 'busy')
      await this.#readState(device)
    } catch (error) {
      const problem = isTurnedDown(error) ? 'You have not confirmed it.' : errorInWords(error)
      // To have asked is no failure.
      const said = waitsForOwner(error) ? { news: problem } : { problem }
      this.#change(device.device, said, 'busy')
      // Perhaps it is no longer ours to use.
      if (error instanceof CallError) await this.#list()
    }
  }

  /** An owner has answered what this person had asked for. */
  readonly #answered = ({ device, uri, state }: ApprovalNews): void => {
    const what = verbInWords(uri)
    if (state === 'approved')
      this.#change(device, { news: `The owner agrees: ${what} works now.` }, 'problem')
    else if (state === 'denied')
      this.#change(device, { problem: `The owner says no to this: ${what}.` }, 'news')
  }

  /** Enrols this browser. @throws CallError; what the browser throws */
  async addPasskey(): Promise<void> {
    await addPasskey(this.#app)
    await this.#listAuthenticators()
  }

  /** @throws CallError */
  async removeAuthenticator(id: string): Promise<void> {
    await this.#app.ask(procedureUris.authenticatorRevoke, { id })
    await this.#listAuthenticators()
  }

  /** What takes two factors is confirmed by a passkey in this browser; without one, by the watch or phone. */
  async #callConfirming(uri: string, args: readonly unknown[]): Promise<void> {
    try {
      await this.#app.call(uri, args, {}, { stepUp: confirmByPasskey })
    } catch (error) {
      if (!(error instanceof NoPasskey)) throw error
      await this.#app.call(uri, args, {}, { stepUp: 'push' })
    }
  }

  async #listAuthenticators(): Promise<void> {
    try {
      const { authenticators } = await this.#app.ask(procedureUris.authenticatorList, {})
      this.#set({ ...this.#view, authenticators })
    } catch (error) {
      console.warn('The list of what confirms did not come:', error)
    }
  }

  #follow(connection: ConnectionState): void {
    // Not while the router is away: on the way back from the provider there would be no page.
    const reached = connection.status === 'open' || isRefusal(connection)
    const expired = reached && Date.now() >= this.#who.expiresAt
    // Whoever is refused is shown nothing of the house any more.
    const shown = connection.status === 'closed' ? {} : this.#view
    this.#set({ ...shown, connection, expired })
    if (connection.status !== 'open') return
    void this.#list()
    void this.#listAuthenticators()
    void this.consents.look()
  }

  /** Keeps the session beyond the end of its token, where the provider gives another. */
  #renewInTime(): void {
    const leftMs = this.#who.expiresAt - Date.now()
    // Never at once: a provider whose tokens are short must not be asked in a circle.
    const wishedMs = Math.max(leftMs - renewAheadMs, leftMs / 2, 1_000)
    // A longer one would overflow the browser's timer, and fire at once.
    const delayMs = Math.min(wishedMs, longestTimerMs)
    this.#renewing = setTimeout(() => void this.#renew(), delayMs)
  }

  async #renew(): Promise<void> {
    try {
      const who = await renew(this.#config, this.#who)
      if (who === undefined) return
      this.#who = who
      this.#renewInTime()
      // Without a session the next join brings it.
      if (this.#app.state.status === 'open') await this.#app.refresh(who.token)
    } catch (error) {
      console.warn('The sign-in could not be renewed:', error)
    }
  }

  readonly #look = (): void => {
    if (document.visibilityState !== 'visible') return
    void this.#list()
    void this.consents.look()
  }

  /** One list at a time, so that none is overtaken by an older one; who wants one meanwhile gets a newer one. */
  async #list(): Promise<void> {
    this.#isListWanted = true
    if (this.#isListing) return
    this.#isListing = true
    while (this.#isListWanted && this.#app.state.status === 'open') {
      this.#isListWanted = false
      await this.#listOnce()
    }
    this.#isListing = false
  }

  async #listOnce(): Promise<void> {
    try {
      const { devices } = await this.#app.ask(procedureUris.discoveryList, {})
      const known = new Map(this.#view.devices?.map((device) => [device.device, device]))
      const shown = devices
        .map((device): DeviceView => {
          const before = known.get(device.device)
          if (before === undefined || before.online || !device.online)
            return { ...before, ...device }
          // It was away: what it said before is old.
          const { state: _state, ...rest } = before
          return { ...rest, ...device }
        })
        .toSorted((one, other) => nameOf(one).localeCompare(nameOf(other)))
      for (const { device } of devices) known.delete(device)
      const gone = [...known.values()].find(({ problem }) => problem !== undefined)
      this.#set({
        ...this.#view,
        devices: shown,
        ...(gone?.problem !== undefined && { notice: `${nameOf(gone)}: ${gone.problem}` }),
      })
      // Not waited for: a slow device must not hold up the next list.
      void this.#listen(devices)
      for (const device of devices) void this.#lookAt(device)
    } catch (error) {
      console.warn('The list of devices did not come:', error)
    }
  }

  /** As #readState, unless the last one still waits for its answer. */
  async #lookAt(device: DiscoveredDevice): Promise<void> {
    if (this.#reading.has(device.device)) return
    this.#reading.add(device.device)
    await this.#readState(device)
    this.#reading.delete(device.device)
  }

  async #readState(device: DiscoveredDevice): Promise<void> {
    const uri = `${device.prefix}.state`
    if (!device.online || !may(device, 'call', uri)) return
    try {
      const { args } = await this.#app.call(uri)
      this.#change(device.device, stateFrom(args[0]))
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
      await unsubscribe().catch((error: unknown) => console.warn(`${topic} goes on:`, error))
    }
    for (const [topic, { device }] of wanted) {
      if (this.#unsubscribe.has(topic)) continue
      this.#unsubscribe.set(topic, async () => undefined)
      try {
        // A device that has come back says so by it, long before the next list.
        const unsubscribe = await this.#app.subscribe(topic, ({ args }) =>
          this.#change(device, { ...stateFrom(args[0]), online: true }),
        )
        this.#unsubscribe.set(topic, unsubscribe)
      } catch (error) {
        // The next list tries it again.
        this.#unsubscribe.delete(topic)
        console.warn(`${topic} is not heard:`, error)
      }
    }
  }

  #change(
    id: string,
    change: Partial<DeviceView>,
    ...without: readonly ('busy' | 'problem' | 'news')[]
  ): void {
    const devices = this.#view.devices?.map((device) => {
      if (device.device !== id) return device
      const changed = { ...device, ...change }
      for (const key of without) delete changed[key]
      return changed
    })
    if (devices !== undefined) this.#set({ ...this.#view, devices })
  }

  #set(view: HouseView): void {
    this.#view = view
    this.#show(view)
  }
}

/** What a device says is not ours to trust: anything but a dictionary is no state. */
function stateFrom(said: unknown): { readonly state?: Dict } {
  const isDict = typeof said === 'object' && said !== null && !Array.isArray(said)
  return isDict ? { state: said as Dict } : {}
}

function isRefusal(state: ConnectionState): boolean {
  return state.status === 'closed' && state.error instanceof JoinRefused
}

export function may(device: DiscoveredDevice, action: CapabilityAction, uri: string): boolean {
  return device.capabilities.some((each) => each.action === action && each.uri === uri)
}
