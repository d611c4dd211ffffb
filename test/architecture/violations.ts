import {
  browserEntries,
  browserPackages,
  clientPackages,
  confined,
  layers,
  longestFileLines,
} from './layers.ts'
import type { Layer } from './layers.ts'
import { packageOf } from './source-tree.ts'
import type { SourceFile, SourceTree } from './source-tree.ts'

/** What package.json lists. */
export interface Listed {
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
}

const layerOf = (path: string): Layer | undefined => layers.find(({ holds }) => holds.test(path))

function* layerViolations(file: SourceFile, tree: SourceTree): Iterable<string> {
  const layer = layerOf(file.path)
  if (layer === undefined) {
    yield `${file.path} is in no layer`
    return
  }
  for (const { file: target } of file.imports) {
    if (target === undefined) continue
    const other = layerOf(target)
    if (!tree.has(target)) yield `${file.path} imports ${target}, which is no source of ours`
    else if (other !== undefined && other !== layer && !layer.mayRead.includes(other.name))
      yield `${file.path} (${layer.name}) imports ${target} (${other.name})`
  }
}

function* packageViolations(file: SourceFile, listed: Listed): Iterable<string> {
  // The console is bundled when it is built, so what it uses is installed only there.
  const bundled = file.path.startsWith('console/')
  const usable = bundled ? [...listed.dependencies, ...listed.devDependencies] : listed.dependencies
  for (const { specifier, typeOnly } of file.imports) {
    if (specifier === undefined) {
      yield `${file.path} imports something that only shows when it runs`
      continue
    }
    const name = packageOf(specifier)
    if (name === undefined || name.startsWith('node:')) continue
    const types = typeOnly && listed.devDependencies.includes(`@types/${name}`)
    if (!usable.includes(name) && !types)
      yield `${file.path} uses ${name}, which package.json does not list under dependencies`
    if (confined.get(name)?.test(file.path) === false) yield `${file.path} may not use ${name}`
    if (layerOf(file.path)?.name === 'clients' && !clientPackages.includes(name))
      yield `${file.path} is a client and may not use ${name}`
  }
}

/** Import cycles, each as the files on it. Types are gone when the code runs, so they make none. */
function* cycles(tree: SourceTree): Iterable<string> {
  const done = new Set<string>()
  const trail: string[] = []
  function* walk(path: string): Iterable<string> {
    const at = trail.indexOf(path)
    if (at >= 0) yield `import cycle: ${[...trail.slice(at), path].join(' -> ')}`
    if (at >= 0 || done.has(path)) return
    trail.push(path)
    for (const { file, typeOnly } of tree.get(path)?.imports ?? [])
      if (file !== undefined && !typeOnly) yield* walk(file)
    trail.pop()
    done.add(path)
  }
  for (const path of tree.keys()) yield* walk(path)
}

/** What a browser would have to load, beginning at each of what is for browsers. */
function* browserViolations(tree: SourceTree): Iterable<string> {
  for (const entry of browserEntries) {
    const reached = new Set([entry])
    for (const path of reached)
      for (const { file, specifier = '', typeOnly } of tree.get(path)?.imports ?? []) {
        if (typeOnly) continue
        if (file !== undefined) reached.add(file)
        const name = packageOf(specifier)
        if (name !== undefined && !browserPackages.includes(name))
          yield `${path} uses ${name}, and ${entry} brings it to browsers`
      }
  }
}

/** Everything in which the tree departs from its architecture, one sentence each. */
export function violationsOf(tree: SourceTree, listed: Listed): string[] {
  const found = [...cycles(tree), ...browserViolations(tree)]
  for (const file of tree.values()) {
    found.push(...layerViolations(file, tree), ...packageViolations(file, listed))
    if (file.lines > longestFileLines)
      found.push(`${file.path} has ${file.lines} lines, more than ${longestFileLines}`)
  }
  return found
}
