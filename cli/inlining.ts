import { setFlagsFromString } from 'node:v8'

/**
 * Lets V8 put more of the path of a message into one function: its own bound is made for programs that are many things
 * (1.1 times the calls of a router, measured as `npm run bench -- --compare` does). To be called before the router is
 * loaded, and only in a process that is nothing but a router: whoever embeds it decides for the whole of theirs.
 */
export function inlineMore(): void {
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=2000')
}
