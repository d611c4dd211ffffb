import { Option, type Command } from 'commander'
import { usage } from './failure.ts'
import type { PlaceOptions } from './place.ts'

/** What every command takes. */
export interface CommonOptions extends PlaceOptions {
  readonly json?: boolean
}

export const defaultDir = './latchkey-data'

/** `--json` and `--dir`. */
export function common(command: Command): Command {
  return command
    .addOption(new Option('--dir <folder>', 'data folder').env('LATCHKEY_DIR').default(defaultDir))
    .option('--json', 'print JSON, for programs')
}

/** `--realm`, for what is done in one realm. */
export function inRealm(command: Command): Command {
  return command.option('--realm <uri>', 'realm; needed only where the data folder has several')
}

/** Who to be, for what others than the operator do, too. */
export function withIdentity(command: Command): Command {
  return command
    .option('--token-file <file>', 'join with the token in this file, instead of as operator')
    .option('--token <token>', 'join with this token (others on this machine may see it)')
    .option('--authid <id>', 'name of the configured component whose ticket it is')
    .option('--url <url>', "where to join with a token; absent: the data folder's WebSocket")
}

/** What is JSON is taken as that, what is not as a text: `true`, `12`, `{"a":1}`, `hello`. */
export function jsonOrText(argument: string): unknown {
  try {
    return JSON.parse(argument) as unknown
  } catch {
    return argument
  }
}

/** The dictionary in `--kwargs`. */
export function dictOf(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {}
  const value = jsonOrText(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>
  throw usage(`--kwargs: found ${text}, allowed is a JSON dictionary`)
}

/** A whole number of an option. */
export function wholeNumber(flag: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max)
      throw usage(`${flag}: found ${text}, allowed is a whole number from ${min} to ${max}`)
    return value
  }
}
