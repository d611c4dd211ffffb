import { Ecosystems } from '../../../ecosystems/ecosystems.ts'
import { SqliteStore } from '../../../ecosystems/store/sqlite.ts'

/**
 * Makes people, grants each a level and revokes every other grant, and prints each deed once it was
 * acknowledged. Never ends.
 */
const [path = ''] = process.argv.slice(2)
const ecosystems = await Ecosystems.open(await SqliteStore.open(path))
if (ecosystems.directory.get('home') === undefined)
  await ecosystems.directory.create({ id: 'home', realm: 'home' })

const tell = (deed: string, id: string): boolean => process.stdout.write(`${deed} ${id}\n`)

for (let number = ecosystems.people.list().length; ; number++) {
  const subject = `s${number}`
  const { id } = await ecosystems.people.admit({ issuer: 'https://a.test', subject })
  tell('admitted', id)
  const grant = await ecosystems.grants.create({
    subject: { kind: 'person', id },
    ecosystem: 'home',
    level: 3,
    by: 'operator:operator',
  })
  tell('granted', grant.id)
  if (number % 2 === 0) continue
  await ecosystems.grants.revoke(grant.id)
  tell('revoked', grant.id)
}
