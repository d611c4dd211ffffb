import { z } from 'zod'
import type { Exchange } from './exchange.ts'
import { HttpProblem, invalidRequest } from './http-problem.ts'
import type { AuthorityLimits } from './limits.ts'
import { paths } from './paths.ts'
import type { Owner, Resource, Resources } from './resources.ts'
import type { Ticket, Tickets } from './tickets.ts'

const permissionSchema = z.object({
  resource_id: z.string(),
  resource_scopes: z.array(z.string()).default([]),
})

/** The protection API (UMA 2.0 Federated Authorization §3, §4): what resource servers do in their owners' name. */
export class Protection {
  readonly #resources: Resources
  readonly #tickets: Tickets
  readonly #limits: Pick<AuthorityLimits, 'permissions' | 'scopes'>

  constructor(parts: {
    readonly resources: Resources
    readonly tickets: Tickets
    readonly limits: Pick<AuthorityLimits, 'permissions' | 'scopes'>
  }) {
    this.#resources = parts.resources
    this.#tickets = parts.tickets
    this.#limits = parts.limits
  }

  /** `/oauth/uma/permissions`: what somebody without a token tried, for a ticket. @throws HttpProblem */
  async permissions(exchange: Exchange, owner: Owner): Promise<void> {
    exchange.allow('POST')
    const body = await exchange.json()
    const list: readonly unknown[] = Array.isArray(body) ? body : [body]
    if (list.length === 0 || list.length > this.#limits.permissions)
      throw invalidRequest(`1 to ${this.#limits.permissions} permissions can be asked for`)
    const wanted: Ticket['wanted'][number][] = []
    for (const each of list) wanted.push(await this.#wanted(owner, each))
    exchange.send(201, { ticket: await this.#tickets.first(wanted) })
  }

  /** `/oauth/uma/resources`. @throws HttpProblem */
  async resources(exchange: Exchange, owner: Owner): Promise<void> {
    exchange.allow('GET', 'HEAD', 'POST')
    if (exchange.method !== 'POST') return exchange.send(200, await this.#resources.list(owner))
    const { id } = await this.#resources.create(owner, await exchange.json())
    exchange.send(201, { _id: id }, { location: `${paths.resources}/${id}` })
  }

  /** `/oauth/uma/resources/{id}`. @throws HttpProblem */
  async resource(exchange: Exchange, owner: Owner, id: string): Promise<void> {
    exchange.allow('GET', 'HEAD', 'PUT', 'DELETE')
    switch (exchange.method) {
      case 'PUT':
        await this.#resources.update(owner, id, await exchange.json())
        return exchange.send(200, { _id: id })
      case 'DELETE':
        await this.#resources.remove(owner, id)
        return exchange.send(204)
      default:
        return exchange.send(200, view(await this.#resources.require(owner, id)))
    }
  }

  async #wanted(owner: Owner, body: unknown): Promise<Ticket['wanted'][number]> {
    const parsed = permissionSchema.safeParse(body)
    if (!parsed.success)
      throw invalidRequest('each permission has a resource_id and a list of resource_scopes')
    const { resource_id: id, resource_scopes: asked } = parsed.data
    const resource = await this.#resources.require(owner, id).catch(() => {
      throw new HttpProblem(400, 'invalid_resource_id', 'there is no such resource')
    })
    if (!this.#resources.isOwned(owner, resource))
      throw new HttpProblem(400, 'invalid_resource_id', 'there is no such resource')
    const scopes = [...new Set(asked)]
    if (scopes.length === 0) throw new HttpProblem(400, 'invalid_scope', 'a scope is needed')
    for (const scope of scopes)
      if (this.#resources.useOf(resource, scope) === undefined)
        throw new HttpProblem(400, 'invalid_scope', 'the resource has no such scope')
    return { resource: id, scopes }
  }
}

function view({ id, device, description }: Resource): Readonly<Record<string, unknown>> {
  return { _id: id, ...description, device }
}
