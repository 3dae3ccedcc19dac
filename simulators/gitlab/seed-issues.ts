import type { IssueType } from './model.ts';

/** `{{name}}` in a text stands for the file of that name. */
export interface SeedIssue {
  title: string;
  by: string;
  description: string;
  type?: IssueType;
  labels?: string[];
  confidential?: boolean;
  closed?: boolean;
  comments?: { by: string; text: string; internal?: boolean }[];
  files?: { name: string; bytes: Buffer }[];
}

/** A chequered square of 64 by 64. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAZklEQVR42u3ZsQkAIAwEwOzmFC7qWGJt5QwJCIIHXz+58kmsuVPpbaRyuz8AAAAAAAAAAAAAAMqA1w7K9gMAAAAAAAAAAAAA1AEWGQAAAAAAAAAAAID/gEUGAAAAAAAAAAAA8B3gABHKUfAi2Yo8AAAAAElFTkSuQmCC',
  'base64',
);

export const SEED_ISSUES: readonly SeedIssue[] = [
  {
    title: 'Checkout fails for orders with more than 20 lines',
    by: 'nora',
    labels: ['bug', 'checkout'],
    description:
      'Since **release 4.2** large orders cannot be paid.\n\n1. Put 21 things into the cart\n2. Press *Pay*\n\nExpected: a receipt. Instead:\n\n```\nError: too many lines (21)\n```\n\n{{screen.png}}',
    files: [{ name: 'screen.png', bytes: PICTURE }],
    comments: [
      { by: 'tomas', text: 'I see it in the logs: see the excerpt below.\n\n```\n21 > 20\n```' },
      { by: 'ada', text: 'The limit is ours. Do not tell the customer the number yet.', internal: true },
    ],
  },
  {
    title: 'Payment provider answers slowly',
    by: 'tomas',
    type: 'incident',
    labels: ['checkout'],
    description: '| Time | Seconds |\n| --- | --- |\n| 09:00 | 2 |\n| 09:30 | 14 |\n\n> We have no influence on this, says the provider.',
    comments: [{ by: 'nora', text: 'Back to normal since 10:15.' }],
    closed: true,
  },
  {
    title: 'Rotate the keys of the staging system',
    by: 'ada',
    type: 'task',
    description: '- [x] make new keys\n- [ ] take the old ones away',
  },
  { title: 'Names with accents are cut: “Zoë” becomes “Zo”', by: 'gus', labels: ['bug'], description: 'Seen with `Zoë`, `Łukasz` and שלום.' },
  {
    title: 'Somebody can read other people’s invoices',
    by: 'ada',
    confidential: true,
    labels: ['security'],
    description: 'By changing the number in the address. Not public before it is mended.',
  },
  { title: 'Dark mode', by: 'nora', labels: ['idea'], description: 'Asked for by three customers.' },
];
