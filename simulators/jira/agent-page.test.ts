import { expect, test } from 'vitest';
import { remoteControl } from '../http/control.ts';
import type { JiraControl } from './control.ts';
import { startJira } from './jira.ts';
import { clientOf } from './test-client.ts';

test.each(['cloud', 'data-center'] as const)('a person can read, create, comment, edit and delete in the browser (%s)', async (deployment) => {
  const sim = await startJira({ deployment, seed: 'support' });
  const get = async (path: string) => (await fetch(sim.url + path)).text();
  const post = (path: string, form: Record<string, string>) => fetch(sim.url + path, { method: 'POST', redirect: 'manual', body: new URLSearchParams(form) });
  expect(await get('/')).toContain('دعم اللغة العربية في الفواتير');
  const first = await get('/browse/SUP-1');
  for (const shown of [/<th[^>]*>(<p>)?Customer/, /<pre>/, /<ol>/, /<ul>/, /<strong>UTF-8<\/strong>/, /@(Omar Haddad|omar)/, /🤔/, /Internal note/])
    expect(first).toMatch(shown);
  const link = (url: string) => ({ object: { url, title: 'Ticket <4>' }, relationship: 'in step with', application: { name: 'Entente' } });
  for (const url of ['https://acme.zendesk.example/4', 'javascript:alert(1)'])
    expect((await clientOf(sim)('POST', '/issue/SUP-1/remotelink', link(url))).status).toBe(201);
  const linked = await get('/browse/SUP-1');
  expect(linked).toContain('in step with <a href="https://acme.zendesk.example/4">Ticket &#60;4&#62;</a>');
  expect(linked).not.toContain('javascript:');
  const [picture] = sim.control.files('SUP-2');
  expect(await get('/browse/SUP-2')).toContain(`<img src="/agent/file/${picture?.id}"`);
  const image = await fetch(`${sim.url}/agent/file/${picture?.id}`);
  expect([image.headers.get('content-type'), image.headers.get('content-disposition')]).toEqual(['image/png', 'inline']);

  const made = await post('/', { project: 'DEV', type: 'Bug', summary: '<b>New</b>', body: 'First *line*\n\nsecond' });
  const at = made.headers.get('location') ?? '';
  expect(await get(at)).toContain('&#60;b&#62;New&#60;/b&#62;');
  expect(await get(at)).toContain('<p>First *line*</p><p>second</p>');
  await post(`${at}/comment`, { body: 'A comment' });
  expect(await get(at)).toContain('<p>A comment</p>');
  await post(`${at}/edit`, { summary: 'Edited', status: '3', priority: '1' });
  expect(await get(at)).toMatch(/<h1[^>]*>Edited/);
  const refused = await post(`${at}/edit`, { summary: '', status: '3', priority: '1' });
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('You must specify a summary of the issue.')]);
  await post(`${at}/delete`, {});
  expect((await fetch(sim.url + at)).status).toBe(404);
  await sim.stop();
});

test('the controls work over HTTP too', async () => {
  const sim = await startJira();
  const control = remoteControl<JiraControl>(sim.url);
  const { key } = await control.createIssue({ project: 'SUP', summary: 'From afar' }, 'omar@acme.example');
  expect((await control.issue(key)).fields).toMatchObject({ summary: 'From afar', reporter: { displayName: 'Omar Haddad' } });
  await expect(control.editIssue('SUP-9', { summary: 'x' })).rejects.toThrow('There is no issue SUP-9.');
  await sim.stop();
});
