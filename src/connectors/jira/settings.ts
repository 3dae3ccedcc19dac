import { z } from 'zod';

const secret = (title: string, description?: string) =>
  z
    .string()
    .trim()
    .min(1)
    .meta({ title, ...(description ? { description } : {}), writeOnly: true });

const token = z
  .object({
    kind: z.literal('token'),
    email: z.email().meta({ title: 'E-mail of the user', description: 'The Atlassian account that Entente works as.' }),
    token: secret('API token', 'From id.atlassian.com: Security → API tokens.'),
  })
  .meta({ title: 'Jira Cloud, API token', description: 'An e-mail address and a token. The quickest way.' });

const oauth = z
  .object({
    kind: z.literal('oauth'),
    cloudId: z.string().trim().min(1).meta({ title: 'Cloud id of the site', description: 'As https://YOUR-SITE.atlassian.net/_edge/tenant_info says it.' }),
    clientId: z.string().trim().min(1).meta({ title: 'Client id of the app' }),
    clientSecret: secret('Secret of the app'),
    accessToken: secret('Access token'),
    refreshToken: secret('Refresh token', 'Entente renews the access with it, and keeps what it gets.'),
    expiresAt: z.number().default(0).meta({ title: 'End of the access token', description: 'Milliseconds since 1970. Left empty, it is renewed at once.' }),
    scope: z.string().optional().meta({ title: 'What was granted', description: 'As Atlassian said it, such as “read:jira-work write:jira-work”.' }),
  })
  .meta({ title: 'Jira Cloud, OAuth', description: 'A pair of tokens of an OAuth 2.0 (3LO) app, which Entente renews by itself.' });

const pat = z
  .object({
    kind: z.literal('pat'),
    token: secret('Personal access token', 'Of the user that Entente works as: Profile → Personal access tokens.'),
  })
  .meta({ title: 'Jira Data Center, personal access token', description: 'For a Jira that you run yourself.' });

export type OAuthPair = z.infer<typeof oauth>;
/** How we sign in, and with it which Jira it is: `pat` is Data Center (REST v2, wiki text), the others are Cloud (REST v3, ADF). */
export type JiraAuth = z.infer<typeof token> | OAuthPair | z.infer<typeof pat>;

export const isCloud = (auth: JiraAuth): boolean => auth.kind !== 'pat';

/** `url` is where people open Jira, without a slash at the end: `https://acme.atlassian.net`, `https://jira.example.com/jira`. */
export interface JiraSettings {
  url: string;
  auth: JiraAuth;
  project?: string | undefined;
  internalRole?: string | undefined;
  attachmentMaxMb: number;
}

/** The address for what people type: `acme`, `acme.atlassian.net`, `https://acme.atlassian.net/browse/ABC-1`. Undefined: none of these. */
export function siteOf(text: string): string | undefined {
  const given = text.trim();
  if (/^[a-z0-9][a-z0-9-]*$/i.test(given) && given.toLowerCase() !== 'localhost') return `https://${given.toLowerCase()}.atlassian.net`;
  const address = /^https?:\/\//i.test(given) ? given : `https://${given}`;
  if (!URL.canParse(address)) return undefined;
  const { origin, hostname, pathname, username, password } = new URL(address);
  if (username || password || !(hostname.includes('.') || hostname === 'localhost' || hostname.startsWith('['))) return undefined;
  // Data Center may live below a path; what follows it is a page.
  const page = /\/(browse|secure|projects|issues|jira|login\.jsp|plugins|servicedesk|rest)(\/|$).*$/;
  const below =
    /^\/jira(\/|$)/.test(pathname) && !hostname.endsWith('.atlassian.net') ? `/jira${pathname.slice(5).replace(page, '')}` : pathname.replace(page, '');
  return `${origin}${below.replace(/\/+$/, '')}`;
}

export const settings: z.ZodType<JiraSettings> = z
  .object({
    url: z.string().meta({
      title: 'Address of Jira',
      description: 'As in the browser; for Jira Cloud the name of the site is enough.',
      examples: ['https://acme.atlassian.net'],
    }),
    auth: z.discriminatedUnion('kind', [token, oauth, pat]).meta({ title: 'How Entente signs in' }),
    project: z
      .string()
      .trim()
      .min(1)
      .optional()
      .meta({ title: 'Project for new issues', description: 'Key of the project in which issues are created, unless the connection says otherwise.' }),
    internalRole: z
      .string()
      .trim()
      .min(1)
      .optional()
      .meta({
        title: 'Role for internal comments',
        description: 'Project role that internal comments are shown to in projects that are no service projects. Left empty, they are refused there.',
        examples: ['Service Desk Team'],
      }),
    attachmentMaxMb: z.coerce.number().int().positive().max(2048).default(10).meta({
      title: 'Maximum attachment size, in MB',
      description: 'As Jira’s administration says it (System → Attachments).',
    }),
  })
  .transform(({ url, ...others }, context): JiraSettings => {
    const site = siteOf(url);
    if (site) return { url: site, ...others };
    context.addIssue({ code: 'custom', path: ['url'], message: 'Give the address of Jira, for example https://acme.atlassian.net.' });
    return z.NEVER;
  });
