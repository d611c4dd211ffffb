import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { run } from '../../cli/program.ts'
import {
  firstLine,
  latchkey,
  latchkeyProcess,
  outcomeOf,
  Paper,
  startCliHouse,
  type CliHouse,
} from './house.ts'

describe('the command line in a house', function () {
  this.timeout(30_000)
  let house: CliHouse
  before(async () => {
    house = await startCliHouse()
  })
  after(() => house.stop())

  describe('management', () => {
    it('lists devices as a table for people', async () => {
      const { code, out } = await house.cli('device', 'list')
      assert.equal(code, 0)
      assert.deepEqual(out.split('\n'), [
        'ID     CLASS  ONLINE  STATUS  ECOSYSTEMS  PREFIX',
        'lamp1  light  yes     active  home        lamp1',
        'safe1  safe   yes     active  home        safe1',
      ])
    })

    it('prints the result as one line of JSON for programs', async () => {
      const { code, out, err } = await house.cli('device', 'list', '--class', 'light', '--json')
      assert.equal(code, 0)
      assert.equal(err, '')
      const { devices } = JSON.parse(out) as { devices: { id: string; online: boolean }[] }
      assert.deepEqual(
        devices.map(({ id, online }) => [id, online]),
        [['lamp1', true]],
      )
    })

    it('grants and revokes', async () => {
      const to = ['--to', 'guest', '--ecosystem', 'home', '--level', '2']
      const { id } = await house.json('grant', 'create', ...to)
      assert.match(String(id), /^[a-z0-9_]+$/)
      const { revoked_at: revokedAt } = await house.json('grant', 'revoke', String(id))
      assert.equal(typeof revokedAt, 'number')
    })

    it('takes a flag several times where a key may be a list', async () => {
      const order = ['provisioning', 'token', 'create', '--class', 'light']
      const { code, err } = await house.cli(...order, '--ecosystem', 'home', '--ecosystem', 'car')
      assert.equal(code, 2)
      assert.equal(err, 'latchkey.error.not_found: there is no ecosystem "car" here')
      const { out } = await house.cli(...order, '--ecosystem', 'home', '--count', '3')
      assert.equal(out.split('\n').filter((line) => line.startsWith('lk_')).length, 3)
    })

    it('says what is wrong with an argument, and ends with 2', async () => {
      const { code, err } = await house.cli(
        'grant',
        'create',
        '--to',
        'guest',
        '--ecosystem',
        'home',
        '--level',
        'high',
      )
      assert.equal(code, 2)
      assert.equal(
        err,
        'wamp.error.invalid_argument: level: found "high", allowed is a whole number from 1 to 99',
      )
    })

    it('says as JSON what is wrong, if asked', async () => {
      const { code, out, err } = await house.cli('person', 'disable', 'nobody', '--json')
      assert.deepEqual([code, out], [2, ''])
      const { error, message } = JSON.parse(err) as Record<string, string>
      assert.equal(error, 'latchkey.error.not_found')
      assert.match(String(message), /nobody/)
    })

    it('tells which check decides, and ends with 1 where it denies', async () => {
      const asked = ['authz', 'check', '--as', 'guest', '--action', 'call']
      const { code, out, err } = await house.cli(...asked, 'safe1.open', '--json')
      const check = JSON.parse(out) as Record<string, unknown>
      assert.deepEqual([code, err], [1, ''])
      assert.deepEqual(
        [check['allow'], check['check'], check['level'], check['required']],
        [false, 'level', 3, 1],
      )
      assert.equal((await house.cli(...asked, 'lamp1.switch')).code, 0)
    })

    it('lists sessions and ends one', async () => {
      const { sessions } = await house.json('session', 'list')
      const rows = sessions as { session: number; kind: string; authid: string }[]
      assert.deepEqual(rows.map(({ kind, authid }) => `${kind}:${authid}`).toSorted(), [
        'device:lamp1',
        'device:safe1',
        'operator:operator',
      ])
      const { code, err } = await house.cli('session', 'kill', '1')
      assert.deepEqual([code, err], [2, 'latchkey.error.not_found: there is no session "1" here'])
    })

    it('lists the record', async () => {
      const { records } = await house.json('audit', 'list', '--outcome', 'change', '--limit', '5')
      assert.ok((records as unknown[]).length > 0)
    })
  })

  describe('call', () => {
    it('calls as the operator', async () => {
      const { code, out } = await house.cli('call', 'lamp1.switch', 'true')
      assert.deepEqual([code, out], [0, '{"on":true}'])
    })

    it('takes what is no JSON as a text, and named arguments by --kwargs', async () => {
      assert.equal((await house.cli('call', 'lamp1.switch', 'dimmed')).out, '{"on":"dimmed"}')
      assert.equal((await house.cli('call', 'lamp1.switch', '{"a":[1]}')).out, '{"on":{"a":[1]}}')
      const named = ['--kwargs', '{"on":7}']
      assert.equal((await house.cli('call', 'lamp1.switch', ...named)).out, '{"on":7}')
      const { code, err } = await house.cli('call', 'lamp1.switch', '--kwargs', '[7]')
      assert.equal(code, 2)
      assert.match(err, /--kwargs: found \[7\], allowed is a JSON dictionary$/)
    })

    it('calls as whose token it is given, and ends with 1 where that is not allowed', async () => {
      const guest = ['--token-file', await house.tokenFile('guest')]
      assert.equal((await house.cli('call', 'lamp1.switch', 'true', ...guest)).code, 0)
      const denied = await house.cli('call', 'safe1.open', ...guest)
      assert.equal(denied.code, 1)
      assert.match(denied.err, /^wamp\.error\.not_authorized: call of safe1\.open is not allowed/)
      const owner = ['--token-file', await house.tokenFile('owner')]
      assert.equal((await house.cli('call', 'safe1.open', ...owner)).code, 0)
    })

    it('tells the owner of the data folder which check denied', async () => {
      const guest = ['--token', await house.provider.token('guest')]
      const { code, err } = await house.cli('call', 'safe1.open', ...guest, '--json')
      assert.equal(code, 1)
      const { decision_id: id, ...denial } = JSON.parse(err) as Record<string, unknown>
      assert.deepEqual(denial, {
        error: 'wamp.error.not_authorized',
        message: 'call of safe1.open is not allowed (level)',
      })
      assert.equal(typeof id, 'string')
    })

    it('tells nobody else but the number of the decision', async () => {
      const guest = ['--token-file', await house.tokenFile('guest')]
      const elsewhere = ['--dir', join(house.dir, 'nothing'), '--url', house.url, '--realm', 'home']
      const { code, err } = await latchkey('call', 'safe1.open', ...guest, ...elsewhere)
      assert.equal(code, 1)
      const [said, why, ...more] = err.split('\n')
      assert.equal(said, 'wamp.error.not_authorized: call of safe1.open is not allowed')
      assert.match(why ?? '', /^why: latchkey authz explain [\da-f-]{36}$/)
      assert.deepEqual(more, [])
    })

    it('ends with 1 when the token is not good', async () => {
      const expired = await house.provider.token('guest', { expiresInSeconds: -120 })
      const { code, err } = await house.cli('call', 'lamp1.switch', '--token', expired)
      assert.equal(code, 1)
      assert.match(err, /^wamp\.error\.authentication_denied: /)
    })

    it('ends with 2 when nobody offers the procedure', async () => {
      const { code, err } = await house.cli('call', 'lamp1.explode')
      assert.equal(code, 2)
      assert.match(err, /^wamp\.error\.no_such_procedure: /)
    })

    it('lets a guest manage nothing', async () => {
      const guest = ['--token-file', await house.tokenFile('guest')]
      const { code } = await house.cli('call', 'latchkey.person.disable', '"owner"', ...guest)
      assert.equal(code, 1)
    })

    it('wants one token', async () => {
      for (const [args, complaint] of [
        [['--token', 'a', '--token-file', 'b'], /found both, allowed is one of them$/],
        [['--token-file', join(house.dir, 'nothing.jwt')], /cannot be read \(ENOENT\)$/],
        [['--url', house.url], /--url: needs --token or --token-file$/],
        [['--authid', 'bridge'], /--authid: needs --token or --token-file$/],
      ] as const) {
        const { code, err } = await house.cli('call', 'lamp1.switch', ...args)
        assert.equal(code, 2)
        assert.match(err, complaint)
      }
    })
  })

  describe('publish and subscribe', () => {
    const subscribe = (...args: string[]): { paper: Paper; ended: Promise<number> } => {
      const paper = new Paper()
      return { paper, ended: run(['subscribe', ...args, '--dir', house.dir], paper) }
    }

    /** Publishes until somebody has heard it: when a subscription begins, nobody is told. */
    const publishUntil = async (heard: Promise<unknown>, ...args: string[]): Promise<void> => {
      const isHeard = heard.then(() => true)
      const publish = async (): Promise<boolean> => {
        assert.equal((await house.cli('publish', ...args)).code, 0)
        return false
      }
      for (;;) if (await Promise.race([isHeard, publish()])) return
    }

    it('prints one line for each event, and ends after --count', async () => {
      const { paper, ended } = subscribe('home.news', '--count', '2')
      await publishUntil(ended, 'home.news', 'hello', '{"n":1}', '--kwargs', '{"k":true}')
      assert.equal(await ended, 0)
      assert.deepEqual(paper.lines, Array(2).fill('"hello" {"n":1} {"k":true}'))
    })

    it('prints events as JSON with topic, args and kwargs', async () => {
      const { paper, ended } = subscribe('home.weather', '--count', '1', '--json')
      await publishUntil(ended, 'home.weather', '1')
      assert.deepEqual(JSON.parse(paper.lines[0] ?? ''), {
        topic: 'home.weather',
        args: [1],
        kwargs: {},
      })
    })

    it('hears a device as whoever may', async () => {
      const guest = ['--token-file', await house.tokenFile('guest')]
      const { paper, ended } = subscribe('lamp1.on_change', '--count', '1', ...guest)
      await publishUntil(ended, 'lamp1.on_change', '{"on":true}')
      assert.deepEqual([await ended, paper.lines[0]], [0, '{"on":true}'])
    })

    it('ends with 1 where that is not allowed', async () => {
      const guest = ['--token-file', await house.tokenFile('guest')]
      for (const command of [
        ['subscribe', 'safe1.on_change'],
        ['publish', 'lamp1.on_change', 'true'],
      ]) {
        const { code, err } = await house.cli(...command, ...guest)
        assert.equal(code, 1)
        assert.match(err, /^wamp\.error\.not_authorized: (subscribe|publish) of \S+ is not allowed/)
      }
    })

    it('ends with 0 at SIGINT', async () => {
      const child = latchkeyProcess(['subscribe', 'home.news', '--dir', house.dir])
      const heard = firstLine(child)
      await publishUntil(heard, 'home.news', 'are you there')
      assert.equal(await heard, '"are you there"')
      const over = once(child, 'close')
      child.kill('SIGINT')
      assert.deepEqual(await over, [0, null])
    })

    it('ends with 2 when the session is ended', async () => {
      const { paper, ended } = subscribe('home.news')
      for (;;) {
        const { sessions } = await house.json('session', 'list')
        // The one that asks has ended by the time of the next question; the one that listens stays.
        const listening = (sessions as { session: number; kind: string }[]).filter(
          ({ kind }) => kind === 'operator',
        )
        if (listening.length < 2) continue
        for (const { session } of listening) await house.cli('session', 'kill', String(session))
        break
      }
      assert.equal(await ended, 2)
      assert.match(
        paper.complaints[0] ?? '',
        /^wamp\.error\.network_failure: the router ended the session: wamp\.close\.killed$/,
      )
    })
  })

  describe('as a process', () => {
    it('takes the data folder from LATCHKEY_DIR and ends with the code', async () => {
      const env = { LATCHKEY_DIR: house.dir }
      const done = await outcomeOf(latchkeyProcess(['call', 'lamp1.switch', 'false'], env))
      assert.deepEqual(done, { code: 0, out: '{"on":false}', err: '' })
      const guest = await house.tokenFile('guest')
      const denied = await outcomeOf(
        latchkeyProcess(['call', 'safe1.open', '--token-file', guest], env),
      )
      assert.deepEqual([denied.code, denied.out], [1, ''])
    })
  })

  describe('at last', () => {
    it('disables a person, whose listening session ends and who cannot come back', async () => {
      const guest = ['--token-file', await house.tokenFile('guest')]
      const paper = new Paper()
      const topic = ['subscribe', 'lamp1.on_change', ...guest, '--dir', house.dir]
      const ended = run(topic, paper)
      for (;;) if (await isListening('guest')) break
      const { status } = await house.json('person', 'disable', 'guest')
      assert.equal(status, 'disabled')
      assert.equal(await ended, 2)
      assert.match(paper.complaints[0] ?? '', /wamp\.close\.killed$/)
      assert.equal((await house.cli('call', 'lamp1.switch', ...guest)).code, 1)
      await house.json('person', 'enable', 'guest')
      assert.equal((await house.cli('call', 'lamp1.switch', ...guest)).code, 0)
    })

    it('quarantines a device', async () => {
      await house.json('device', 'quarantine', 'safe1', '--reason', 'test')
      const { devices } = await house.json('device', 'list', '--class', 'safe')
      assert.equal((devices as { status: string }[])[0]?.status, 'quarantined')
    })

    const isListening = async (person: string): Promise<boolean> =>
      ((await house.json('session', 'list', '--person', person))['sessions'] as unknown[]).length >
      0
  })
})
