import { Epochs, type EpochCounter } from './epochs.ts'
import { covers, meets, type Pattern } from './pattern.ts'
import type { CapabilityAction, LevelPolicyRow } from './store/store.ts'

/** What levels mean in an ecosystem beyond what its capabilities ask for. */
export class LevelPolicies {
  readonly #byEcosystem = new Map<string, readonly LevelPolicyRow[]>()
  readonly #epochs = new Epochs()

  constructor(rows: readonly LevelPolicyRow[]) {
    for (const row of rows) this.#byEcosystem.set(row.ecosystem, [...this.of(row.ecosystem), row])
  }

  of(ecosystem: string): readonly LevelPolicyRow[] {
    return this.#byEcosystem.get(ecosystem) ?? []
  }

  /** A no goes before a yes; `undefined`: nothing is said, and the required level decides. */
  effectAt(
    ecosystem: string,
    level: number,
    action: CapabilityAction,
    asked: Pattern,
  ): 'allow' | 'deny' | undefined {
    let effect: 'allow' | undefined
    for (const row of this.of(ecosystem)) {
      const reached = row.effect === 'deny' ? level >= row.level : level <= row.level
      if (!reached || !row.actions.includes(action)) continue
      // A pattern that reaches something forbidden is forbidden; one that reaches more than is allowed is not allowed.
      if (row.effect === 'deny' && meets(row, asked)) return 'deny'
      if (row.effect === 'allow' && covers(row, asked)) effect = 'allow'
    }
    return effect
  }

  epochOf(ecosystem: string): EpochCounter {
    return this.#epochs.of(ecosystem)
  }
}
