import { plainJson } from './announcement.ts'
import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import { DomainError, invalid } from './errors.ts'
import type { ShadowRow } from './store/store.ts'

type State = ShadowRow['desired']

/** Somebody wishes a device to be like this now. */
export type DesiredListener = (shadow: ShadowRow) => void

const deepest = 16

/** What devices are wished to be like, and what they last said they are: readable while they sleep. */
export class Shadows {
  readonly #changes: Changes
  readonly #bounds: Bounds
  /** Bounded by the devices. */
  readonly #shadows = new Map<string, ShadowRow>()
  readonly #listeners = new Set<DesiredListener>()

  constructor(
    parts: { readonly changes: Changes; readonly bounds: Bounds },
    rows: readonly ShadowRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    for (const row of rows) this.#shadows.set(row.device, row)
  }

  /** What is known of a device; at version 0 nothing was wished or said. */
  get(device: string): ShadowRow {
    return (
      this.#shadows.get(device) ?? {
        device,
        desired: {},
        desiredVersion: 0,
        desiredAt: 0,
        desiredBy: '',
        deliveredVersion: 0,
        reported: {},
        reportedVersion: 0,
        reportedAt: 0,
      }
    )
  }

  /** The wish that the device has not taken yet. */
  pending(device: string): ShadowRow | undefined {
    const row = this.#shadows.get(device)
    return row !== undefined && row.desiredVersion > row.deliveredVersion ? row : undefined
  }

  /** Tells of each wish once it is stored. Listeners must not throw. Returns how to stop listening. */
  onDesired(listener: DesiredListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /**
   * Merges a wish into those before it: `null` takes a key away (RFC 7386).
   * @param wish `version`: that of the wishes it was made on; another is a conflict. `by`: who wishes, as `kind:id`
   * @throws DomainError conflict, invalid_argument, unavailable
   */
  async setDesired(
    device: string,
    wish: { readonly desired: State; readonly version?: number; readonly by: string },
  ): Promise<ShadowRow> {
    checkState('desired', wish.desired)
    const row = await this.#changes.give(`wish for device ${device}`, async (commit) => {
      const before = this.get(device)
      const { desiredVersion } = before
      if (wish.version !== undefined && wish.version !== desiredVersion)
        throw new DomainError(
          'conflict',
          `version: found ${wish.version}, the desired state is at ${desiredVersion}`,
        )
      const after: ShadowRow = {
        ...before,
        desired: this.#bounded('desired', merged(before.desired, wish.desired)),
        desiredVersion: desiredVersion + 1,
        desiredAt: this.#changes.clock.now(),
        desiredBy: wish.by,
      }
      await commit([{ kind: 'shadow.put', row: after }])
      this.#shadows.set(device, after)
      return after
    })
    for (const listener of this.#listeners) listener(row)
    return row
  }

  /**
   * Merges what a device says of itself.
   * @param report `version`: of the wish that the device has taken, which it gets no more then
   * @throws DomainError invalid_argument, unavailable
   */
  async report(
    device: string,
    report: { readonly reported?: State; readonly version?: number },
  ): Promise<ShadowRow> {
    const { reported, version } = report
    if (reported !== undefined) checkState('reported', reported)
    return this.#changes.give(
      `report of device ${device}`,
      async (commit) => {
        const before = this.get(device)
        if (version !== undefined && version > before.desiredVersion)
          throw invalid('version', version, `at most ${before.desiredVersion}`)
        const after: ShadowRow = {
          ...before,
          deliveredVersion: Math.max(before.deliveredVersion, version ?? 0),
          ...(reported !== undefined && {
            reported: this.#bounded('reported', merged(before.reported, reported)),
            reportedVersion: before.reportedVersion + 1,
            reportedAt: this.#changes.clock.now(),
          }),
        }
        await commit([{ kind: 'shadow.put', row: after }])
        this.#shadows.set(device, after)
        return after
      },
      'outside',
    )
  }

  /** Forgets what was wished and said, at once: what the device's owner meant is nothing to the next one. */
  async forget(device: string): Promise<void> {
    if (!this.#shadows.has(device)) return
    this.#shadows.set(device, emptied(this.get(device)))
    await this.#changes.take(`the shadow of device ${device}`, async (commit) => {
      // Wishes that came before it are in it by now.
      const row = emptied(this.get(device))
      await commit([{ kind: 'shadow.put', row }])
      this.#shadows.set(device, row)
    })
  }

  #bounded(key: string, state: State): State {
    return plainJson(key, state, this.#bounds.shadowBytes)
  }
}

/** Versions never come again: whoever wishes on an older one is told so. */
function emptied(row: ShadowRow): ShadowRow {
  const desiredVersion = row.desiredVersion + 1
  const reportedVersion = row.reportedVersion + 1
  const empty = { desired: {}, desiredBy: '', reported: {} }
  return { ...row, ...empty, desiredVersion, deliveredVersion: desiredVersion, reportedVersion }
}

/** An object that is not too deep to be walked through. */
function checkState(key: string, value: unknown): void {
  if (!isObject(value)) throw invalid(key, value, 'an object')
  if (depthOf(value) > deepest) throw invalid(key, 'deeper nesting', `at most ${deepest} levels`)
}

function depthOf(value: unknown, seen = 0): number {
  if (typeof value !== 'object' || value === null || seen > deepest) return seen
  let depth = seen + 1
  for (const each of Object.values(value)) depth = Math.max(depth, depthOf(each, seen + 1))
  return depth
}

/** RFC 7386. Own keys are made without any setter: `__proto__` is a key like any other. */
function merged(before: State, patch: State): State {
  const result = new Map(Object.entries(before))
  for (const [key, value] of Object.entries(patch)) {
    const old = result.get(key)
    if (value === null) result.delete(key)
    else if (isObject(value)) result.set(key, merged(isObject(old) ? old : {}, value))
    else result.set(key, value)
  }
  return Object.fromEntries(result)
}

function isObject(value: unknown): value is State {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
