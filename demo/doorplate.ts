import { basename, relative, resolve } from 'node:path'
import { levels } from './furnishing.ts'
import { home } from './house-config.ts'
import type { Person } from './people.ts'

/** What `latchkey` commands take without `--dir`. */
const defaultDir = 'latchkey-data'

const meanings: Readonly<Record<string, string>> = {
  owner: 'everything',
  friend: 'all but the safe',
  guest: 'all but the safe',
}

/** What the demo says when it is up: where it is, who may come in, and what to try next. */
export function doorplate(
  place: { readonly dir: string; readonly url: string; readonly webSocket: string },
  people: readonly Person[],
): string {
  const command = commandName()
  const isDefault = resolve(place.dir) === resolve(defaultDir)
  const dir = isDefault ? '' : ` --dir ${quoted(pathFromHere(place.dir))}`
  const accounts = people.map(({ name, password }) => {
    const level = levels[name]
    const may = level === undefined ? '' : `  level ${level}: ${meanings[name] ?? ''}`
    return `    ${name.padEnd(7)} ${password}${may}`
  })
  const tries: readonly (readonly [string, string])[] = [
    [`${command} demo token guest${dir} > guest.jwt`, ''],
    [`${command} call lamp.switch true --token-file guest.jwt${dir}`, 'the lamp is on'],
    [`${command} call safe.open --token-file guest.jwt${dir}`, 'not for a guest …'],
    [`${command} grant create --to guest --ecosystem home --level 1${dir}`, '… until you say so'],
    [`${command} grant revoke ID${dir}`, 'the ID that this printed'],
    [
      `${command} step-up door.unlock --with watch --token-file guest.jwt${dir}`,
      'the watch agrees',
    ],
    [`${command} person disable guest${dir}`, 'and back: person enable guest'],
  ]
  const width = Math.max(...tries.map(([line]) => line.length))
  return [
    'The house is open. Ctrl-C closes it.',
    '',
    `  Page       ${place.url}`,
    `  WAMP       ${place.webSocket}  (realm ${home})`,
    '',
    '  Sign in as',
    ...accounts,
    '',
    '  Try next, in another terminal:',
    ...tries.map(([line, effect]) =>
      effect === '' ? `    ${line}` : `    ${line.padEnd(width)}  # ${effect}`,
    ),
    '  A second lamp, with a key of its own; the router gives it the next free name:',
    `    ${command} provisioning token create --ecosystem home --class light${dir}`,
    `    node examples/lamp.js --code CODE --state ./lamp1 --url ${place.webSocket}`,
    '',
  ].join('\n')
}

/** How the reader started us: `latchkey`, or `node dist/cli.js` in a clone. */
function commandName(): string {
  const script = process.argv[1] ?? ''
  return basename(script).startsWith('cli.') ? `node ${quoted(pathFromHere(script))}` : 'latchkey'
}

function pathFromHere(path: string): string {
  const short = relative('', path)
  return short.startsWith('..') ? resolve(path) : short || '.'
}

/** For a shell, as one word. */
function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
