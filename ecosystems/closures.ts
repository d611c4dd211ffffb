import type { Changes } from './changes.ts'
import type { Devices } from './devices.ts'
import type { EcosystemDirectory } from './ecosystem-directory.ts'
import { DomainError } from './errors.ts'
import type { Subject } from './grants.ts'
import type { Groups } from './groups.ts'
import type { Spans } from './spans.ts'
import type { EcosystemRow } from './store/store.ts'

const mostNamed = 5

/** How an ecosystem ends: nobody has anything in it any more, and nothing is left that would hang in the air. */
export class Closures {
  readonly #changes: Changes
  readonly #directory: EcosystemDirectory
  readonly #devices: Devices
  readonly #spans: Spans
  readonly #groups: Groups
  readonly #partiesIn: (ecosystem: string) => readonly Subject[]
  readonly #lost: (party: Subject) => void
  readonly #disowned: (devices: ReadonlySet<string>) => Promise<void>

  constructor(parts: {
    readonly changes: Changes
    readonly directory: EcosystemDirectory
    readonly devices: Devices
    readonly spans: Spans
    readonly groups: Groups
    /** Everybody who was given anything in an ecosystem, or in one that spans it. */
    readonly partiesIn: (ecosystem: string) => readonly Subject[]
    /** Told of whoever has less now. */
    readonly lost: (party: Subject) => void
    /** Takes from devices, at once, what they were given as somebody's; resolves when that is stored. */
    readonly disowned: (devices: ReadonlySet<string>) => Promise<void>
  }) {
    this.#changes = parts.changes
    this.#directory = parts.directory
    this.#devices = parts.devices
    this.#spans = parts.spans
    this.#groups = parts.groups
    this.#partiesIn = parts.partiesIn
    this.#lost = parts.lost
    this.#disowned = parts.disowned
  }

  /**
   * Deletes an ecosystem, at once; resolves when that is stored, all or nothing. Its devices leave it, its groups end,
   * nothing spans it and it spans nothing. Grants in it are history. Its id is not used again.
   * @param force also when devices are in no other ecosystem: those have no owner then, and can be claimed anew. What
   *   they were given elsewhere, and whatever was delegated to them, is taken from them.
   * @throws DomainError not_found; invalid_state while devices are in no other; unavailable when it holds in memory only
   */
  async close(id: string, { force }: { readonly force: boolean }): Promise<EcosystemRow> {
    const alone = this.#devices
      .list()
      .filter(({ ecosystems }) => ecosystems.length === 1 && ecosystems[0] === id)
    if (alone.length > 0 && !force)
      throw new DomainError(
        'invalid_state',
        `ecosystem ${id} is the only one of ${alone.length} devices (${alone
          .slice(0, mostNamed)
          .map((each) => each.id)
          .join(', ')}${alone.length > mostNamed ? ', …' : ''}); allowed is an empty one, or force`,
      )
    const order = this.#changes.next()
    const concerned = this.#partiesIn(id)
    const ecosystem = this.#directory.end(id, order)
    const spans = this.#spans.leave(id, order)
    const groups = this.#groups.leave(id, order)
    const devices = this.#devices.leave(id, order)
    concerned.forEach(this.#lost)
    const disowned = this.#disowned(new Set(alone.map((each) => each.id)))
    const closed = this.#changes.take(`deleting ecosystem ${id}`, async (commit) => {
      const row = ecosystem.row()
      await commit([
        { kind: 'ecosystem.put', row },
        ...spans.rows.map((each) => ({ kind: 'ecosystemEdge.delete', row: each }) as const),
        ...groups.groups().map((each) => ({ kind: 'group.put', row: each }) as const),
        ...devices.rows().map((each) => ({ kind: 'device.put', row: each }) as const),
      ])
      for (const part of [ecosystem, spans, groups, devices]) part.stored()
      return row
    })
    const [row] = await Promise.all([closed, disowned])
    return row
  }
}
