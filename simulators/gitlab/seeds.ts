import { addNote } from './changes.ts';
import { createIssue, updateIssue } from './issue-changes.ts';
import type { Project, User } from './model.ts';
import { SEED_ISSUES, type SeedIssue } from './seed-issues.ts';
import { addProject, addToken, addUser, type Site } from './site.ts';
import { addUpload, presentUpload } from './uploads.ts';

export type SeedName = 'engineering' | 'empty';

const HOUR_MS = 3_600_000;

/** Fills a new GitLab: people, the private projects `acme/web` and `acme/ops`, and the issues of the named seed. `token` is the service account's. */
export function seed(site: Site, name: SeedName, token: string): void {
  const bot = addUser(site, { username: 'entente', name: 'Entente', bot: true });
  addToken(site, bot, { value: token });
  addUser(site, { username: 'ada', name: 'Ada Owner' });
  addUser(site, { username: 'nora', name: 'Nora Developer' });
  addUser(site, { username: 'tomas', name: 'Tomás Reporter' });
  addUser(site, { username: 'gus', name: 'Gus Guest' });
  const members = { entente: 'maintainer', ada: 'owner', nora: 'developer', tomas: 'reporter', gus: 'guest' } as const;
  const web = addProject(site, 'acme/web', members);
  addProject(site, 'acme/ops', members);
  if (name === 'engineering') for (const [index, issue] of SEED_ISSUES.entries()) plant(site, web, issue, SEED_ISSUES.length - index);
}

/** The seeds lie in the past, so that the newest stand above. */
function plant(site: Site, project: Project, seeded: SeedIssue, hoursAgo: number): void {
  const { clock } = site;
  let at = clock.now() - hoursAgo * HOUR_MS;
  site.clock = { ...clock, now: () => at };
  const person = (username: string): User => {
    const user = site.users.find((one) => one.username === username);
    if (!user) throw new Error(`The seed names ${username}, who does not exist.`);
    return user;
  };
  const author = person(seeded.by);
  const withFiles = (text: string) =>
    (seeded.files ?? []).reduce(
      (all, file) => all.replace(`{{${file.name}}}`, () => presentUpload(project, addUpload(site, author, project, file.name, file.bytes)).markdown),
      text,
    );
  const { title, type: issue_type = 'issue', labels = [], confidential = false } = seeded;
  const issue = createIssue(site, author, project, { title, issue_type, labels, confidential, description: withFiles(seeded.description) });
  for (const comment of seeded.comments ?? []) {
    at += 7 * 60_000;
    addNote(site, person(comment.by), issue, { body: withFiles(comment.text), internal: comment.internal === true });
  }
  if (seeded.closed) updateIssue(site, person('nora'), issue, { state_event: 'close' });
  site.clock = clock;
}
