import { addAttachment } from './attachments.ts';
import { addComment } from './comment-changes.ts';
import type { Actor } from './history.ts';
import { addRepo, addToken, addUser, type Hub, repoNamed, userNamed } from './hub.ts';
import { createIssue, setState } from './issue-changes.ts';
import type { IssueType } from './model.ts';
import { SEED_ISSUES, type SeedIssue } from './seed-issues.ts';

export type SeedName = 'web' | 'empty';

const TYPES: [name: string, description: string, color: IssueType['color']][] = [
  ['Task', 'A specific piece of work', 'yellow'],
  ['Bug', 'An unexpected problem or behavior', 'red'],
  ['Feature', 'A request, idea, or new functionality', 'blue'],
];

/** The tokens of the service account `entente-bot`. */
export const TOKENS = { fineGrained: 'github_pat_11ENTENTE_simulated', classic: 'ghp_EntenteSimulatedClassic' };

/** Fills a new hub: the organisation `acme` with people, the repositories `acme/web` (private), `acme/ops` (private) and `acme/docs` (public), and the App, installed. */
export function seedPeople(hub: Hub): void {
  const acme = addUser(hub, { login: 'acme', name: 'Acme', type: 'Organization' });
  const service = addUser(hub, { login: 'entente-bot', name: 'Entente' });
  addUser(hub, { login: 'ada', name: 'Ada Owner' });
  addUser(hub, { login: 'nora', name: 'Nora Writer' });
  addUser(hub, { login: 'tomas', name: 'Tomás Triager' });
  addUser(hub, { login: 'rita', name: 'Rita Reader' });
  addUser(hub, { login: 'olga', name: 'Olga Outsider' });
  const bot = addUser(hub, { login: 'entente[bot]', type: 'Bot' });
  const members = { 'entente-bot': 'admin', ada: 'admin', nora: 'write', tomas: 'triage', rita: 'read' } as const;
  addRepo(hub, 'acme/web', members, { description: 'The shop' });
  addRepo(hub, 'acme/ops', members, { description: 'What keeps it running' });
  addRepo(hub, 'acme/docs', members, { description: 'The handbook', private: false });
  for (const [name, description, color] of TYPES)
    hub.types.push({ id: hub.nextId(), org: acme.id, name, description, color, is_enabled: true, created_at: acme.created_at });
  hub.teams.set(
    'acme/support',
    hub.users.filter(({ login }) => login === 'nora' || login === 'tomas').map(({ id }) => id),
  );
  hub.app.owner = acme.id;
  hub.app.bot = bot.id;
  const { permissions } = hub.app;
  hub.installations.push({ id: hub.nextId(), account: acme.id, repos: 'all', permissions, suspended_at: null, created_at: acme.created_at });
  addToken(hub, service, { value: TOKENS.fineGrained, permissions: { metadata: 'read', issues: 'write', repository_hooks: 'write' } });
  addToken(hub, service, { value: TOKENS.classic, kind: 'classic', scopes: ['repo'] });
}

const HOUR_MS = 3_600_000;

/** Fills `acme/web` with issues. They lie in the past, so that the newest stand above. Addresses have to be known by then. */
export function seedIssues(hub: Hub): void {
  const { clock } = hub;
  for (const [index, seeded] of SEED_ISSUES.entries()) {
    let at = clock.now() - (SEED_ISSUES.length - index) * HOUR_MS;
    hub.clock = { ...clock, now: () => at };
    plant(hub, seeded, () => {
      at += 7 * 60_000;
    });
  }
  hub.clock = clock;
}

function plant(hub: Hub, seeded: SeedIssue, later: () => void): void {
  const repo = repoNamed(hub, 'acme/web');
  if (!repo) throw new Error('The seed wants the repository acme/web.');
  const acting = (login: string): Actor => {
    const user = userNamed(hub, login);
    if (!user) throw new Error(`The seed names ${login}, who does not exist.`);
    return { user, viaApp: false };
  };
  const body = (seeded.files ?? []).reduce((text, file) => text.replace(`{{${file.name}}}`, () => addAttachment(hub, repo, file).markdown), seeded.body);
  const { title, labels = [], assignees = [], type = null } = seeded;
  const pull = seeded.pull ? { merged_at: null, draft: false } : null;
  const issue = createIssue(hub, acting(seeded.by), repo, { title, body, labels, assignees, type }, true, pull);
  for (const comment of seeded.comments ?? []) {
    later();
    addComment(hub, acting(comment.by), issue, comment.text, true);
  }
  if (seeded.closed) setState(hub, acting('ada'), issue, 'closed', seeded.closed);
}
