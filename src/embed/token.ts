import { decodeJwt, decodeProtectedHeader, errors, importSPKI, type JWTPayload, jwtVerify } from 'jose';
import type { FrameKey } from './store.ts';

/** A token that holds: whose it is, what makes it one of its kind, and until when it must not be taken again (milliseconds since 1970). */
export interface Verified {
  readonly ok: true;
  readonly subject: string;
  readonly id: string;
  readonly until: number;
}
export interface Unverified {
  readonly ok: false;
  readonly why: Why;
  /** Worth another look at the tracker's keys: everything else about it is right. */
  readonly otherKey: boolean;
}
export type Why = 'unreadable' | 'algorithm' | 'issuer' | 'audience' | 'expired' | 'early' | 'signature' | 'incomplete';

const ALGORITHM = 'RS256';
/** How far the clocks of the tracker and the node may be apart, in seconds. */
const SKEW = 30;
/** Older ones are not taken, whatever they say of themselves: how long a used one is remembered has an end. */
const OLDEST = 24 * 3600;

const refuse = (why: Why, otherKey = false): Unverified => ({ ok: false, why, otherKey });

/**
 * Is the token the tracker's, for our app, and good now? Only RS256 counts, and only with a key that belongs to the installation that the token names:
 * neither its header nor anything that it brings along has a say in that.
 */
export async function verifyToken(
  token: string,
  { issuer, keys, now }: { readonly issuer: string; readonly keys: readonly FrameKey[]; readonly now: number },
): Promise<Verified | Unverified> {
  let claims: JWTPayload;
  try {
    if (decodeProtectedHeader(token).alg !== ALGORITHM) return refuse('algorithm');
    claims = decodeJwt(token);
  } catch {
    return refuse('unreadable');
  }
  // Said before the signature is looked at, because it tells the admin what to do; believed after it.
  if (claims.iss !== issuer) return refuse('issuer');
  if (typeof claims.aud !== 'string') return refuse('audience');
  if (typeof claims.sub !== 'string' || typeof claims.exp !== 'number' || typeof claims.iat !== 'number') return refuse('incomplete');
  if (claims.exp * 1000 <= now - SKEW * 1000) return refuse('expired');
  const known = keys.filter(({ audience }) => audience === claims.aud);
  if (known.length === 0) return refuse('audience', true);
  for (const { audience, key: pem } of known) {
    const key = await importSPKI(pem, ALGORITHM).catch(() => null);
    if (!key) continue;
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        issuer,
        audience,
        requiredClaims: ['exp', 'iat', 'sub'],
        clockTolerance: SKEW,
        maxTokenAge: OLDEST,
        currentDate: new Date(now),
      });
      // What is signed cannot be varied; the signature's letters can.
      const signed = token.slice(0, token.lastIndexOf('.'));
      const id = typeof payload.jti === 'string' && payload.jti !== '' ? `jti ${audience} ${payload.jti}` : `text ${signed}`;
      return { ok: true, subject: payload.sub ?? '', id, until: (Math.min(payload.exp ?? 0, now / 1000 + OLDEST) + 2 * SKEW) * 1000 };
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) continue;
      if (error instanceof errors.JWTExpired) return refuse('expired');
      if (error instanceof errors.JWTClaimValidationFailed) return refuse(error.claim === 'nbf' || error.claim === 'iat' ? 'early' : 'incomplete');
      if (error instanceof errors.JOSEError) return refuse('unreadable');
      throw error;
    }
  }
  return refuse('signature', true);
}
