import type { Bounds } from './bounds.ts'
import type { Changes, Commit } from './changes.ts'
import { Epochs, type EpochCounter } from './epochs.ts'
import { DomainError, full, invalid, missing } from './errors.ts'
import { checkRuleProcedure, checkScope, checkText } from './names.ts'
import { PassingRows } from './passing-rows.ts'
import { covers, meets, type Pattern } from './pattern.ts'
import type { AuthorizerRow } from './store/store.ts'

const none: readonly AuthorizerRow[] = []

/** What is to be asked about what. */
export type AuthorizerRule = Omit<AuthorizerRow, 'createdBy' | 'createdAt'>

/**
 * Procedures of integrators that are asked about what people and devices do. What they refuse is refused at once,
 * before that is stored; that the word of one counts instead of the house's own works once it is stored, and no longer
 * than until it is taken back.
 */
export class AuthorizerRules {
  readonly #changes: Changes
  readonly #bounds: Bounds
  readonly #rows: PassingRows<AuthorizerRow>
  readonly #byRealm = new Map<string, readonly AuthorizerRow[]>()
  readonly #epochs = new Epochs()
  readonly #listeners = new Set<(realm: string) => void>()

  constructor(
    parts: { readonly changes: Changes; readonly bounds: Bounds },
    rows: readonly AuthorizerRow[],
  ) {
    this.#changes = parts.changes
    this.#bounds = parts.bounds
    this.#rows = new PassingRows(rows.map((row) => [keyOf(row), row]))
    for (const row of rows) this.#byRealm.set(row.realm, [...this.of(row.realm), row])
  }

  /** Those of a realm, the oldest first. */
  of(realm: string): readonly AuthorizerRow[] {
    return this.#byRealm.get(realm) ?? none
  }

  /** Those that say anything of what is asked for, or of a part of it where that is a pattern. */
  reaching(realm: string, asked: Pattern): readonly AuthorizerRow[] {
    const rows = this.of(realm)
    if (rows.length === 0) return none
    const reaches = asked.match === 'exact' ? covers : meets
    return rows.filter(({ scope }) => patternsOf(scope).some((each) => reaches(each, asked)))
  }

  /** Moves with the rules of a realm. */
  epochOf(realm: string): EpochCounter {
    return this.#epochs.of(realm)
  }

  /** Told of a realm whose rules are others than before. Returns how to stop listening. */
  onChanged(listener: (realm: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Moves with every change at all: what components say from then on has to move it, too. */
  get root(): { readonly value: number; move(): void } {
    return this.#changes.root
  }

  /**
   * Has a procedure asked. What is asked for already stays as it is.
   * @throws DomainError conflict (the procedure is asked about something else, or otherwise); invalid_argument;
   * invalid_state (a bound); unavailable: it only refuses then, until a restart
   */
  async add(rule: AuthorizerRule, by: string): Promise<AuthorizerRow> {
    const { realm, mode } = rule
    const procedure = checkRuleProcedure('procedure', rule.procedure)
    const scope = checkScope('scope', rule.scope)
    const timeoutMs = checkTimeout(rule.timeoutMs, this.#bounds.authorizerTimeoutMs)
    const asked: AuthorizerRule = { realm, procedure, scope, mode, timeoutMs }
    const key = keyOf(asked)
    const known = this.#rows.get(key) ?? this.#rows.stored(key)
    if (known !== undefined && !isSame(known, asked)) throw conflictOf(known)
    if (known === undefined) this.#checkRoom(realm)
    const row: AuthorizerRow = {
      ...asked,
      createdBy: known?.createdBy ?? checkText('by', by),
      createdAt: known?.createdAt ?? this.#changes.clock.now(),
    }
    const order = this.#changes.next()
    if (this.#rows.get(key) === undefined) {
      this.#rows.hold(key, order, { ...row, mode: 'narrow' })
      this.#moved(realm)
    }
    return this.#changes.take(`asking ${procedure}`, async (commit) => {
      await commit([{ kind: 'authorizer.put', row }])
      this.#rows.put(key, order, row)
      this.#moved(realm)
      return row
    })
  }

  /**
   * Has a procedure asked no more: its yes counts no longer at once, its no until that is stored.
   * @throws DomainError not_found; unavailable
   */
  async remove(realm: string, procedure: string): Promise<AuthorizerRow> {
    const key = keyOf({ realm, procedure })
    const row = this.#rows.get(key) ?? this.#rows.stored(key)
    if (row === undefined) throw missing('authorizer', procedure)
    const order = this.#changes.next()
    const replaces = row.mode === 'replace'
    if (replaces) {
      this.#rows.narrow(key, order, row, (stored) => ({ ...stored, mode: 'narrow' }))
      this.#moved(realm)
    }
    const store = async (commit: Commit): Promise<AuthorizerRow> => {
      await commit([{ kind: 'authorizer.delete', row }])
      this.#rows.remove(key, order, row)
      this.#moved(realm)
      return row
    }
    const name = `no longer asking ${procedure}`
    return replaces ? this.#changes.take(name, store) : this.#changes.give(name, store)
  }

  #checkRoom(realm: string): void {
    const { authorizersPerRealm } = this.#bounds
    if (this.of(realm).length >= authorizersPerRealm)
      throw full(`authorizersPerRealm of ${realm}`, authorizersPerRealm)
  }

  #moved(realm: string): void {
    const rows = [...this.#rows.values()].filter((row) => row.realm === realm)
    this.#byRealm.set(
      realm,
      rows.toSorted((a, b) => a.createdAt - b.createdAt),
    )
    this.#epochs.move(realm)
    this.#changes.root.move()
    for (const listener of this.#listeners) listener(realm)
  }
}

/** Whether the rule is about all of what is asked for. */
export function isWithinScope({ scope }: Pick<AuthorizerRow, 'scope'>, asked: Pattern): boolean {
  return patternsOf(scope).some((each) => covers(each, asked))
}

/** A scope that ends in a dot is all that begins so, one that does not is itself, too; an empty one is everything. */
function patternsOf(scope: string): readonly Pattern[] {
  if (scope === '' || scope.endsWith('.')) return [{ uri: scope, match: 'prefix' }]
  return [
    { uri: scope, match: 'exact' },
    { uri: `${scope}.`, match: 'prefix' },
  ]
}

/** Realms have no spaces. */
function keyOf({ realm, procedure }: Pick<AuthorizerRow, 'realm' | 'procedure'>): string {
  return `${realm} ${procedure}`
}

function isSame(one: AuthorizerRule, other: AuthorizerRule): boolean {
  return one.scope === other.scope && one.mode === other.mode && one.timeoutMs === other.timeoutMs
}

function conflictOf({ procedure, scope, mode, timeoutMs }: AuthorizerRow): DomainError {
  const words = `scope "${scope}", mode ${mode}, timeout ${timeoutMs}`
  return new DomainError('conflict', `${procedure} is asked already (${words}): remove it first`)
}

function checkTimeout(value: number, max: number): number {
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw invalid('timeout', value, `1 to ${max} milliseconds`)
  return value
}
