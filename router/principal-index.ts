import type { Session } from './session.ts'

const nobody: readonly Session[] = []

/**
 * The sessions of a realm by who they are, so that one party's are found without a look at all others. Who a session
 * is never changes in its life. Most parties have one session: that one is kept without a set around it.
 */
export class PrincipalIndex {
  readonly #byKind = new Map<string, Map<string, Session | Set<Session>>>()

  add(session: Session): void {
    const { kind, authid } = session.principal
    let ofKind = this.#byKind.get(kind)
    if (ofKind === undefined) this.#byKind.set(kind, (ofKind = new Map()))
    const known = ofKind.get(authid)
    if (known === undefined) ofKind.set(authid, session)
    else if (known instanceof Set) known.add(session)
    else if (known !== session) ofKind.set(authid, new Set([known, session]))
  }

  remove(session: Session): void {
    const { kind, authid } = session.principal
    const ofKind = this.#byKind.get(kind)
    const known = ofKind?.get(authid)
    if (known instanceof Set) {
      known.delete(session)
      if (known.size > 0) return
    } else if (known !== session) return
    ofKind?.delete(authid)
    if (ofKind?.size === 0) this.#byKind.delete(kind)
  }

  /** As they are now, the first to have joined first. `kind` `undefined`: of whatever kind. */
  of(kind: string | undefined, authid: string): readonly Session[] {
    if (kind !== undefined) return list(this.#byKind.get(kind)?.get(authid))
    return [...this.#byKind.values()].flatMap((ofKind) => list(ofKind.get(authid)))
  }
}

function list(known: Session | Set<Session> | undefined): readonly Session[] {
  if (known === undefined) return nobody
  return known instanceof Set ? [...known] : [known]
}
