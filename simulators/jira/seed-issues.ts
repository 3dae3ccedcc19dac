import { crc32, deflateSync } from 'node:zlib';
import { addAttachments } from './attachments.ts';
import { addComment } from './comment-changes.ts';
import { createIssue, editIssue, transition, transitionId } from './issue-changes.ts';
import type { Issue, Text, User } from './model.ts';
import { type Site, userBy } from './site.ts';

type Node = Record<string, unknown>;

const words = (text: string, ...marks: (string | Node)[]): Node => ({
  type: 'text',
  text,
  ...(marks.length > 0 ? { marks: marks.map((mark) => (typeof mark === 'string' ? { type: mark } : mark)) } : {}),
});
const block = (type: string, content: (Node | string)[], attrs?: Node): Node => ({
  type,
  ...(attrs ? { attrs } : {}),
  content: content.map((one) => (typeof one === 'string' ? words(one) : one)),
});
const p = (...content: (Node | string)[]): Node => block('paragraph', content);
const item = (...content: Node[]): Node => block('listItem', content);
const cell = (text: string, head = false): Node => block(head ? 'tableHeader' : 'tableCell', [p(text)], {});
const row = (texts: string[], head = false): Node =>
  block(
    'tableRow',
    texts.map((text) => cell(text, head)),
  );
const doc = (...content: Node[]): Text => ({ type: 'doc', version: 1, content });

/** A few issues as a software team has them; the same in Data Center, in wiki text. */
export function seedIssues(site: Site): void {
  const [dana, omar] = ['dana@acme.example', 'omar@acme.example'].map((email) => userBy(site, email) as User) as [User, User];
  const make = (actor: User, project: string, type: string, summary: string, adf: Text, wiki: string, more: Node = {}): Issue => {
    const fields = { project: { key: project }, issuetype: { name: type }, summary, description: site.cloud ? adf : wiki, ...more };
    return createIssue(site, actor, { fields });
  };
  const say = (issue: Issue, actor: User, adf: Text, wiki: string, internal = false) =>
    addComment(site, actor, issue, {
      body: site.cloud ? adf : wiki,
      ...(internal ? { properties: [{ key: 'sd.public.comment', value: { internal: true } }] } : {}),
    });

  const export1 = make(
    dana,
    'SUP',
    'Bug',
    'CSV export breaks on names with umlauts',
    doc(
      p('The export writes ', words('Latin-1', 'code'), ' where ', words('UTF-8', 'strong'), ' is promised. Affected:'),
      block('table', [row(['Customer', 'Rows', 'Broken'], true), row(['Müller AG', '1204', '17']), row(['Ærø Færge', '88', '88'])], {
        isNumberColumnEnabled: false,
        layout: 'default',
      }),
      block('heading', ['How to see it'], { level: 2 }),
      block(
        'orderedList',
        [
          item(p('Open ', words('Reports', 'em')), block('bulletList', [item(p('choose a customer')), item(p('press Export'))])),
          item(p('Open the file in a spreadsheet')),
        ],
        { order: 1 },
      ),
      block('codeBlock', ["response.setEncoding('latin1');\nreturn rows.join(';');"], { language: 'javascript' }),
    ),
    "The export writes {{Latin-1}} where *UTF-8* is promised. Affected:\n\n||Customer||Rows||Broken||\n|Müller AG|1204|17|\n|Ærø Færge|88|88|\n\nh2. How to see it\n\n# Open _Reports_\n#* choose a customer\n#* press Export\n# Open the file in a spreadsheet\n\n{code:javascript}\nresponse.setEncoding('latin1');\nreturn rows.join(';');\n{code}",
    { priority: { name: 'High' }, labels: ['export', 'encoding'] },
  );
  transition(site, dana, export1, transitionId('3'));
  const mention = site.cloud ? { type: 'mention', attrs: { id: omar.id, text: `@${omar.displayName}`, accessLevel: '' } } : null;
  say(
    export1,
    dana,
    doc(
      p(...(mention ? [mention] : []), ' can you look? It is the same on staging ', {
        type: 'emoji',
        attrs: { shortName: ':thinking:', id: '1f914', text: '🤔' },
      }),
    ),
    `[~${omar.name}] can you look? It is the same on staging 🤔`,
  );
  say(export1, omar, doc(p('The customer is on the old plan: do not promise a date.')), 'The customer is on the old plan: do not promise a date.', true);

  const login = make(
    omar,
    'SUP',
    'Task',
    'Sign-in page: warn before the session ends',
    doc(
      block('panel', [p('Agreed with design on Monday.')], { panelType: 'info' }),
      block(
        'taskList',
        [
          block('taskItem', ['Text for the warning'], { localId: 'a1', state: 'DONE' }),
          block('taskItem', ['Keyboard focus goes back where it was'], { localId: 'a2', state: 'TODO' }),
        ],
        { localId: 'a0' },
      ),
      block('blockquote', [p('“Two minutes are enough.”')]),
    ),
    '{panel}\nAgreed with design on Monday.\n{panel}\n\n* (/) Text for the warning\n* (x) Keyboard focus goes back where it was\n\nbq. “Two minutes are enough.”',
    { duedate: '2030-01-15' },
  );
  const [picture] = addAttachments(site, omar, login, [{ name: 'warning.png', type: 'image/png', bytes: drawPicture() }]);
  const shown = block('mediaSingle', [], { layout: 'center' });
  shown.content = [{ type: 'media', attrs: { type: 'file', id: picture?.media, collection: '', alt: 'warning.png', width: 120, height: 60 } }];
  say(login, omar, doc(p('This is how it looks:'), shown), 'This is how it looks:\n\n!warning.png!');
  addAttachments(site, omar, login, [{ name: 'session.log', type: 'text/plain', bytes: Buffer.from('10:02 session opened\n10:32 session ended\n') }]);

  const rtl = make(
    omar,
    'DEV',
    'Story',
    'دعم اللغة العربية في الفواتير',
    doc(
      p('يجب أن تظهر الفواتير من اليمين إلى اليسار.'),
      p(
        'Numbers stay as they are: ',
        words('١٢٣ / 123', 'underline'),
        '. See ',
        words('the guide', { type: 'link', attrs: { href: 'https://www.w3.org/International/' } }),
        '.',
      ),
    ),
    'يجب أن تظهر الفواتير من اليمين إلى اليسار.\n\nNumbers stay as they are: +١٢٣ / 123+. See [the guide|https://www.w3.org/International/].',
  );
  editIssue(site, dana, rtl, { fields: { labels: ['i18n'] } });
  make(
    dana,
    'DEV',
    'Task',
    'Empty the staging database every night',
    doc(p('Nobody needs ', words('last week’s', 'strike'), ' data there.')),
    'Nobody needs -last week’s- data there.',
    { priority: { name: 'Low' } },
  );
}

/** A PNG of 120 × 60: a yellow bar on grey. */
function drawPicture(): Buffer {
  const [width, height] = [120, 60];
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) rows.set(y > 20 && y < 40 && x > 10 && x < 110 ? [255, 196, 0] : [235, 236, 240], y * (1 + width * 3) + 1 + x * 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const chunk = (type: string, data: Buffer): Buffer => {
    const out = Buffer.alloc(12 + data.length);
    out.writeUInt32BE(data.length, 0);
    out.write(type, 4, 'latin1');
    data.copy(out, 8);
    out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
    return out;
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}
