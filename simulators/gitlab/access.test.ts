import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GitlabSim, startGitlab } from './gitlab.ts';
import { apiOf, type TestApi } from './test-client.ts';

describe('who may do what in the GitLab simulator', () => {
  let sim: GitlabSim;
  let bot: TestApi;
  let guest: TestApi;
  let reporter: TestApi;

  beforeAll(async () => {
    sim = await startGitlab({ limits: 'off' });
    sim.control.addToken('gus', { value: 'gus' });
    sim.control.addToken('tomas', { value: 'tomas' });
    bot = apiOf(sim, sim.credentials.token);
    guest = apiOf(sim, 'gus');
    reporter = apiOf(sim, 'tomas');
  });
  afterAll(() => sim.stop());

  it('takes a private token, a bearer, and an OAuth token as a bearer only', async () => {
    const status = async (headers: Record<string, string>) => (await fetch(`${sim.url}/api/v4/user`, { headers })).status;
    sim.control.addToken('nora', { value: 'oauth', kind: 'oauth' });
    expect([await status({ 'private-token': 'gus' }), await status({ authorization: 'Bearer gus' }), await status({ authorization: 'Bearer oauth' })]).toEqual([
      200, 200, 200,
    ]);
    expect([await status({ 'private-token': 'oauth' }), await status({ 'private-token': 'x' }), await status({})]).toEqual([401, 401, 401]);
    sim.control.addToken('nora', { value: 'old', expires_at: '2020-01-01' });
    expect(await apiOf(sim, 'old')('GET', '/user')).toMatchObject({
      status: 401,
      json: { error: 'invalid_token', error_description: expect.stringContaining('expired') },
    });
  });

  it('lets a token read or write as far as its scopes reach', async () => {
    sim.control.addToken('nora', { value: 'read', scopes: ['read_api'] });
    const read = apiOf(sim, 'read');
    expect((await read('GET', '/projects/acme%2Fweb/issues')).status).toBe(200);
    expect(await read('POST', '/projects/acme%2Fweb/issues', { title: 'X' })).toMatchObject({ status: 403, json: { error: 'insufficient_scope' } });
    expect((await read('GET', '/personal_access_tokens/self')).json).toMatchObject({ scopes: ['read_api'] });
  });

  it('hides projects, confidential issues and internal notes from those who may not see them, as if they did not exist', async () => {
    sim.control.addProject('acme/secret', { ada: 'owner' });
    expect(await guest('GET', '/projects/acme%2Fsecret')).toMatchObject({ status: 404, json: { message: '404 Project Not Found' } });
    const { iid } = sim.control.createIssue('acme/web', { title: 'Confidential', confidential: true });
    sim.control.comment(`acme/web#${iid}`, 'Internal.', 'ada', true);
    const path = `/projects/acme%2Fweb/issues/${iid}`;
    expect([(await guest('GET', path)).status, (await guest('GET', `${path}/notes`)).status, (await reporter('GET', path)).status]).toEqual([404, 404, 200]);
    expect(JSON.stringify((await guest('GET', '/issues?scope=all')).json)).not.toContain('Confidential');
    sim.control.editIssue(`acme/web#${iid}`, { confidential: false });
    expect((await guest('GET', `${path}/notes?activity_filter=only_comments`)).json).toEqual([]);
    expect((await reporter('GET', `${path}/notes?activity_filter=only_comments`)).json).toHaveLength(1);
  });

  it('lets a guest write issues and change their own words, and ignores the rest', async () => {
    const made = await guest('POST', '/projects/acme%2Fweb/issues', { title: 'By a guest', labels: 'bug', due_date: '2030-01-01' });
    expect(made.json).toMatchObject({ labels: [], due_date: null });
    const path = `/projects/acme%2Fweb/issues/${(made.json as { iid: number }).iid}`;
    expect((await guest('PUT', path, { title: 'Changed', state_event: 'close' })).json).toMatchObject({ title: 'Changed', state: 'opened' });
    const { iid } = sim.control.createIssue('acme/web', { title: 'By the owner' });
    expect((await guest('PUT', `/projects/acme%2Fweb/issues/${iid}`, { title: 'Mine' })).status).toBe(403);
    expect((await guest('POST', `${path}/notes`, { body: 'Internal?', internal: true })).status).toBe(403);
  });

  it('lets only the author and maintainers change a comment, only owners and planners delete an issue, only maintainers keep webhooks', async () => {
    const { iid } = sim.control.createIssue('acme/web', { title: 'With comments' });
    const path = `/projects/acme%2Fweb/issues/${iid}`;
    const note = sim.control.comment(`acme/web#${iid}`, 'By Nora.', 'nora');
    expect((await reporter('PUT', `${path}/notes/${note}`, { body: 'Mine.' })).status).toBe(403);
    expect((await bot('PUT', `${path}/notes/${note}`, { body: 'By the maintainer.' })).status).toBe(200);
    expect((await bot('DELETE', path)).status).toBe(403);
    sim.control.setMember('acme/web', 'tomas', 'planner');
    expect((await reporter('DELETE', path)).status).toBe(204);
    expect([(await reporter('GET', '/projects/acme%2Fweb/hooks')).status, (await bot('GET', '/projects/acme%2Fweb/hooks')).status]).toEqual([403, 200]);
  });

  it('never changes whether a comment is internal, and takes the old word for it at creation', async () => {
    const { iid } = sim.control.createIssue('acme/web', { title: 'Internal' });
    const path = `/projects/acme%2Fweb/issues/${iid}/notes`;
    const made = (await bot('POST', path, { body: 'Old word.', confidential: true })).json as { id: number; internal: boolean };
    expect(made.internal).toBe(true);
    expect((await bot('PUT', `${path}/${made.id}`, { body: 'Changed.', confidential: false, internal: false })).json).toMatchObject({
      body: 'Changed.',
      internal: true,
    });
  });

  it('refuses in the vendor’s words', async () => {
    const path = '/projects/acme%2Fweb/issues';
    expect((await bot('POST', path, {})).json).toEqual({ error: 'title is missing' });
    expect((await bot('POST', path, { title: 'x'.repeat(256) })).json).toEqual({ message: { title: ['is too long (maximum is 255 characters)'] } });
    expect((await bot('POST', path, { title: 'x', issue_type: 'story' })).json).toEqual({ error: 'issue_type does not have a valid value' });
    expect((await bot('GET', `${path}/999999`)).json).toEqual({ message: '404 Not found' });
    expect((await bot('GET', '/nothing')).json).toEqual({ error: '404 Not Found' });
    expect((await bot('PUT', path, {})).status).toBe(405);
  });

  it('limits each user to so many requests and comments a minute, and says when to come back', async () => {
    const { iid } = sim.control.createIssue('acme/web', { title: 'Limits' });
    const path = `/projects/acme%2Fweb/issues/${iid}/notes`;
    sim.control.freeze(Date.UTC(2030, 0, 1, 12, 0, 15));
    sim.control.setLimits({ perMinute: 6, notesPerMinute: 2 });
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await bot('POST', path, { body: 'x' })).status);
    const refused = await bot('POST', path, { body: 'x' });
    expect([...statuses, refused.status]).toEqual([201, 201, 429, 429]);
    expect(refused.json).toEqual({ message: { error: 'This endpoint has been requested too many times. Try again later.' } });
    await bot('GET', path);
    await bot('GET', path);
    const over = await bot('GET', path);
    expect([over.status, over.text, over.headers.get('retry-after'), over.headers.get('ratelimit-remaining')]).toEqual([429, 'Retry later\n', '45', '0']);
    sim.control.advance(45_000);
    expect((await bot('GET', path)).status).toBe(200);
    sim.control.setLimits('off');
    sim.control.thaw();
  });
});
