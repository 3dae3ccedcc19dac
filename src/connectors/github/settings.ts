import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';

const secret = (title: string, description: string, missing: string) => z.string().trim().min(1, missing).meta({ title, description, writeOnly: true });

/** A key as it is pasted: also in one line, as forms make of it, with `\\n` for the line ends or with nothing. Undefined: it is none. */
function pem(text: string): string | undefined {
  const [, kind, base64] = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----([\s\S]*?)-----END \1-----/.exec(text.replaceAll('\\n', '\n')) ?? [];
  const lines = base64?.replace(/\s+/g, '').match(/.{1,64}/g);
  if (!kind || !lines) return undefined;
  const key = [`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`, ''].join('\n');
  try {
    createPrivateKey(key);
    return key;
  } catch {
    return undefined;
  }
}

const app = z
  .object({
    kind: z.literal('app'),
    appId: z
      .string()
      .trim()
      .regex(/^\d+$/, 'Enter the App ID: a number, on the page of the App.')
      .meta({ title: 'App ID', description: 'A number, on the page of the App.' }),
    privateKey: secret('Private key of the App', 'The whole content of the .pem file that GitHub made.', 'Paste the content of the .pem file.').transform(
      (text, context) => {
        const key = pem(text);
        if (key) return key;
        context.addIssue({ code: 'custom', message: 'This is no private key. Paste the whole .pem file, from “-----BEGIN” to “-----END … KEY-----”.' });
        return z.NEVER;
      },
    ),
    installationId: z
      .string()
      .trim()
      .regex(/^\d*$/, 'Enter the number at the end of the address of the installation’s page, or nothing.')
      .optional()
      .meta({ title: 'Installation ID', description: 'Left empty, the installation of the organisation or user above is taken.' }),
  })
  .meta({ title: 'GitHub App', description: 'What Entente writes appears under the App’s name. The best way for organisations.' });
const token = z
  .object({
    kind: z.literal('token'),
    token: secret('Access token', 'Fine-grained or classic, of the user that Entente works as.', 'Enter an access token.'),
  })
  .meta({ title: 'Access token', description: 'Of a user, made for Entente. The quickest way.' });

export type GithubAuth = z.infer<typeof app> | z.infer<typeof token>;

/** `url`: the owner's page, `https://github.com/acme`. `repositories`: names below it, for `repositoriesIn`; empty: all that the account is given. */
export interface GithubSettings {
  url: string;
  repositories: string;
  pullRequests: boolean;
  auth: GithubAuth;
}

/** Where an owner is: the web address without a path, and the API's. */
export interface Site {
  readonly origin: string;
  readonly api: string;
  readonly owner: string;
}

/** GitHub.com has its API elsewhere, and so has GitHub Enterprise Cloud with data residency (`acme.ghe.com`); a GitHub of one's own below `/api/v3`. */
export function siteOf({ url }: Pick<GithubSettings, 'url'>): Site {
  const { origin, hostname, host, protocol, pathname } = new URL(url);
  const cloud = hostname === 'github.com' || hostname.endsWith('.ghe.com');
  return { origin, api: cloud ? `${protocol}//api.${host}` : `${origin}/api/v3`, owner: pathname.split('/')[1] ?? '' };
}

const NAME = /^[A-Za-z0-9._-]+$/;

/** The owner's page, and the repository if one was named, for what people type. Undefined: neither. */
export function placeOf(text: string): { url: string; repository: string | null } | undefined {
  const given = text.trim();
  const address = /^https?:\/\//i.test(given) ? given : /^[^/\s]*\.[^/\s]*\//.test(given) ? `https://${given}` : `https://github.com/${given}`;
  if (!URL.canParse(address)) return undefined;
  const { origin, pathname, hostname, username, password } = new URL(address);
  const parts = pathname.split('/').filter(Boolean);
  const [owner, repository] = parts[0] === 'orgs' || parts[0] === 'organizations' ? [parts[1]] : parts;
  if (!owner || !NAME.test(owner) || username || password || hostname === 'api.github.com') return undefined;
  const name = repository?.replace(/\.git$/, '');
  return {
    url: `${origin === 'http://github.com' || origin === 'https://www.github.com' ? 'https://github.com' : origin}/${owner}`,
    repository: name && NAME.test(name) ? name : null,
  };
}

/** Names of repositories as people type them: separated by commas, spaces or lines, with or without the owner. */
export const repositoriesIn = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\s,;]+/)
      .filter(Boolean)
      .map(
        (part) =>
          part
            .replace(/\/+$/, '')
            .replace(/\.git$/, '')
            .split('/')
            .at(-1) ?? '',
      )
      .filter(Boolean),
  ),
];

export const settings: z.ZodType<GithubSettings> = z
  .object({
    url: z
      .string()
      .optional()
      .meta({
        title: 'Address of the organisation or user',
        description: 'As in the browser. With a repository, only that one is synchronised.',
        examples: ['https://github.com/acme'],
        needed: true,
      }),
    repositories: z
      .string()
      .default('')
      .meta({ title: 'Repositories', description: 'Their names, separated by commas. Left empty: all that the account is given.', examples: ['web, shop'] }),
    pullRequests: z
      .boolean()
      .default(false)
      .meta({ title: 'Pull requests too', description: 'Their title, description and conversation, like an issue’s. Reviews and code are left alone.' }),
    auth: z.discriminatedUnion('kind', [app, token]).meta({ title: 'How Entente signs in' }),
  })
  .transform(({ url, repositories, ...others }, context): GithubSettings => {
    const place = placeOf(url ?? '');
    const named = repositoriesIn(repositories);
    if (place) return { url: place.url, repositories: (named.length > 0 || !place.repository ? named : [place.repository]).join(', '), ...others };
    context.addIssue({ code: 'custom', path: ['url'], message: 'Give the address of an organisation or user, for example https://github.com/acme.' });
    return z.NEVER;
  });
