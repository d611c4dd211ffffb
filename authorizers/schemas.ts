import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { PayloadCheck, Validation } from '../router/access.ts'
import type { Payload } from '../router/wire/payload.ts'
import { jsonView } from './json-view.ts'

/** A JSON Schema (2020-12), of its own: it can refer to nothing outside. */
export type JsonSchema = boolean | Readonly<Record<string, unknown>>

/** What a payload must be like; absent: anything. An absent list is taken as empty, and so is an absent dictionary. */
export interface PayloadSchema {
  readonly args?: JsonSchema | undefined
  readonly kwargs?: JsonSchema | undefined
}

/** Which schema is for which message of a procedure or topic, by name. */
export interface SchemaNames {
  readonly call?: string | undefined
  /** Absent: as `call`. */
  readonly callProgress?: string | undefined
  readonly callResult?: string | undefined
  /** Absent: as `callResult`. */
  readonly callResultProgress?: string | undefined
  readonly callError?: string | undefined
  readonly event?: string | undefined
}

/** What the specification's catalogue calls them (catalog/src/wamp-auth.fbs, Validate). */
export const validationKeys: Readonly<Record<string, keyof SchemaNames>> = {
  call: 'call',
  call_progress: 'callProgress',
  call_result: 'callResult',
  call_result_progress: 'callResultProgress',
  call_error: 'callError',
  event: 'event',
}

/** The longest schema, as characters of JSON. */
export const longestSchema = 65_536
/** The longest text on what is wrong with a payload. */
const longestFault = 200

/** The named schemas of a realm, compiled once. */
export class Schemas {
  readonly #faults = new Map<string, PayloadCheck>()

  /** @throws Error naming the schema and what is wrong with it */
  constructor(named: Readonly<Record<string, PayloadSchema>>) {
    // What is inherited is nobody's argument; what is not in the schema's language stops the start.
    const ajv = new Ajv2020({
      strictSchema: true,
      strictNumbers: true,
      strictTypes: false,
      strictTuples: false,
      ownProperties: true,
      addUsedSchema: false,
      logger: false,
    })
    for (const [name, { args, kwargs }] of Object.entries(named)) {
      const [ofArgs, ofKwargs] = [
        args === undefined ? undefined : compiled(ajv, args, `${name}.args`),
        kwargs === undefined ? undefined : compiled(ajv, kwargs, `${name}.kwargs`),
      ]
      this.#faults.set(name, (payload) => faultOf(payload, ofArgs, ofKwargs))
    }
  }

  has(name: string): boolean {
    return this.#faults.has(name)
  }

  /** @throws Error naming the schema that is not there */
  validation(names: SchemaNames, refusesSealed = false): Validation {
    const call = this.#named(names.call, 'the call')
    const callProgress = this.#named(names.callProgress, 'the call') ?? call
    const callResult = this.#named(names.callResult, 'the result')
    const callResultProgress = this.#named(names.callResultProgress, 'the result') ?? callResult
    const callError = this.#named(names.callError, "the callee's error")
    const event = this.#named(names.event, 'the event')
    return {
      ...(call !== undefined && { call }),
      ...(callProgress !== undefined && { callProgress }),
      ...(callResult !== undefined && { callResult }),
      ...(callResultProgress !== undefined && { callResultProgress }),
      ...(callError !== undefined && { callError }),
      ...(event !== undefined && { event }),
      refusesSealed,
    }
  }

  #named(name: string | undefined, what: string): PayloadCheck | undefined {
    if (name === undefined) return undefined
    const check = this.#faults.get(name)
    if (check === undefined) throw new Error(`there is no schema "${name}"`)
    return (payload) => {
      const fault = check(payload)
      return fault === undefined ? undefined : bounded(`${what} does not fit: ${fault}`)
    }
  }
}

function compiled(ajv: Ajv2020, schema: JsonSchema, name: string): ValidateFunction {
  const { length } = JSON.stringify(schema)
  if (length > longestSchema) {
    throw new Error(`${name} has ${length} characters, allowed are ${longestSchema}`)
  }
  try {
    const validate = ajv.compile(schema)
    // Its answer would come later, and a promise would be taken for yes.
    if ('$async' in validate) throw new Error('$async is not allowed')
    return validate
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

/** Fails closed: what cannot be looked at does not fit. */
function faultOf(
  payload: Payload,
  ofArgs: ValidateFunction | undefined,
  ofKwargs: ValidateFunction | undefined,
): string | undefined {
  try {
    const { args = [], kwargs = {} } = payload.values()
    if (ofArgs !== undefined && !ofArgs(jsonView(args))) return textOf('args', ofArgs.errors)
    if (ofKwargs !== undefined && !ofKwargs(jsonView(kwargs))) {
      return textOf('kwargs', ofKwargs.errors)
    }
    return undefined
  } catch {
    return 'it cannot be read'
  }
}

/** Where and what: of the payload itself only the path is repeated. */
function textOf(root: string, errors: ErrorObject[] | null | undefined): string {
  const [first] = errors ?? []
  return `${root}${first?.instancePath ?? ''} ${first?.message ?? 'is not as it must be'}`
}

function bounded(text: string): string {
  return text.length > longestFault ? `${text.slice(0, longestFault - 1)}…` : text
}
