import { type Account, addUser, userByEmail } from './account.ts';
import type { User } from './model.ts';
import { contentUrl } from './present.ts';
import { ENGINEERING, type SeedComment, type SeedTicket, SUPPORT } from './seed-tickets.ts';
import { createTicket, updateTicket, WEB } from './ticket-changes.ts';
import { addAttachment, grantUpload } from './uploads.ts';

export type SeedName = 'support' | 'engineering' | 'empty';

/** Fills a new account: its people, and the tickets of the named seed. The service account that a connector uses is `sync@SUBDOMAIN.example`. */
export async function seed(account: Account, name: SeedName): Promise<void> {
  const domain = `${account.subdomain}.example`;
  addUser(account, { name: 'Sync Service', email: `sync@${domain}`, role: 'admin' });
  addUser(account, { name: 'Ada Admin', email: `admin@${domain}`, role: 'admin' });
  addUser(account, { name: 'Nora Agent', email: `nora@${domain}`, role: 'agent' });
  addUser(account, { name: 'Tomás Agent', email: `tomas@${domain}`, role: 'agent' });
  for (const [customer, email] of [
    ['Grace Müller', 'grace@northwind.example'],
    ['ليلى حداد', 'layla@contoso.example'],
    ['Kenji Sato', 'kenji@fabrikam.example'],
  ] as const) {
    addUser(account, { name: customer, email, role: 'end-user' });
  }
  const tickets = name === 'support' ? SUPPORT : name === 'engineering' ? ENGINEERING : [];
  // The seeds lie in the past, so that the feed and the search know them from the start.
  const clock = account.clock;
  let at = clock.now() - (tickets.length + 1) * 3 * HOUR_MS;
  account.clock = { ...clock, now: () => at };
  for (const ticket of tickets) {
    await plant(account, ticket, domain, () => {
      at += 7 * 60_000;
    });
    at = Math.min(at + HOUR_MS, clock.now() - HOUR_MS);
  }
  account.clock = clock;
}

const HOUR_MS = 3_600_000;

async function plant(account: Account, ticket: SeedTicket, domain: string, later: () => void): Promise<void> {
  const person = (short: string): User => {
    const user = userByEmail(account, short.includes('@') ? short : `${short}@${domain}`);
    if (!user) throw new Error(`The seed names ${short}, who does not exist.`);
    return user;
  };
  const [first, ...rest] = ticket.comments;
  if (!first) throw new Error(`The seed ticket "${ticket.subject}" has no comment.`);
  const requester = person(ticket.requester);
  const { ticket: created } = createTicket(
    account,
    person('nora'),
    {
      subject: ticket.subject,
      type: ticket.type,
      priority: ticket.priority,
      requester_id: requester.id,
      submitter_id: requester.id,
      tags: ticket.tags ?? [],
      brand_id: account.brands[ticket.brand ?? 0]?.id ?? account.brands[0]?.id,
      comment: await commentInput(account, first, requester),
    },
    WEB,
  );
  for (const comment of rest) {
    later();
    const author = person(comment.by ?? 'nora');
    updateTicket(account, author, created, { comment: await commentInput(account, comment, author) }, WEB);
  }
  later();
  if (ticket.status) updateTicket(account, person('nora'), created, { status: ticket.status, assignee_id: person('nora').id }, WEB);
}

/** The comment with its files stored; `{{name}}` in the HTML stands for the address of the file of that name. */
async function commentInput(account: Account, comment: SeedComment, author: User): Promise<Record<string, unknown>> {
  const attachments = [];
  for (const file of comment.files ?? [])
    attachments.push(await addAttachment(account, { name: file.name, type: file.type, ...(await account.files.storeBytes(file.bytes)) }));
  const html = attachments.reduce((text, file) => text.replaceAll(`{{${file.file_name}}}`, contentUrl(account, file)), comment.html);
  const uploads = attachments.length > 0 ? [grantUpload(account, attachments)] : [];
  return { html_body: html, public: comment.internal !== true, author_id: author.id, uploads };
}
