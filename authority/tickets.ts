import { z } from 'zod'
import type { EngineLog } from '../router/log.ts'
import type { AuthorityLimits } from './limits.ts'
import type { Safekeeping } from './safekeeping.ts'
import { newSecret } from './secrets.ts'

const kind = 'Ticket'

/** What a permission ticket stands for (UMA 2.0 Grant §3.2). */
export interface Ticket {
  readonly wanted: readonly { readonly resource: string; readonly scopes: readonly string[] }[]
  /** Whoever presented the one before it; only that client may present this one. */
  readonly client?: string | undefined
  /** Questions to the owner that are open, by use. */
  readonly approvals: Readonly<Record<string, string>>
  /** When the last of the chain ends. */
  readonly deadlineAt: number
}

const ticketSchema: z.ZodType<Ticket> = z.object({
  wanted: z.array(z.object({ resource: z.string(), scopes: z.array(z.string()) })),
  client: z.string().optional(),
  approvals: z.record(z.string(), z.string()),
  deadlineAt: z.number(),
})

/** Permission tickets: each is good once and for a short time; what it is exchanged for may be the next one. */
export class Tickets {
  readonly #kept: Safekeeping
  readonly #limits: Pick<AuthorityLimits, 'ticketMs' | 'ticketChainMs'>
  readonly #log: EngineLog

  constructor(
    kept: Safekeeping,
    parts: {
      readonly limits: Pick<AuthorityLimits, 'ticketMs' | 'ticketChainMs'>
      readonly log: EngineLog
    },
  ) {
    this.#kept = kept
    this.#limits = parts.limits
    this.#log = parts.log
  }

  /** The first of a chain. */
  first(wanted: Ticket['wanted']): Promise<string> {
    const deadlineAt = this.#kept.clock.now() + this.#limits.ticketChainMs
    return this.next({ wanted, approvals: {}, deadlineAt })
  }

  /** One that goes on where another ended. */
  async next(ticket: Ticket): Promise<string> {
    const name = newSecret('tkt_')
    const leftMs = ticket.deadlineAt - this.#kept.clock.now()
    await this.#kept.put(
      kind,
      name,
      { ...ticket },
      { ttlMs: Math.min(this.#limits.ticketMs, leftMs) },
    )
    return name
  }

  /** Uses a ticket up. `undefined`: it is unknown, expired, used or another client's; the bearer is not told which. */
  async take(name: string, client: string): Promise<Ticket | undefined> {
    const row = await this.#kept.get(kind, name)
    const parsed = ticketSchema.safeParse(row?.payload)
    if (!parsed.success) return undefined
    const ticket = parsed.data
    if (ticket.client !== undefined && ticket.client !== client) return undefined
    if (await this.#kept.consume(kind, name)) return ticket
    this.#log('info', 'a permission ticket was presented again', { client })
    return undefined
  }
}
