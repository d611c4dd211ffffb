import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

interface Scripts {
  alone(file: string, work: () => Promise<void>): Promise<void>
  build(): Promise<void>
}

/** Builds a tree's `dist/`, unless it is what its sources make. What does not compile ends the command. */
export async function build(tree: string): Promise<void> {
  const load = async <K extends keyof Scripts>(file: string): Promise<Pick<Scripts, K>> =>
    (await import(pathToFileURL(join(tree, 'scripts', file)).href)) as Pick<Scripts, K>
  const { alone } = await load<'alone'>('lock.mjs')
  const scripts = await load<'build'>('build.mjs')
  await alone(join(tree, '.cache/lock'), () => scripts.build())
}
