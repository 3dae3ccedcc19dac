import { crc32, deflateSync } from 'node:zlib';

/** An issue to start with. In texts, `{{name}}` stands for the file of that name as the page would have put it there. */
export interface SeedIssue {
  title: string;
  by: string;
  type?: 'Bug' | 'Task' | 'Feature';
  labels?: string[];
  assignees?: string[];
  body: string;
  pull?: true;
  closed?: 'completed' | 'not_planned';
  files?: { name: string; type: string; bytes: Buffer }[];
  comments?: { by: string; text: string }[];
}

const chart = { name: 'response-times.png', type: 'image/png', bytes: drawSteps([2, 2, 3, 7, 9, 9, 6, 3]) };
const log = {
  name: 'checkout.log',
  type: 'text/plain',
  bytes: Buffer.from('2026-11-20T08:14:02Z WARN  retry 1 of 5\n2026-11-20T08:14:09Z ERROR gateway answered 503\n'),
};

/** A repository of a shop as one finds it: every kind of formatting is in it somewhere. */
export const SEED_ISSUES: SeedIssue[] = [
  {
    title: 'Checkout answers 503 when the cart has more than 50 items',
    by: 'nora',
    type: 'Bug',
    labels: ['bug'],
    assignees: ['tomas'],
    body: `Since **Thursday** the checkout fails for large carts.

| items | answer | time |
| ----: | :----: | ---- |
| 10 | 200 | 0.3 s |
| 50 | 200 | 4.8 s |
| 51 | 503 | – |

To reproduce:

1. Fill a cart
   - any product will do
   - more than *fifty* of them
     - gift cards count too
2. Press \`Pay\`

{{response-times.png}}

{{checkout.log}}`,
    files: [chart, log],
    comments: [
      { by: 'tomas', text: 'The gateway gives up after 5 s:\n\n```ts\nconst timeoutMs = 5_000; // was 30_000\n```\n\n@nora do we know why this was changed?' },
      { by: 'nora', text: '> was 30_000\n\nFor the sale, I think. See #4.' },
    ],
  },
  {
    title: 'Release 4.2',
    by: 'ada',
    type: 'Task',
    labels: ['documentation'],
    body: '- [x] Freeze\n- [x] Changelog\n- [ ] Tag\n  - [ ] Sign it\n- [ ] Announce :tada: 🎉\n\n> [!WARNING]\n> Not before **Monday**.',
    comments: [{ by: 'ada', text: 'Frozen. ~~Tagging today~~ tomorrow.' }],
  },
  {
    title: 'تظهر الأسعار بالاتجاه الخاطئ',
    by: 'rita',
    type: 'Bug',
    labels: ['bug', 'help wanted'],
    body: 'السعر **١٢٫٥٠ €** يظهر من اليسار إلى اليمين.\n\nIn the list `dir="auto"` is missing.',
  },
  {
    title: 'Wait longer for the payment gateway',
    by: 'tomas',
    pull: true,
    body: 'Fixes #1.',
    comments: [{ by: 'ada', text: 'Looks good to me 👍' }],
  },
  {
    title: 'Dark mode',
    by: 'rita',
    type: 'Feature',
    labels: ['enhancement', 'wontfix'],
    body: 'Please.\n\nAn address: https://example.com/dark?a=1&b=2 and [one with a name](https://example.com "A title").\n\n<details><summary>Why</summary>\n\nMy eyes.\n\n</details>',
    closed: 'not_planned',
  },
  { title: 'Emoji in product names: 👩‍💻 🇦🇹 é vs é', by: 'tomas', body: 'Both should be found: `é` and `é`.' },
];

/** A picture of bars, as high as the values from 0 to 10. */
function drawSteps(values: number[]): Buffer {
  const [width, height] = [values.length * 20, 100];
  const rows = Buffer.alloc(height * (1 + width * 3), 0xf6);
  for (let y = 0; y < height; y += 1) {
    rows[y * (1 + width * 3)] = 0;
    for (let x = 0; x < width; x += 1) {
      if (x % 20 < 14 && height - y <= (values[Math.floor(x / 20)] ?? 0) * 10) rows.set([9, 105, 218], y * (1 + width * 3) + 1 + x * 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunk = (type: string, data: Buffer): Buffer => {
    const inner = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const out = Buffer.alloc(inner.length + 8);
    out.writeUInt32BE(data.length, 0);
    inner.copy(out, 4);
    out.writeUInt32BE(crc32(inner), inner.length + 4);
    return out;
  };
  const start = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([start, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}
