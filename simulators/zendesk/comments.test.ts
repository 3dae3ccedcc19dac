import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Caller, callerOf, makeTicket } from './test-client.ts';
import { startZendesk, type ZendeskSim } from './zendesk.ts';

let sim: ZendeskSim;
let call: Caller;

beforeAll(async () => {
  sim = await startZendesk({ limits: 'off', validate: true, settings: { maxCommentsPerTicket: 4 } });
  sim.control.freeze();
  call = callerOf(sim);
});
afterAll(async () => {
  expect(sim.control.violations()).toEqual([]);
  await sim.stop();
});

test('fields, a comment and a file go in one request, and the answer names the new comment', async () => {
  const { id } = await makeTicket(call);
  const upload = (await call('POST', '/api/v2/uploads.json?filename=log.txt', Buffer.from('line'), { 'content-type': 'text/plain' })).json.upload;
  const { audit, ticket } = (
    await call('PUT', `/api/v2/tickets/${id}.json`, {
      ticket: { status: 'open', comment: { html_body: '<p>Look</p>', public: false, uploads: [upload.token] }, metadata: { marker: 'm' } },
    })
  ).json;
  expect(ticket.status).toBe('open');
  const event = audit.events.find((one: { type: string }) => one.type === 'Comment');
  expect(event.attachments).toMatchObject([{ file_name: 'log.txt', content_type: 'text/plain', size: 4 }]);
  const { comments } = (await call('GET', `/api/v2/tickets/${id}/comments.json`)).json;
  expect(comments[1]).toMatchObject({ id: event.id, audit_id: audit.id, public: false, plain_body: 'Look', metadata: { custom: { marker: 'm' } } });
  expect(comments[1].attachments[0].id).toBe(upload.attachment.id);
});

test('an upload token works once, and not after an hour', async () => {
  const { id } = await makeTicket(call);
  const { token } = (await call('POST', '/api/v2/uploads.json?filename=a.txt', Buffer.from('a'))).json.upload;
  const withFile = { ticket: { comment: { body: 'file', uploads: [token] } } };
  expect((await call('PUT', `/api/v2/tickets/${id}.json`, withFile)).status).toBe(200);
  expect((await call('PUT', `/api/v2/tickets/${id}.json`, withFile)).status).toBe(422);
  const late = (await call('POST', '/api/v2/uploads.json?filename=b.txt', Buffer.from('b'))).json.upload.token;
  sim.control.advance(60 * 60_000);
  expect((await call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { comment: { body: 'late', uploads: [late] } } })).text).toContain(
    'upload token is invalid',
  );
  expect((await call('GET', `/api/v2/tickets/${id}/comments/count.json`)).json.count.value).toBe(2);
});

test('plain text becomes paragraphs and line breaks, and markup in it stays text', async () => {
  const { id } = await makeTicket(call, { comment: { body: 'One\ntwo <b>\n\nThree' } });
  const [comment] = (await call('GET', `/api/v2/tickets/${id}/comments.json`)).json.comments;
  expect(comment.html_body).toBe('<div class="zd-comment" dir="auto"><p dir="auto">One<br>two &#60;b&#62;</p><p dir="auto">Three</p></div>');
  expect(comment.plain_body).toBe('One\ntwo <b>\n\nThree');
});

test('scripts, handlers and dangerous addresses do not survive, ordinary markup does', async () => {
  const html_body =
    '<p onclick="x()">Hi <script>alert(1)</script><b>bold</b> <a href="javascript:x()">bad</a> <a href="https://a.example">good</a></p><table><tr><td colspan="2">cell</td></tr></table><iframe src="https://a.example"></iframe>';
  const { id } = await makeTicket(call, { comment: { html_body } });
  const [comment] = (await call('GET', `/api/v2/tickets/${id}/comments.json`)).json.comments;
  expect(comment.html_body).not.toMatch(/script|onclick|iframe|alert/);
  expect(comment.html_body).toContain('<b>bold</b> <a>bad</a> <a href="https://a.example" rel="noopener noreferrer">good</a>');
  expect(comment.html_body).toContain('<td colspan="2">cell</td>');
});

test('images in the text are inline: left out of the attachments unless asked for', async () => {
  const upload = (
    await call('POST', '/api/v2/uploads.json?filename=p.png', Buffer.from('89504e470d0a1a0a0000000d49484452000000020000000308', 'hex'), {
      'content-type': 'image/png',
    })
  ).json.upload;
  const { id } = await makeTicket(call, { comment: { html_body: `<p>See <img src="${upload.attachment.content_url}"></p>`, uploads: [upload.token] } });
  expect((await call('GET', `/api/v2/tickets/${id}/comments.json`)).json.comments[0].attachments).toEqual([]);
  const shown = (await call('GET', `/api/v2/tickets/${id}/comments.json?include_inline_images=true`)).json.comments[0].attachments;
  expect(shown).toMatchObject([{ file_name: 'p.png', inline: true, width: '2', height: '3' }]);
});

test('comments come in order, backwards, page by page, and with their authors', async () => {
  const { id } = await makeTicket(call, { comment: { body: 'one' } });
  for (const body of ['two', 'three']) await call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { comment: { body } } });
  const bodies = (reply: { json: { comments: { plain_body: string }[] } }) => reply.json.comments.map((comment) => comment.plain_body);
  expect(bodies(await call('GET', `/api/v2/tickets/${id}/comments.json`))).toEqual(['one', 'two', 'three']);
  expect(bodies(await call('GET', `/api/v2/tickets/${id}/comments.json?sort=-created_at`))).toEqual(['three', 'two', 'one']);
  const first = await call('GET', `/api/v2/tickets/${id}/comments.json?page[size]=2&include=users`);
  expect(bodies(first)).toEqual(['one', 'two']);
  expect(first.json.meta.has_more).toBe(true);
  expect(first.json.users).toMatchObject([{ email: sim.credentials.email }]);
  expect(bodies(await call('GET', first.json.links.next))).toEqual(['three']);
});

test('a comment can be made private, and the ticket with its only public comment becomes private', async () => {
  const { id } = await makeTicket(call);
  const [comment] = (await call('GET', `/api/v2/tickets/${id}/comments.json`)).json.comments;
  expect((await call('PUT', `/api/v2/tickets/${id}/comments/${comment.id}/make_private.json`)).status).toBe(200);
  expect((await call('GET', `/api/v2/tickets/${id}/comments.json`)).json.comments[0].public).toBe(false);
  expect((await call('GET', `/api/v2/tickets/${id}.json`)).json.ticket.is_public).toBe(false);
  const { audits } = (await call('GET', `/api/v2/tickets/${id}/audits.json`)).json;
  expect(audits.at(-1).events).toMatchObject([{ type: 'CommentPrivacyChange', comment_id: comment.id }]);
  expect((await call('PUT', `/api/v2/tickets/${id}/comments/1/make_private.json`)).status).toBe(404);
});

test('words and files of a comment can be redacted for good', async () => {
  const upload = (await call('POST', '/api/v2/uploads.json?filename=card.txt', Buffer.from('4111'))).json.upload;
  const { id } = await makeTicket(call, { comment: { body: 'My card is 4111 1111', uploads: [upload.token] } });
  const [comment] = (await call('GET', `/api/v2/tickets/${id}/comments.json`)).json.comments;
  await call('PUT', `/api/v2/tickets/${id}/comments/${comment.id}/redact.json`, { text: '4111 1111' });
  await call('PUT', `/api/v2/tickets/${id}/comments/${comment.id}/attachments/${upload.attachment.id}/redact.json`);
  const [after] = (await call('GET', `/api/v2/tickets/${id}/comments.json`)).json.comments;
  expect(after.plain_body).toBe('My card is ▇▇▇▇▇▇▇▇▇');
  expect(after.attachments).toMatchObject([{ file_name: 'redacted.txt', size: 0 }]);
  expect((await call('GET', `/api/v2/tickets/${id}.json`)).json.ticket.description).not.toContain('4111');
  const audits = JSON.stringify((await call('GET', `/api/v2/tickets/${id}/audits.json`)).json);
  expect(audits).not.toContain('4111 1111');
});

test('an author who does not exist, a text over 64 KB and one comment too many are refused, and nothing is added', async () => {
  const { id } = await makeTicket(call);
  const put = (comment: Record<string, unknown>) => call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { comment } });
  expect((await put({ body: 'x', author_id: 5 })).json.details.author).toHaveLength(1);
  expect((await put({ body: 'x'.repeat(65_536) })).json.details.comment[0].error).toBe('ValueTooLong');
  for (const body of ['2', '3', '4']) expect((await put({ body })).status).toBe(200);
  expect((await put({ body: '5' })).json.details.base[0].error).toBe('TooManyComments');
  expect((await call('GET', `/api/v2/tickets/${id}/comments.json`)).json.comments).toHaveLength(4);
});

test('a comment on behalf of the customer carries the customer, and a private ticket gets private comments by default', async () => {
  const customer = (await call('GET', '/api/v2/users/search.json?query=grace@northwind.example')).json.users[0];
  const { id } = await makeTicket(call, { requester_id: customer.id, comment: { body: 'internal', public: false } });
  const { audit } = (await call('PUT', `/api/v2/tickets/${id}.json`, { ticket: { comment: { body: 'more', author_id: customer.id } } })).json;
  expect(audit.events[0]).toMatchObject({ author_id: customer.id, public: false });
});
