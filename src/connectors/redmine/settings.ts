import { z } from 'zod';

/** What an instance has to be told. */
export const settings = z.object({
  url: z
    .url({ protocol: /^https?$/, error: 'Enter the address of Redmine, for example https://redmine.example.com.' })
    .meta({ title: 'Address of Redmine', description: 'With the path, if it has one.', examples: ['https://redmine.example.com'] }),
  apiKey: z
    .string()
    .trim()
    .min(1, 'Enter the API access key of the account (My account → API access key).')
    .meta({ title: 'API access key', description: 'Of the user that Entente works as: My account → API access key.', writeOnly: true }),
  project: z
    .string()
    .trim()
    .min(1)
    .optional()
    .meta({ title: 'Project for new issues', description: 'Identifier of the project in which issues are created, unless the connection says otherwise.' }),
  textFormat: z
    .enum(['textile', 'markdown', 'markdown-breaks'])
    .default('textile')
    .meta({
      title: 'Text formatting',
      description: 'As in Administration → Settings → General.',
      enumNames: ['Textile', 'CommonMark Markdown', 'Markdown (older, each line end breaks)'],
    }),
  markerField: z.string().trim().default('Entente').meta({
    title: 'Custom field for the marker',
    description: 'Name of the custom field (text, used as a filter) that keeps an issue from being created twice.',
  }),
  attachmentMaxKb: z.coerce
    .number()
    .int()
    .positive()
    .default(5120)
    .meta({ title: 'Maximum attachment size, in KB', description: 'As in Administration → Settings → Files.' }),
});

export type RedmineSettings = z.infer<typeof settings>;
