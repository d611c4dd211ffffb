import type { ChildProcess } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { start, stop } from './child.ts'
import { makeFolder, removeFolder } from './folder.ts'
import { LastWords } from './last-words.ts'
import { freePair } from './ports.ts'
import type { Subject } from './subject.ts'
import { within } from './within.ts'

const startMs = 30_000

interface OpenConfig {
  readonly listen: Readonly<Record<'websocket' | 'rawsocket', object>>
}

/** The built router of a tree, with the open realm of its `bench/open.yaml`. */
export async function startOurs(tree: string, core?: number): Promise<Subject> {
  const port = await freePair()
  const folder = await makeFolder()
  const open = parse(await readFile(join(tree, 'bench/open.yaml'), 'utf8')) as OpenConfig
  const listen = {
    websocket: { ...open.listen.websocket, port },
    rawsocket: { ...open.listen.rawsocket, port: port + 1 },
  }
  const config = join(folder, 'open.yaml')
  await writeFile(config, stringify({ ...open, listen }))
  const router = await startRouter(tree, ['--config', config], port, core)
  return {
    ...router,
    async stop() {
      await router.stop()
      await removeFolder(folder)
    },
  }
}

/** `latchkey start` of a tree's `dist/`, which listens on `port` and, for RawSocket, on the one after it. */
export async function startRouter(
  tree: string,
  args: readonly string[],
  port: number,
  core?: number,
): Promise<Subject> {
  const program = [join(tree, 'dist/cli.js'), 'start', ...args]
  const child = start(process.execPath, program, { cwd: tmpdir(), core })
  const lastWords = new LastWords(child.stderr)
  try {
    await within(startMs, 'starting the router', listening(child, port))
  } catch (error) {
    await stop(child)
    throw new Error(lastWords.behind((error as Error).message), { cause: error })
  }
  return {
    pid: child.pid ?? 0,
    webSocket: `ws://127.0.0.1:${port}/ws`,
    rawSocket: `tcp://127.0.0.1:${port + 1}`,
    isRelay: false,
    lastWords,
    stop: () => stop(child),
  }
}

/** Its own word for it: that something answers on the port could be somebody else. */
function listening(child: ChildProcess, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let out = ''
    const waiting = new Set([`:${port}`, `:${port + 1}`])
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (waiting.size === 0) return
      out += text
      for (const one of waiting) if (out.includes(one)) waiting.delete(one)
      if (waiting.size === 0) resolve()
    })
    child.once('close', () => reject(new Error(`the router does not start ${out}`.trim())))
  })
}
