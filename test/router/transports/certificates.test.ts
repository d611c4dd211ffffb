import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { connect } from 'node:tls'
import { Router } from '../../../router/router.ts'
import { Certificates, CertificateError } from '../../../router/transports/certificates.ts'
import {
  createCertificates,
  serverNames,
  type Pair,
  type TestCertificates,
} from '../../support/certificates.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { until } from '../../support/until.ts'

describe('Certificates of a listener', () => {
  let files: TestCertificates
  let clock: ManualClock
  let router: Router
  let logged: { level: string; message: string; text: string }[]
  let closers: (() => unknown)[]

  beforeEach(async () => {
    files = await createCertificates()
    clock = new ManualClock()
    logged = []
    closers = []
    router = new Router({
      clock,
      limits: { certificatesMs: 60_000 },
      log: (level, message, details = {}) => {
        const { error } = details as { readonly error?: Error }
        logged.push({ level, message, text: error === undefined ? '' : String(error) })
      },
    })
  })
  afterEach(async () => {
    for (const close of closers) await close()
    await files.remove()
  })

  const opened = async (): Promise<Certificates> => {
    const certificates = await Certificates.read(files.files, router)
    closers.push(() => certificates.close())
    return certificates
  }
  /** A port with these certificates; tells the serial number of the one that a client gets. */
  const serve = async (certificates: Certificates): Promise<() => Promise<string>> => {
    const tls = certificates.createServer((socket) => socket.end())
    const server = createServer((socket) => tls.emit('connection', socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closers.push(() => server.close())
    const { port } = server.address() as AddressInfo
    return async () => {
      const socket = connect({ port, host: '127.0.0.1', ca: files.authority.cert })
      await once(socket, 'secureConnect')
      const { serialNumber } = socket.getPeerCertificate()
      socket.destroy()
      return serialNumber
    }
  }
  const issue = (): Pair => files.authority.issue('localhost', { names: serverNames })
  /** The look at the files that is due now. */
  const look = async (): Promise<void> => {
    const { waiting } = clock
    clock.advance(60_000)
    await until(() => clock.waiting === waiting)
  }

  it('that are new in the files serve the connections from then on', async () => {
    const shown = await serve(await opened())
    const first = await shown()
    assert.equal(await shown(), first)
    await files.replace(issue())
    clock.advance(59_999)
    assert.equal(await shown(), first)
    clock.advance(1)
    await until(() => logged.length > 0)
    assert.deepEqual(logged, [{ level: 'info', message: 'a new certificate is in use', text: '' }])
    const second = await shown()
    assert.notEqual(second, first)
    await files.replace(issue())
    await look()
    assert.notEqual(await shown(), second)
  })

  it('whose key does not fit yet change nothing, which is logged once, and serve when it does', async () => {
    const shown = await serve(await opened())
    const first = await shown()
    const next = issue()
    await files.replace({ cert: next.cert })
    await look()
    await look()
    assert.equal(await shown(), first)
    assert.equal(logged.length, 1)
    assert.match(logged[0]?.text ?? '', /tls\.key was ".*": it does not fit the certificate/)
    await files.replace({ key: next.key })
    await look()
    assert.notEqual(await shown(), first)
  })

  it('that are gone, or rubbish, change nothing', async () => {
    const shown = await serve(await opened())
    const first = await shown()
    await writeFile(files.files.cert, 'rubbish')
    await look()
    assert.match(logged[0]?.text ?? '', /tls\.cert was ".*": there is no certificate in it/)
    assert.equal(await shown(), first)
  })

  it('that have expired serve, and are warned of', async () => {
    await files.replace(files.authority.issue('localhost', { validForMs: -1_000 }))
    await opened()
    assert.deepEqual(logged[0], { level: 'warn', message: 'the certificate has expired', text: '' })
  })

  it('that cannot be used stop the start, naming key, file and fault', async () => {
    const { key, cert, ca } = files.files
    const cases = [
      [
        { key: '/nowhere/house.key', cert },
        /^tls\.key was "\/nowhere\/house\.key": there is no such file$/,
      ],
      [{ key, cert: '/nowhere' }, /^tls\.cert was "\/nowhere": there is no such file$/],
      [{ key, cert, ca: key }, /^tls\.ca was ".*": there is no certificate in it \(PEM\)$/],
      [
        { key: cert, cert },
        /^tls\.key was ".*": there is no private key without a passphrase in it \(PEM\)$/,
      ],
      [{ key, cert: key }, /^tls\.cert was ".*": there is no certificate in it \(PEM\)$/],
      [{ key, cert: ca }, /^tls\.key was ".*": it does not fit the certificate .*authority\.crt$/],
      [{ key: '/', cert }, /^tls\.key was "\/": it cannot be read \(EISDIR\)$/],
    ] as const
    for (const [options, message] of cases)
      await assert.rejects(Certificates.read(options, router), (error) => {
        assert(error instanceof CertificateError)
        assert.match(error.message, message)
        return true
      })
  })

  it('are looked at no more when the listener has closed', async () => {
    const certificates = await opened()
    certificates.close()
    assert.equal(clock.waiting, 0)
    await files.replace(issue())
    assert.equal(await certificates.renew(), false)
  })
})
