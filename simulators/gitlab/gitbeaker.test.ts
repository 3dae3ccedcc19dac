import { GitbeakerRequestError, Gitlab } from '@gitbeaker/rest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GitlabSim, startGitlab } from './gitlab.ts';

/** An independent client of GitLab's API: what it sends is taken, and what it parses has the members that its types promise. */
describe('the GitLab simulator, driven by @gitbeaker/rest', () => {
  let sim: GitlabSim;
  let api: InstanceType<typeof Gitlab>;

  beforeAll(async () => {
    sim = await startGitlab({ seed: 'engineering' });
    api = new Gitlab({ host: sim.url, token: sim.credentials.token });
  });
  afterAll(() => sim.stop());

  it('knows who asks, with which token, and which projects there are', async () => {
    expect(await api.Users.showCurrentUser()).toMatchObject({ username: 'entente', state: 'active' });
    expect(await api.PersonalAccessTokens.show()).toMatchObject({ scopes: ['api'], active: true });
    const projects = await api.Projects.all({ membership: true });
    expect(projects.map((project) => project.path_with_namespace)).toEqual(['acme/web', 'acme/ops']);
    expect(await api.Projects.show('acme/web')).toMatchObject({ permissions: { project_access: { access_level: 40 } } });
  });

  it('creates, edits, finds and deletes issues', async () => {
    const made = await api.Issues.create('acme/ops', 'Disk is full', { description: 'On **db1**.', labels: 'disk,db', issueType: 'incident' });
    expect(made).toMatchObject({ iid: 1, title: 'Disk is full', labels: ['db', 'disk'], issue_type: 'incident', state: 'opened', confidential: false });
    expect(made.references.full).toBe('acme/ops#1');
    const edited = await api.Issues.edit('acme/ops', made.iid, { title: 'Disk was full', stateEvent: 'close', addLabels: 'done', removeLabels: 'db' });
    expect(edited).toMatchObject({ title: 'Disk was full', state: 'closed', labels: ['disk', 'done'] });
    const changed = await api.Issues.all({ projectId: 'acme/ops', updatedAfter: new Date(sim.control.now() - 60_000).toISOString() });
    expect(changed.map(({ iid }) => iid)).toEqual([1]);
    await expect(api.Issues.remove('acme/ops', 1)).rejects.toThrow('403');
    sim.control.setMember('acme/ops', 'entente', 'owner');
    await api.Issues.remove('acme/ops', 1);
    await expect(api.Issues.show(1, { projectId: 'acme/ops' })).rejects.toThrow();
  });

  it('goes through all pages of a list', async () => {
    for (let i = 1; i <= 45; i += 1) sim.control.createIssue('acme/ops', { title: `Number ${i}` });
    const all = await api.Issues.all({ projectId: 'acme/ops', perPage: 20 });
    expect(all).toHaveLength(45);
    expect(new Set(all.map(({ iid }) => iid)).size).toBe(45);
  });

  it('comments, internally too, edits and deletes comments', async () => {
    const { iid } = await api.Issues.create('acme/ops', 'With comments');
    const open = await api.IssueNotes.create('acme/ops', iid, 'For everybody.');
    const internal = await api.IssueNotes.create('acme/ops', iid, 'For the team.', { internal: true });
    expect([open.internal, internal.internal, open.system]).toEqual([false, true, false]);
    await api.IssueNotes.edit('acme/ops', iid, open.id, { body: 'For all.' });
    expect((await api.IssueNotes.all('acme/ops', iid, { sort: 'asc' })).map(({ body }) => body)).toEqual(['For all.', 'For the team.']);
    await api.IssueNotes.remove('acme/ops', iid, open.id);
    expect(await api.IssueNotes.all('acme/ops', iid)).toHaveLength(1);
  });

  it('takes files, and gives the Markdown that shows them', async () => {
    const put = await api.ProjectMarkdownUploads.create('acme/ops', { content: new Blob(['a picture']), filename: 'a b(1).png' });
    expect(put.url).toMatch(/^\/uploads\/[0-9a-f]{32}\/a_b_1_\.png$/);
    expect(put.markdown).toBe(`![a_b_1_](${put.url})`);
    expect(sim.control.fileContent(put.url)).toBe(Buffer.from('a picture').toString('base64'));
  });

  it('registers webhooks without ever showing their secrets', async () => {
    const hook = await api.ProjectHooks.add('acme/web', 'https://node.example/hooks/1', { token: 'secret', issuesEvents: true, pushEvents: false });
    expect(hook).toMatchObject({
      url: 'https://node.example/hooks/1',
      issues_events: true,
      push_events: false,
      note_events: false,
      alert_status: 'executable',
    });
    expect(JSON.stringify(hook)).not.toContain('secret"');
    expect(await api.ProjectHooks.all('acme/web')).toHaveLength(1);
    await api.ProjectHooks.remove('acme/web', hook.id);
  });

  it('refuses in words that the client understands', async () => {
    const stranger = new Gitlab({ host: sim.url, token: 'wrong' });
    await expect(stranger.Users.showCurrentUser()).rejects.toThrow('Unauthorized');
    const failure = await api.Issues.create('acme/ops', 'x'.repeat(256)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GitbeakerRequestError);
    expect(JSON.stringify((failure as GitbeakerRequestError).cause?.description)).toContain('is too long');
    await expect(api.Projects.show('acme/nothing')).rejects.toThrow('404');
  });
});
