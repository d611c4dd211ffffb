import { createPrivateKey, createPublicKey, randomBytes, sign, type KeyObject } from 'node:crypto'

/** What is to be in a certificate (RFC 5280). */
export interface CertificateContent {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  /** Of the issuer: a P-256 key. */
  readonly signingKey: KeyObject
  readonly notBefore: Date
  readonly notAfter: Date
  readonly names?: readonly SubjectName[]
  readonly isAuthority?: boolean
}

/** A subject alternative name. */
export interface SubjectName {
  readonly type: 'dns' | 'ip' | 'uri'
  readonly value: string
}

const integerTag = 0x02
const bitStringTag = 0x03
const octetStringTag = 0x04
const utf8Tag = 0x0c
const timeTag = 0x18
const sequenceTag = 0x30
const setTag = 0x31

const ecdsaWithSha256 = '06082a8648ce3d040302'
const commonName = '0603550403'
const basicConstraints = '0603551d13'
const subjectAltName = '0603551d11'
const yes = Buffer.of(0x01, 0x01, 0xff)
const version3 = Buffer.of(integerTag, 1, 2)

function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  const digits = length.subarray(length.findIndex((octet) => octet !== 0))
  return Buffer.concat([Buffer.of(tag, 0x80 | digits.length), digits, body])
}

const oid = (hex: string): Buffer => Buffer.from(hex, 'hex')
/** The empty name has no attribute at all. */
const nameOf = (name: string): Buffer => {
  if (name === '') return der(sequenceTag)
  return der(
    sequenceTag,
    der(setTag, der(sequenceTag, oid(commonName), der(utf8Tag, Buffer.from(name)))),
  )
}
const timeOf = (date: Date): Buffer =>
  der(timeTag, Buffer.from(`${date.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`))

const subjectNameTags = { dns: 0x82, uri: 0x86, ip: 0x87 } as const

function subjectNameOf({ type, value }: SubjectName): Buffer {
  const content = type === 'ip' ? Buffer.from(value.split('.').map(Number)) : Buffer.from(value)
  return der(subjectNameTags[type], content)
}

function extensionsOf({ names = [], isAuthority = false }: CertificateContent): Buffer[] {
  const extensions: Buffer[] = []
  if (isAuthority) {
    const value = der(octetStringTag, der(sequenceTag, yes))
    extensions.push(der(sequenceTag, oid(basicConstraints), yes, value))
  }
  if (names.length > 0) {
    const value = der(octetStringTag, der(sequenceTag, ...names.map(subjectNameOf)))
    extensions.push(der(sequenceTag, oid(subjectAltName), value))
  }
  return extensions.length === 0 ? [] : [der(0xa3, der(sequenceTag, ...extensions))]
}

/** Makes a certificate, as PEM. */
export function certificate(content: CertificateContent): string {
  const serial = randomBytes(8)
  // A positive number, whose first octet may not be zero.
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f)
  const algorithm = der(sequenceTag, oid(ecdsaWithSha256))
  const toBeSigned = der(
    sequenceTag,
    der(0xa0, version3),
    der(integerTag, serial),
    algorithm,
    nameOf(content.issuer),
    der(sequenceTag, timeOf(content.notBefore), timeOf(content.notAfter)),
    nameOf(content.subject),
    content.publicKey.export({ type: 'spki', format: 'der' }),
    ...extensionsOf(content),
  )
  const signature = sign('sha256', toBeSigned, content.signingKey)
  const signed = der(sequenceTag, toBeSigned, algorithm, der(bitStringTag, Buffer.of(0), signature))
  const lines = signed.toString('base64').replace(/(.{64})(?=.)/g, '$1\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

/** The public half of a private key in PEM. */
export function publicHalf(privatePem: string): KeyObject {
  return createPublicKey(createPrivateKey(privatePem))
}
