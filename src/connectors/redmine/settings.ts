import { z } from 'zod';

/** What an instance has to be told. */
export const settings = z.object({
  url: z
    .url({ protocol: /^https?$/, error: 'Enter the address of Redmine, for example https://redmine.example.com.' })
    .describe('Address of Redmine, with the path if it has one'),
  apiKey: z.string().trim().min(1, 'Enter the API access key of the account (My account → API access key).').describe('API access key'),
  project: z.string().trim().min(1).optional().describe('Identifier of the project in which issues are created unless the connection says otherwise'),
  textFormat: z
    .enum(['textile', 'markdown', 'markdown-breaks'])
    .default('textile')
    .describe(
      'Text formatting, as in Administration → Settings → General: Textile; CommonMark Markdown (`markdown`); or the older Markdown, in which each line end is a line break (`markdown-breaks`)',
    ),
  markerField: z.string().trim().default('Entente').describe('Name of the custom field (text, used as a filter) that keeps an issue from being created twice'),
  attachmentMaxKb: z.coerce.number().int().positive().default(5120).describe('Maximum attachment size in KB, as in Administration → Settings → Files'),
});

export type RedmineSettings = z.infer<typeof settings>;
