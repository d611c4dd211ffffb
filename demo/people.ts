import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { readOwnFile, writeOwnFile } from './provider-files.ts'

/** Somebody with an account at the demo's OpenID provider. */
export interface Person {
  /** What to type at the sign-in, and the `name` of the tokens. */
  readonly name: string
  /** `sub` of the tokens. */
  readonly subject: string
  readonly password: string
}

/** Who lives in the demo house, or visits it. */
export const demoPeople = ['owner', 'friend', 'guest'] as const

const peopleSchema = z.strictObject({
  people: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9_]+$/, 'allowed are a-z, 0-9 and _'),
        subject: z.string().min(1).max(255),
        password: z.string().min(8),
      }),
    )
    .min(1),
})

/** The file of people and passwords, which its owner may read and change. */
export function peopleFile(dir: string): string {
  return join(dir, 'people.json')
}

/**
 * The people of a demo folder; in an empty one they are made, with passwords of their own.
 * @throws DemoError when the file cannot be used
 */
export async function openPeople(dir: string): Promise<readonly Person[]> {
  const file = peopleFile(dir)
  const known = await readOwnFile(file, peopleSchema)
  if (known !== undefined) return known.people
  const people = demoPeople.map((name) => ({ name, subject: name, password: easyPassword() }))
  await writeOwnFile(file, { people })
  return people
}

// No two that sound or look alike, so that a password can be read out across a room.
const consonants = 'bdfgklmnprstvz'
const vowels = 'aeiou'

/** Three words of two syllables, for instance `mola-tine-rusa`: 36 bits, behind a limit on tries. */
function easyPassword(): string {
  return Array.from({ length: 3 }, () => syllable() + syllable()).join('-')
}

function syllable(): string {
  return pick(consonants) + pick(vowels)
}

function pick(letters: string): string {
  return letters.charAt(randomInt(letters.length))
}
