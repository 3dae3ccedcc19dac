import { generateKeyPairSync, verify } from 'node:crypto';
import { ApiError } from './errors.ts';
import type { Hub } from './hub.ts';

/** The key pair of the App: made once in a process, when somebody needs it. PEM. */
let pair: { publicKey: string; privateKey: string } | undefined;
export function appKeys(): { publicKey: string; privateKey: string } {
  pair ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return pair;
}

export const isAppJwt = (value: string): boolean => value.split('.').length === 3;

const TEN_MINUTES = 10 * 60;
const DRIFT = 60;

/** Throws the vendor's 401 unless the App signed it (RS256) and it is neither over, too long nor of the future. */
export function verifyAppJwt(hub: Hub, jwt: string): void {
  const undecodable = () => new ApiError(401, 'A JSON web token could not be decoded');
  const [head = '', body = '', signature = ''] = jwt.split('.');
  let header: { alg?: unknown };
  let claims: { iss?: unknown; iat?: unknown; exp?: unknown };
  try {
    header = JSON.parse(Buffer.from(head, 'base64url').toString('utf8'));
    claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
  } catch {
    throw undecodable();
  }
  if (header.alg !== 'RS256') throw undecodable();
  const { id, clientId } = hub.app;
  if (String(claims.iss) !== String(id) && claims.iss !== clientId)
    throw claims.iss === undefined ? new ApiError(401, "Missing 'issuer' claim ('iss') in assertion") : new ApiError(404, 'Integration not found');
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${body}`), appKeys().publicKey, Buffer.from(signature, 'base64url'))) throw undecodable();
  const now = Math.floor(hub.clock.now() / 1000);
  const { iat, exp } = claims;
  if (typeof iat !== 'number' || iat > now + DRIFT)
    throw new ApiError(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
  if (typeof exp !== 'number' || exp <= now)
    throw new ApiError(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires");
  if (exp > now + TEN_MINUTES + DRIFT || exp - iat > TEN_MINUTES + DRIFT) throw new ApiError(401, "'Expiration time' claim ('exp') is too far in the future");
}
