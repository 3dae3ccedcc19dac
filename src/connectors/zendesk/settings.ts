import { z } from 'zod';

const secret = (title: string, description?: string) =>
  z
    .string()
    .min(1)
    .meta({ title, ...(description ? { description } : {}), writeOnly: true });
const oauth = z
  .object({
    kind: z.literal('oauth'),
    clientId: z.string().min(1).meta({ title: 'Identifier of the OAuth client' }),
    clientSecret: secret('Secret of the OAuth client'),
    accessToken: secret('Access token'),
    refreshToken: secret('Refresh token', 'Entente renews the access with it, and keeps what it gets.'),
    expiresAt: z.number().default(0).meta({ title: 'End of the access token', description: 'Milliseconds since 1970. Left empty, it is renewed at once.' }),
    scope: z.string().optional().meta({ title: 'What was granted', description: 'As Zendesk said it, such as “read write”.' }),
  })
  .meta({ title: 'OAuth', description: 'A pair of tokens of an OAuth client, which Entente renews by itself.' });
const token = z
  .object({
    kind: z.literal('token'),
    email: z.email().meta({ title: 'E-mail of the user', description: 'The Zendesk user that Entente works as; an administrator.' }),
    token: secret('API token', 'From the Admin Center: Apps and integrations → APIs.'),
  })
  .meta({ title: 'API token', description: 'An e-mail address and a token. The quickest way.' });

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
  .object({
    url: z
      .string()
      .optional()
      .meta({
        title: 'Address of the account',
        description: 'As in the browser, or the subdomain alone.',
        examples: ['https://acme.zendesk.com'],
        needed: true,
      }),
    subdomain: z.string().optional().meta({ deprecated: true }),
    auth: z.discriminatedUnion('kind', [token, oauth]).meta({ title: 'How Entente signs in' }),
  })
  .transform(({ url, subdomain, auth }, context): ZendeskSettings => {
    const origin = originOf(url ?? subdomain ?? '');
    if (origin) return { url: origin, auth };
    context.addIssue({ code: 'custom', path: ['url'], message: 'Give the address of the Zendesk account, for example https://acme.zendesk.com.' });
    return z.NEVER;
  });
