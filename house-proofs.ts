import type { Clock } from './clock.ts'
import { DataFolderError, type DataFolder } from './data-folder.ts'
import { openHouseKeys } from './ecosystems/proofs/house-key.ts'
import { Pseudonyms } from './ecosystems/pseudonyms.ts'
import { Passkeys, type RelyingParty } from './ecosystems/proofs/webauthn.ts'
import { houseProofs, type HouseProofs } from './ecosystems/proofs/house-proofs.ts'

/**
 * The proofs of a house, with the keys of its data folder; without one they end with the process, and every device
 * that trusts them must be told of the next ones.
 * @throws DataFolderError for a key that others can read, or that is none
 */
export async function openProofs(
  folder: DataFolder | undefined,
  clock: Clock,
  party: RelyingParty | undefined,
): Promise<HouseProofs> {
  return houseProofs({
    clock,
    keys: folder && (await privately(() => openHouseKeys(folder))),
    pseudonyms: folder && (await privately(() => Pseudonyms.open(folder.pseudonymKeyFile))),
    passkeys: party && new Passkeys(party),
  })
}

async function privately<Keys>(open: () => Promise<Keys>): Promise<Keys> {
  try {
    return await open()
  } catch (cause) {
    throw new DataFolderError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
