import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { parseSync, Visitor } from 'vite'

/** One import (or re-export) of a file of ours. */
export interface Import {
  /** As written. `undefined`: not a literal, so nobody can tell what it loads. */
  readonly specifier: string | undefined
  /** The file it names, relative to the root; `undefined` for a package or a module of Node. */
  readonly file: string | undefined
  /** Gone after compilation. */
  readonly typeOnly: boolean
}

export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string
  readonly lines: number
  readonly imports: readonly Import[]
}

export type SourceTree = ReadonlyMap<string, SourceFile>

const notSources = new Set(['node_modules', 'dist', 'coverage', 'test', 'scripts', 'docs', 'bench'])

async function list(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const found = entries.map(async (entry): Promise<string[]> => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory())
      return notSources.has(path) || entry.name.startsWith('.') ? [] : list(root, path)
    return /\.tsx?$/.test(entry.name) ? [path] : []
  })
  return (await Promise.all(found)).flat().toSorted()
}

/** `import {type X}` leaves an `import {}` behind, which loads the file all the same; only `import type` does not. */
function isTypeOnly(source: string, start: number): boolean {
  return /^(?:import|export)\s+type\b/.test(source.slice(start, start + 40))
}

function importsOf(path: string, source: string): Import[] {
  const { module, program, errors } = parseSync(path, source)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const imports: Import[] = []
  const add = (specifier: string | undefined, typeOnly: boolean): void => {
    const file = specifier?.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined
    imports.push({ specifier, file, typeOnly })
  }
  for (const { start, moduleRequest } of module.staticImports)
    add(moduleRequest.value, isTypeOnly(source, start))
  for (const { start, entries } of module.staticExports) {
    const request = entries.find((entry) => entry.moduleRequest != null)?.moduleRequest
    if (request != null) add(request.value, isTypeOnly(source, start))
  }
  new Visitor({
    ImportExpression: ({ source: named }) => {
      const value = named.type === 'Literal' ? named.value : undefined
      add(typeof value === 'string' ? value : undefined, false)
    },
    TSImportType: ({ source: named }) => add(named.value, true),
  }).visit(program)
  return imports
}

/** Reads what every source file imports. Tests, scripts and what is built are no sources. */
export async function readSourceTree(root: string): Promise<SourceTree> {
  const paths = await list(root, '.')
  const files = paths.map(async (path): Promise<[string, SourceFile]> => {
    const source = await readFile(join(root, path), 'utf8')
    const lines = source.split('\n').length - 1
    return [path, { path, lines, imports: importsOf(path, source) }]
  })
  return new Map(await Promise.all(files))
}

/** The name of the package that a specifier reads from, `node:…` as it is; `undefined` for a file of ours. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.')) return undefined
  if (specifier.startsWith('node:')) return specifier
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
}
