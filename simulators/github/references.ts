import type { ElementContent, RootContent } from 'hast';
import { withEmoji } from './emoji.ts';
import { type Hub, issueHtmlUrl, numbered, repoNamed, repoOf, urnOf, userNamed } from './hub.ts';
import type { Issue, Repo } from './model.ts';

/** Somebody, or an issue, that a text names so that the vendor makes a link of it. */
export type Target = { kind: 'mention'; name: string } | { kind: 'reference'; issue: Issue };

const NAME = '[a-z\\d](?:[a-z\\d]|-(?=[a-z\\d])){0,38}';
/** `@nora`, `@acme/support`; `acme/web#1`, `#1`, `GH-1`. */
const WORDS = new RegExp(`(?<![\\w/@\`.-])@(${NAME}(?:/[\\w.-]*\\w)?)(?![\\w/-])|(?<![\\w/#&-])(?:(${NAME}/[\\w.-]+)?#|\\bGH-)(\\d+)(?!\\w)`, 'gi');
/** Nothing in these is a name. */
const LITERAL = new Set(['a', 'code', 'pre', 'tt']);

/** Makes links of the names in the text nodes, as the vendor does after cleaning, and notes what they point at. */
export function linkReferences(hub: Hub, repo: Repo, nodes: readonly (RootContent | ElementContent)[], found: Target[]): (RootContent | ElementContent)[] {
  return nodes.flatMap((node): (RootContent | ElementContent)[] => {
    if (node.type === 'text') return inText(hub, repo, node.value, found);
    if (node.type !== 'element') return [node];
    if (node.tagName === 'a') noteAddress(hub, String(node.properties.href ?? ''), found);
    if (LITERAL.has(node.tagName)) return [node];
    return [{ ...node, children: linkReferences(hub, repo, node.children, found) as ElementContent[] }];
  });
}

function inText(hub: Hub, repo: Repo, text: string, found: Target[]): ElementContent[] {
  const out: ElementContent[] = [];
  let from = 0;
  for (const match of text.matchAll(WORDS)) {
    const [whole, mention, elsewhere, number] = match;
    const link =
      mention === undefined
        ? toIssue(hub, elsewhere === undefined ? repo : repoNamed(hub, elsewhere), Number(number), found)
        : toPerson(hub, repo, mention, found);
    if (!link) continue;
    if (match.index > from) out.push({ type: 'text', value: withEmoji(text.slice(from, match.index)) });
    out.push({ type: 'element', tagName: 'a', properties: link, children: [{ type: 'text', value: whole }] });
    from = match.index + whole.length;
  }
  if (from < text.length) out.push({ type: 'text', value: withEmoji(text.slice(from)) });
  return out;
}

/** A mention reaches those only who can see the repository. */
function toPerson(hub: Hub, repo: Repo, name: string, found: Target[]) {
  const team = [...hub.teams.keys()].find((one) => one.toLowerCase() === name.toLowerCase());
  const user = team === undefined ? userNamed(hub, name) : undefined;
  if (team === undefined && (user?.type !== 'User' || (repo.private && repo.owner !== user.id && !repo.collaborators.has(user.id)))) return undefined;
  found.push({ kind: 'mention', name: team ?? user?.login ?? name });
  const href = team === undefined ? `${hub.url}/${user?.login}` : `${hub.url}/orgs/${team.replace('/', '/teams/')}`;
  return { className: [team === undefined ? 'user-mention' : 'team-mention', 'notranslate'], dataHovercardType: team === undefined ? 'user' : 'team', href };
}

function toIssue(hub: Hub, repo: Repo | undefined, number: number, found: Target[]) {
  const issue = repo && present(hub, numbered(hub, repo, number));
  if (!issue) return undefined;
  found.push({ kind: 'reference', issue });
  const href = issueHtmlUrl(hub, issue);
  return { className: ['issue-link', 'js-issue-link'], dataHovercardType: issue.pull ? 'pull_request' : 'issue', dataUrl: href, href };
}

/** The issue, or where it was transferred to. */
const present = (hub: Hub, issue: Issue | undefined): Issue | undefined => {
  if (!issue || issue.gone === null) return issue;
  return issue.gone === 'deleted' ? undefined : present(hub, numbered(hub, repoOf(hub, issue.gone.repo), issue.gone.number));
};

/** A bare address of an issue is a reference too; so is one behind other words. */
function noteAddress(hub: Hub, href: string, found: Target[]): void {
  if (!href.startsWith(`${hub.url}/`)) return;
  const [, name = '', number] = /^\/([^/]+\/[^/]+)\/(?:issues|pull)\/(\d+)(?:[#?].*)?$/.exec(href.slice(hub.url.length)) ?? [];
  const repo = number === undefined ? undefined : repoNamed(hub, name);
  const issue = repo && present(hub, numbered(hub, repo, Number(number)));
  if (issue) found.push({ kind: 'reference', issue });
}

export const nameOf = (hub: Hub, target: Target): string => (target.kind === 'mention' ? target.name : urnOf(hub, target.issue));
