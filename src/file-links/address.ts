import { createHmac, timingSafeEqual } from 'node:crypto';

/** What an address of a file says. */
export interface Addressed {
  readonly link: string;
  readonly name: string;
  /** First moment at which it no longer opens, milliseconds since 1970. */
  readonly until: number;
}

const DAY = 86_400_000;
const SIGNATURE = /^([0-9a-z]{1,7})-([\w-]{22})$/;

/**
 * Addresses like `BASE/files/LINK/UNTIL-SIGNATURE/NAME`. Whoever has one may open the file, until it ends; nobody can make one without the secret. The name
 * is for people and not signed. Written twice on one day, an address is the same.
 */
export function createAddresses({ base, secret, days, now }: { base: string; secret: Buffer; days: number; now: () => number }) {
  const root = base.replace(/\/+$/, '');
  const sign = (link: string, until: string): string =>
    createHmac('sha256', secret).update(`file ${until} ${link}`).digest().subarray(0, 16).toString('base64url');

  return {
    url(link: string, name: string): string {
      const until = (Math.ceil(now() / DAY) + days).toString(36);
      const parts = [Buffer.from(link).toString('base64url'), `${until}-${sign(link, until)}`, name.toWellFormed() || 'file'];
      return `${root}/files/${parts.map(encodeURIComponent).join('/')}`;
    },

    /** Undefined: nobody but us can have made an address of ours, and we have not made this one. The node's own address may have changed since. */
    read(url: string): Addressed | undefined {
      const [, link64 = '', signed = '', name = ''] = /^https?:\/\/[^?#]*\/files\/([\w-]+)\/([\w-]+)\/([^/?#]+)$/.exec(url) ?? [];
      const [, until, signature] = SIGNATURE.exec(signed) ?? [];
      if (until === undefined || signature === undefined) return undefined;
      const link = Buffer.from(link64, 'base64url').toString();
      if (!timingSafeEqual(Buffer.from(sign(link, until)), Buffer.from(signature))) return undefined;
      return { link, name: decoded(name), until: Number.parseInt(until, 36) * DAY };
    },
  };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
