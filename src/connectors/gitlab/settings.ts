import { z } from 'zod';

/** What an instance has to be told. */
export const settings = z.object({
  url: z
    .url({ protocol: /^https?$/, error: 'Enter the address of GitLab, for example https://gitlab.com.' })
    .default('https://gitlab.com')
    .meta({ title: 'Address of GitLab', description: 'Of GitLab.com or of your own GitLab, with the path, if it has one.', examples: ['https://gitlab.com'] }),
  token: z
    .string()
    .trim()
    .min(1, 'Enter an access token with the scope “api”.')
    .meta({ title: 'Access token', description: 'Of a project, a group or a service account, with the scope “api”.', writeOnly: true }),
  projects: z
    .string()
    .trim()
    .refine((text) => projectsIn(text).length > 0, 'Enter the path of at least one project, for example acme/web.')
    .meta({
      title: 'Projects',
      description: 'Paths of the projects that are synchronised, separated by commas. New issues go to the first one, unless the connection says otherwise.',
      examples: ['acme/web'],
    }),
  confidential: z
    .enum(['leave-out', 'include', 'create'])
    .default('leave-out')
    .meta({
      title: 'Confidential issues',
      description:
        'GitLab shows them to the team only. Synchronised, they can be read on the other side. Entente never changes whether an issue is confidential.',
      enumNames: ['Left out', 'Synchronised like all others', 'Synchronised, and issues from the other side are created confidential'],
    }),
});

export type GitlabSettings = z.infer<typeof settings>;

/** Paths or numbers of projects, as people type them: separated by commas, spaces or lines, also as addresses. */
export function projectsIn(text: string): string[] {
  const paths = text.split(/[\s,;]+/).map((part) =>
    part
      .replace(/^https?:\/\/[^/]+\//i, '')
      .replace(/\/-\/.*$/, '')
      .replace(/^\/+|\/+$/g, '')
      .replace(/\.git$/, ''),
  );
  return [...new Set(paths.filter((path) => path !== ''))];
}
