/** Ways to get a token at the token endpoint. */
export const grantTypes = {
  /** RFC 7523 §2.1: an ID token for a protection API token. */
  jwtBearer: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  /** UMA 2.0 Grant §3.3.1 */
  umaTicket: 'urn:ietf:params:oauth:grant-type:uma-ticket',
  /** RFC 8628 §3.4 */
  deviceCode: 'urn:ietf:params:oauth:grant-type:device_code',
} as const

/** The scope of a protection API token (UMA 2.0 Federated Authorization §1.3). */
export const protectionScope = 'uma_protection'
