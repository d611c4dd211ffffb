import type { DomainLog } from './alarms.ts'
import type { SubjectKind } from './store/store.ts'

/**
 * Somebody who may not do anything any more: a disabled person, identity or provider, a quarantined device, a local
 * identity that was revoked.
 */
export interface Fall {
  readonly kind: SubjectKind | 'identity' | 'idp' | 'local'
  readonly id: string
  readonly reason: string
  /** Of an identity. Its person may still come by another one. */
  readonly identity?: {
    readonly issuer: string
    readonly subject: string
    /** Where it does not lead to this person any more. */
    readonly person?: string
  }
  /** Of a provider. */
  readonly issuer?: string
  /** The session that asked for it: denied like all others, and told its answer before it ends. */
  readonly asker?: number
}

export type FallListener = (fall: Fall) => void

/** Tells of falls. By then the fallen is denied already, and the commit is still to come. */
export class Falls {
  readonly #listeners = new Set<FallListener>()
  readonly #log: DomainLog

  constructor(log: DomainLog) {
    this.#log = log
  }

  listen(listener: FallListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** A listener that throws keeps no other from hearing of it, nor the fall from being stored. */
  tell(fall: Fall): void {
    for (const listener of this.#listeners) {
      try {
        listener(fall)
      } catch (error) {
        this.#log('error', 'a listener of falls failed', { ...fall, error })
      }
    }
  }
}
