import { z } from 'zod';

const oauth = z.object({
  kind: z.literal('oauth'),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  accessToken: z.string().min(1),
  refreshToken: z.string().min(1),
  /** When the access token ends, milliseconds since 1970. */
  expiresAt: z.number(),
  /** What was granted, as Zendesk said it. */
  scope: z.string().optional(),
});
const token = z.object({ kind: z.literal('token'), email: z.email(), token: z.string().min(1) });

export type ZendeskAuth = z.infer<typeof token> | OAuthPair;
export type OAuthPair = z.infer<typeof oauth>;

/** `url` is the account's origin: `https://acme.zendesk.com`. */
export interface ZendeskSettings {
  url: string;
  auth: ZendeskAuth;
}

/** The origin for what people type: `acme`, `acme.zendesk.com`, `https://acme.zendesk.com/agent/…`. Undefined: none of these. */
export function originOf(text: string): string | undefined {
  const given = text.trim();
  if (/^[a-z0-9][a-z0-9-]*$/i.test(given)) return `https://${given.toLowerCase()}.zendesk.com`;
  const url = /^https?:\/\//i.test(given) ? given : `https://${given}`;
  if (!URL.canParse(url)) return undefined;
  const { origin, hostname, username, password } = new URL(url);
  return hostname.includes('.') || hostname === 'localhost' || hostname.startsWith('[') ? (username || password ? undefined : origin) : undefined;
}

export const settings: z.ZodType<ZendeskSettings> = z
  .object({ url: z.string().optional(), subdomain: z.string().optional(), auth: z.discriminatedUnion('kind', [token, oauth]) })
  .transform(({ url, subdomain, auth }, context): ZendeskSettings => {
    const origin = originOf(url ?? subdomain ?? '');
    if (origin) return { url: origin, auth };
    context.addIssue({ code: 'custom', path: ['url'], message: 'Give the address of the Zendesk account, for example https://acme.zendesk.com.' });
    return z.NEVER;
  });
