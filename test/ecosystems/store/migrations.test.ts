import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decide } from '../../../authorizers/decide.ts'
import { Ecosystems } from '../../../ecosystems/ecosystems.ts'
import { Connection } from '../../../ecosystems/store/connection.ts'
import { migrations } from '../../../ecosystems/store/migrations/migrations.ts'
import { SqliteStore } from '../../../ecosystems/store/sqlite.ts'
import type { Snapshot } from '../../../ecosystems/store/store.ts'
import { principal, request } from '../../authorizers/request.ts'

const at = 1_700_000_000_000
const key = `5a${'1'.padStart(62, '0')}`

/** A house as it was kept by version 2 of the schema. */
const rows = `
insert into idps values ('https://id.test', 'latchkey', null, ${at});
insert into people values ('owner', 'The owner', 'active', ${at}), ('gone', 'Gone', 'disabled', ${at});
insert into identities values ('https://id.test', 'a', 'owner', ${at}), ('https://id.test', 'b', 'gone', ${at});
insert into ecosystems values ('home', 'home', 'The house', ${at}), ('car', 'home', 'The car', ${at});
insert into classes values ('light', 'lamp'), ('siren', 'siren');
insert into class_capabilities values
  ('light', 1, 'state', 'call', 3), ('light', 0, 'switch', 'call', 2), ('siren', 0, 'howl', 'call', 1);
insert into devices values
  ('lamp', 'home', 'light', 'lamp', '${key}', 'active', '{"room":"hall"}',
   '[{"uri":"lamp.switch","action":"call"}]', ${at}),
  ('old', 'home', 'siren', 'old', '${key.replace('5a', '5b')}', 'quarantined', '{}', '[]', ${at});
insert into device_ecosystems values ('lamp', 1, 'home'), ('lamp', 0, 'car'), ('old', 0, 'home');
insert into capabilities values ('lamp', 'lamp.switch', 'call', 'home', 1);
insert into grants values
  ('g_two', 'home', 'person', 'owner', 1, 'operator:operator', ${at}, null),
  ('g_one', 'car', 'person', 'owner', 2, 'operator:operator', ${at}, null),
  ('g_past', 'home', 'device', 'lamp', 3, 'person:owner', ${at}, ${at + 1});
insert into codes values
  ('abc', 'home', 'light', null, 'operator:operator', ${at}, ${at + 9}, ${at + 1}, 'lamp'),
  ('def', 'home', 'siren', 'wail', 'person:owner', ${at}, ${at + 9}, null, null);
insert into code_ecosystems values ('abc', 1, 'home'), ('abc', 0, 'car'), ('def', 0, 'home');
insert into audit (at, realm, actor, session, action, target, outcome, reason, decision_id, details)
  values (${at}, 'home', 'operator:operator', 1, 'grant.create', 'g_two', 'change', 'done', null, '{}');
`

describe('a database of before', () => {
  let folder: string
  let path: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-migrations-'))
    path = join(folder, 'latchkey.db')
    const connection = await Connection.open(path, { busyTimeoutMs: 0, readonly: false })
    for (const { version, sql } of migrations.filter((each) => each.version <= 2)) {
      await connection.script(sql)
      await connection.run(`pragma user_version = ${version}`)
    }
    await connection.script(rows)
    await connection.close()
  })

  afterEach(() => rm(folder, { recursive: true }))

  async function loaded(): Promise<Snapshot> {
    const store = await SqliteStore.open(path)
    const snapshot = await store.load()
    await store.close()
    return snapshot
  }

  it('keeps its grants, each with the terms of one that says no more than its level', async () => {
    const { grants, grantUses } = await loaded()
    const terms = {
      subjectKind: 'person',
      subject: 'owner',
      device: null,
      uri: null,
      match: 'exact',
      actions: null,
      effect: 'level',
      notBefore: null,
      expiresAt: null,
      schedule: null,
      uses: null,
      delegable: 0,
      parent: null,
      purpose: null,
      source: 'grant',
      sourceId: null,
      createdBy: 'operator:operator',
      createdAt: at,
      revokedAt: null,
      suspendedAt: null,
    }
    assert.deepEqual(grants, [
      { id: 'g_two', ...terms, ecosystem: 'home', level: 1 },
      { id: 'g_one', ...terms, ecosystem: 'car', level: 2 },
      {
        id: 'g_past',
        ...terms,
        subjectKind: 'device',
        subject: 'lamp',
        ecosystem: 'home',
        level: 3,
        createdBy: 'person:owner',
        revokedAt: at + 1,
      },
    ])
    assert.deepEqual(grantUses, [])
  })

  it('keeps its devices, their lists in order, and what owners said of them', async () => {
    const { devices, capabilities } = await loaded()
    assert.deepEqual(
      devices.map(({ id, status, ecosystems, publicKey, attributes, announced }) => ({
        id,
        status,
        ecosystems,
        publicKey,
        attributes,
        announced,
      })),
      [
        {
          id: 'lamp',
          status: 'active',
          ecosystems: ['car', 'home'],
          publicKey: key,
          attributes: { room: 'hall' },
          announced: [{ uri: 'lamp.switch', action: 'call' }],
        },
        {
          id: 'old',
          status: 'quarantined',
          ecosystems: ['home'],
          publicKey: key.replace('5a', '5b'),
          attributes: {},
          announced: [],
        },
      ],
    )
    assert.deepEqual(
      capabilities.map(({ device, uri, level, ecosystem }) => [device, uri, level, ecosystem]),
      [['lamp', 'lamp.switch', 1, 'home']],
    )
  })

  it('keeps its classes, codes, people and identities, and the record', async () => {
    const { classes, codes, people, identities, idps, ecosystems } = await loaded()
    assert.deepEqual(
      classes.map(({ id, capabilities }) => [id, capabilities.map(({ verb }) => verb)]),
      [
        ['light', ['switch', 'state']],
        ['siren', ['howl']],
      ],
    )
    assert.deepEqual(
      codes.map(({ hash, device, redeemedAt, ecosystems: where }) => [
        hash,
        device,
        redeemedAt,
        where,
      ]),
      [
        ['abc', 'lamp', at + 1, ['car', 'home']],
        ['def', null, null, ['home']],
      ],
    )
    assert.deepEqual(
      people.map(({ id, status }) => [id, status]),
      [
        ['owner', 'active'],
        ['gone', 'disabled'],
      ],
    )
    assert.deepEqual(
      identities.map(({ subject, person, status }) => [subject, person, status]),
      [
        ['a', 'owner', 'active'],
        ['b', 'gone', 'active'],
      ],
    )
    assert.deepEqual([idps.length, ecosystems.map(({ id }) => id)], [1, ['home', 'car']])
    const store = await SqliteStore.open(path)
    assert.deepEqual(
      (await store.listAudit({ limit: 9 })).map(({ target }) => target),
      ['g_two'],
    )
    await store.close()
  })

  it('decides as it did', async () => {
    const ecosystems = await Ecosystems.open(await SqliteStore.open(path))
    const allows = (kind: string, id: string, uri: string): boolean =>
      decide({ ecosystems }, request(principal(kind, id), 'call', uri)).decision.allow
    assert.deepEqual(
      [
        allows('person', 'owner', 'lamp.switch'),
        allows('person', 'owner', 'lamp.state'),
        allows('person', 'gone', 'lamp.state'),
        allows('device', 'lamp', 'lamp.state'),
        allows('person', 'owner', 'old.howl'),
      ],
      [true, true, false, false, false],
    )
    await ecosystems.close()
  })
})
