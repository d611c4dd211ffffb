import { Judge, type JudgeOptions } from '../authorizers/judge.ts'
import type { Principal } from '../router/access.ts'
import type { LocalPeer } from '../router/local-peer.ts'
import type { Realm } from '../router/realm.ts'
import { WampError } from '../router/wire/errors.ts'
import type { PayloadValues } from '../router/wire/payload.ts'
import { AskedComponent, type AskedProcedure } from './asked-component.ts'
import { Questions } from './questions.ts'
import { servicePrincipal } from './service-principal.ts'

export type RealmJudgeContext = Pick<JudgeOptions, 'schemas' | 'root' | 'log'>

/** A component that says whether something may be done, in the realm that it is asked in, which may come after it. */
export class RealmJudge {
  readonly judge: Judge
  readonly #procedure: string
  readonly #log: JudgeOptions['log']
  #realm: Realm | undefined
  #questions: Questions | undefined
  #peer: LocalPeer | undefined

  constructor(asked: AskedProcedure, context: RealmJudgeContext) {
    const { procedure } = asked
    this.#procedure = procedure
    this.#log = context.log
    const component = new AskedComponent(asked, () => this.#realm)
    this.judge = new Judge({
      ...context,
      procedure,
      ask: (question, asker) => {
        const ask = async (): Promise<PayloadValues> => component.ask(question())
        return this.#questions === undefined ? ask() : this.#questions.ask(ask, asker)
      },
      principals: () => this.#principals(),
    })
  }

  /** Begins to ask in the realm, and takes word there that rights have changed. */
  attach(realm: Realm): void {
    this.#realm = realm
    this.#questions = new Questions({ clock: realm.clock, limits: realm.limits, log: this.#log })
    this.#peer = realm.local(servicePrincipal)
    this.#peer.register(flushUri(this.#procedure), ({ args, kwargs }) => {
      const [first] = args
      const authid = first ?? kwargs['authid'] ?? undefined
      if (authid !== undefined && typeof authid !== 'string') {
        const text = 'authid must be a string, or absent for everybody'
        throw new WampError('wamp.error.invalid_argument', text)
      }
      this.judge.flush(authid)
      this.#reassess(authid)
    })
  }

  /** Takes no word any more. */
  detach(): void {
    this.#peer?.leave()
    this.#peer = undefined
  }

  /** Those of one name are few; what all have is looked at when it is used. */
  #reassess(authid: string | undefined): void {
    if (authid === undefined) return
    for (const session of this.#realm?.sessionsOf(undefined, authid) ?? []) {
      this.#realm?.reassess(session)
    }
  }

  *#principals(): Iterable<Principal> {
    for (const { principal } of this.#realm?.sessions.values() ?? []) yield principal
  }
}

/**
 * Tells of each procedure that lost who offers it: for good, or for as long as its connection is gone, when it keeps
 * what it offers but word that rights have changed can no longer come from it.
 */
export function watchOffers(realm: Realm, lost: (procedure: string) => void): void {
  realm.dealer.observe({
    added: () => undefined,
    removed: (_callee, { procedure, match }) => {
      if (match === 'exact') lost(procedure)
    },
  })
  realm.observeDetached(({ ledger }) => {
    for (const { procedure, match } of ledger.registrations.values())
      if (match === 'exact') lost(procedure)
  })
}

/** The procedure by which an authorizer says that rights have changed: `[authid]`, or nothing for everybody. */
export function flushUri(procedure: string): string {
  return `${procedure}.flush`
}
