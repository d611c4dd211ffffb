import type { Action, Decision, Principal } from './access.ts'
import type { Audience } from './audience.ts'
import { actionsFor, decideFirst, DefinitionRight } from './definition-right.ts'
import type { Gate } from './gate.ts'
import type { Limits } from './limits.ts'
import type { OwnProcedure } from './own-procedure.ts'
import type { Peer } from './peer.ts'
import {
  definitionFault,
  definitionTypes,
  type DefinitionType,
  type ReflectedDefinition,
} from './reflection-definition.ts'
import { WampError } from './wire/errors.ts'
import { isDict } from './wire/message.ts'
import { isReserved } from './wire/uri.ts'

/** What reflection needs of the realm it is in. */
export interface ReflectionContext {
  readonly gate: Gate
  readonly limits: Pick<
    Limits,
    'definitions' | 'realmDefinitions' | 'definitionBytes' | 'procedureMs'
  >
  /** Makes a procedure of the router's own. */
  readonly serve: (procedure: string, handle: OwnProcedure) => void
  /** Publishes an event of the router's own to those whom `audience` lets. */
  readonly announce: (topic: string, args: readonly unknown[], audience: Audience) => void
}

interface Entry {
  readonly definition: ReflectedDefinition
  /** `undefined`: the configuration. */
  readonly definer: Peer | undefined
  /** The definer's, by which it stands; `undefined`: it is the configuration's. */
  readonly right: DefinitionRight | undefined
}

/**
 * What procedures, topics and errors of a realm are, as those who offer them say
 * (rfc/text/advanced/interface_reflection.md). A definition belongs to the session that made it and ends with it;
 * nobody sees one of a procedure that it may not call, or of a topic that it may not subscribe to.
 */
export class Reflection {
  readonly #context: ReflectionContext
  readonly #entries: Readonly<Record<DefinitionType, Map<string, Entry>>> = {
    procedure: new Map(),
    topic: new Map(),
    error: new Map(),
  }
  readonly #byDefiner = new Map<Peer, Set<Entry>>()
  /** Those whose rights are asked about elsewhere, as far as events have shown it. */
  readonly #askedElsewhere = new WeakSet<Principal>()

  constructor(configured: readonly ReflectedDefinition[], context: ReflectionContext) {
    this.#context = context
    for (const definition of configured) {
      this.#entries[definition.type].set(definition.uri, {
        definition,
        definer: undefined,
        right: undefined,
      })
    }
    for (const type of definitionTypes) {
      context.serve(`wamp.reflection.${type}.list`, (caller) => this.#list(caller, type))
      context.serve(`wamp.reflection.${type}.describe`, async (caller, { args = [] }) => {
        const [first = null] = await this.#visible(caller, uriOf(args), [type])
        return { args: [first] }
      })
    }
    context.serve('wamp.reflect.describe', async (caller, { args = [] }) => ({
      args: [await this.#visible(caller, uriOf(args), definitionTypes)],
    }))
    context.serve('wamp.reflect.define', (caller, { args = [] }) => this.#define(caller, args))
  }

  /** Number of definitions. */
  get size(): number {
    const { procedure, topic, error } = this.#entries
    return procedure.size + topic.size + error.size
  }

  async #list(caller: Peer, type: DefinitionType): Promise<{ args: unknown[] }> {
    const uris: string[] = []
    const entries = Array.from(this.#entries[type].values())
    const isWaitedFor = this.#patienceOf(caller)
    for (const entry of entries) {
      // Where rights are asked about elsewhere there can be thousands of questions.
      if (!isWaitedFor()) break
      if (await this.#shows(caller, entry)) uris.push(entry.definition.uri)
    }
    return { args: [uris] }
  }

  /** Those under this URI. What is hidden is answered as what is not there. */
  async #visible(
    caller: Peer,
    uri: string,
    types: readonly DefinitionType[],
  ): Promise<ReflectedDefinition[]> {
    const found: ReflectedDefinition[] = []
    for (const type of types) {
      const entry = this.#entries[type].get(uri)
      if (entry !== undefined && (await this.#shows(caller, entry))) found.push(entry.definition)
    }
    return found
  }

  /** Nobody is shown what its definer may not offer any more. */
  async #shows(caller: Peer, entry: Entry): Promise<boolean> {
    return (await this.#sees(caller, entry)) && (await this.#stands(entry))
  }

  /** A definition whose definer has lost its right ends. */
  async #stands(entry: Entry): Promise<boolean> {
    const standing = (await entry.right?.standing()) ?? 'held'
    if (standing === 'withdrawn') this.#end(entry)
    return standing === 'held'
  }

  /** A peer's rights may have changed: what it has defined and may no longer offer ends now. */
  reassess(peer: Peer): void {
    for (const entry of this.#byDefiner.get(peer) ?? []) void this.#stands(entry)
  }

  /** Errors are no secret to those who may ask for them at all: nobody has rights to them. */
  #sees(peer: Peer, { definition, definer }: Entry): boolean | Promise<boolean> {
    const { type, uri } = definition
    if (type === 'error' || peer === definer) return true
    const decision = this.#decide(peer, type === 'procedure' ? 'call' : 'subscribe', uri)
    return decision instanceof Promise ? decision.then(({ allow }) => allow) : decision.allow
  }

  /** Whether an answer is of use still: one that takes longer than `procedureMs` has been given up. */
  #patienceOf(caller: Peer): () => boolean {
    const { gate, limits } = this.#context
    const until = gate.now() + limits.procedureMs
    return () => !caller.gone && gate.now() < until
  }

  #decide(peer: Peer, action: Action, uri: string): Decision | Promise<Decision> {
    const { gate } = this.#context
    const known = action === 'call' ? gate.known(peer, 'call', uri, gate.now()) : undefined
    return known ?? gate.decide(peer, action, uri)
  }

  /** `[uri, {type, …}]` defines; `[uri, null]` takes back all that the session has defined under the URI. */
  async #define(definer: Peer, args: readonly unknown[]): Promise<void> {
    const uri = uriOf(args)
    const [, given] = args
    if (given === null) return this.#undefine(definer, uri)
    if (!isDict(given)) {
      throw invalid('a definition must be a dictionary with a type, or null to take it back')
    }
    const { type, uri: _uri, ...description } = given
    const { limits } = this.#context
    const fault = definitionFault(uri, type, description, limits.definitionBytes)
    if (fault !== undefined) throw invalid(fault)
    const definition: ReflectedDefinition = { ...description, uri, type: type as DefinitionType }
    const isWaitedFor = this.#patienceOf(definer)
    const right = await this.#require(definer, definition)
    const before = this.#entries[definition.type].get(uri)
    // Whose right was withdrawn keeps nobody else from saying what it is.
    if (before !== undefined && before.definer !== definer) await this.#stands(before)
    // It may have left while its right was asked for, or been told that it failed: nothing of it may stay behind.
    if (!isWaitedFor()) return
    this.#add(definer, definition, right)
  }

  /** Only who may offer something may say what it is. Returns by what it may. */
  async #require(definer: Peer, { type, uri }: ReflectedDefinition): Promise<Decision> {
    if (isReserved(uri)) throw invalid('the first component "wamp" is reserved')
    const { gate } = this.#context
    const decisions = await decideFirst(gate, definer, uri, actionsFor(type))
    const last = decisions.at(-1)?.decision
    if (last?.allow === true) return last
    for (const { action, decision } of decisions) gate.applied(definer, action, uri, decision)
    const { reason = 'wamp.error.not_authorized', details } = last ?? {}
    throw new WampError(reason, 'not authorized', details === undefined ? {} : { kwargs: details })
  }

  #add(definer: Peer, definition: ReflectedDefinition, decision: Decision): void {
    const { limits } = this.#context
    const { type, uri } = definition
    const entries = this.#entries[type]
    const before = entries.get(uri)
    if (before !== undefined && before.definer !== definer) {
      throw invalid(`${uri} is defined by another`)
    }
    const own = this.#byDefiner.get(definer) ?? new Set()
    if (before === undefined && own.size >= limits.definitions) {
      throw full(`more than ${limits.definitions} definitions in one session`)
    }
    if (before === undefined && this.size >= limits.realmDefinitions) {
      throw full(`more than ${limits.realmDefinitions} definitions in the realm`)
    }
    const right = new DefinitionRight(definer, definition, decision, this.#context.gate)
    const entry: Entry = { definition, definer, right }
    if (before !== undefined) own.delete(before)
    own.add(entry)
    this.#byDefiner.set(definer, own)
    entries.set(uri, entry)
    this.#announce('wamp.reflect.on_define', [definition], entry)
  }

  #undefine(definer: Peer, uri: string): void {
    const own = this.#byDefiner.get(definer)
    for (const entry of own ?? []) {
      if (entry.definition.uri === uri) this.#end(entry)
    }
  }

  /** Takes away what a session has defined; it may have gone by itself meanwhile. */
  #end(entry: Entry): void {
    const { definer } = entry
    const own = definer && this.#byDefiner.get(definer)
    if (definer === undefined || own?.delete(entry) !== true) return
    if (own.size === 0) this.#byDefiner.delete(definer)
    this.#remove(entry)
  }

  /** The peer is gone: so is what it has defined, in this step. */
  leave(peer: Peer): void {
    const own = this.#byDefiner.get(peer)
    if (own === undefined) return
    this.#byDefiner.delete(peer)
    for (const entry of own) this.#remove(entry)
  }

  #remove(entry: Entry): void {
    const { type, uri } = entry.definition
    this.#entries[type].delete(uri)
    this.#announce('wamp.reflect.on_undefine', [uri, type], entry)
  }

  #announce(topic: string, args: readonly unknown[], entry: Entry): void {
    this.#context.announce(topic, args, (peer) => this.#isTold(peer, entry))
  }

  /**
   * Events wait for nobody: who would have to be asked about elsewhere is not told. That is found out once: else each
   * definition would be as many questions as there are listeners, and nobody would wait for the answers.
   */
  #isTold(peer: Peer, entry: Entry): boolean {
    const { principal } = peer
    if (this.#askedElsewhere.has(principal)) return false
    const sees = this.#sees(peer, entry)
    if (!(sees instanceof Promise)) return sees
    this.#askedElsewhere.add(principal)
    return false
  }
}

function uriOf([uri]: readonly unknown[]): string {
  if (typeof uri !== 'string') throw invalid('the first argument must be a URI')
  return uri
}

function invalid(text: string): WampError {
  return new WampError('wamp.error.invalid_argument', text)
}

function full(text: string): WampError {
  return new WampError('wamp.error.unavailable', text)
}
