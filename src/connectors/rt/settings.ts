import { z } from 'zod';

/** What an instance has to be told. */
export const settings = z.object({
  url: z.url({ protocol: /^https?$/, error: 'Enter the address of Request Tracker, for example https://rt.example.com.' }).meta({
    title: 'Address of Request Tracker',
    description: 'As in your browser, with the path, if it has one (https://example.com/rt), without /REST/2.0.',
    examples: ['https://rt.example.com'],
  }),
  token: z
    .string()
    .trim()
    .regex(/^\d+-\d+-\S+$/, 'Enter an authentication token of RT, such as 1-14-5f3c…: RT shows it once, when it is created.')
    .meta({ title: 'Authentication token', description: 'Of the user that Entente works as: Logged in as … → Settings → Auth Tokens.', writeOnly: true }),
  queue: z
    .string()
    .trim()
    .min(1)
    .optional()
    .meta({ title: 'Queue for new tickets', description: 'Name of the queue in which tickets are created, unless the connection says otherwise.' }),
  markerField: z.string().trim().min(1, 'Enter the name of the custom field.').default('Entente').meta({
    title: 'Custom field for the marker',
    description: 'Name of the two custom fields (for tickets, and for ticket transactions) that keep a ticket or a comment from being created twice.',
  }),
  attachmentMaxMb: z.coerce.number().int().positive().max(1000).default(20).meta({
    title: 'Largest attachment, in MB',
    description: 'What your RT takes: $MaxAttachmentSize, or the largest packet of its database, whichever is less.',
  }),
});

export type RtSettings = z.infer<typeof settings>;
