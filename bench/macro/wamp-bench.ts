import { checkNeeded } from '../needed.ts'

/**
 * That the folder which WAMP_BENCH names is the one of the load generator and its peers.
 * @throws ArgumentError which says what is missing
 */
export async function checkWampBench(folder: string): Promise<void> {
  const allowed = 'the folder of the load generator, with go.mod, main.go and peers/'
  await checkNeeded({ key: 'WAMP_BENCH', folder, allowed }, ['go.mod', 'main.go', 'peers/'])
}
