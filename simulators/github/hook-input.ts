import { type Call, writableIn } from './call.ts';
import { invalid, notFound } from './errors.ts';
import type { Hub } from './hub.ts';
import type { Hook, Repo } from './model.ts';
import { written } from './values.ts';

const EVENTS = ['*', 'issues', 'issue_comment', 'pull_request', 'push', 'label', 'milestone', 'repository', 'issue_dependencies', 'sub_issues', 'ping'];
const HOOKS_OF_AN_EVENT = 20;

/** The webhook of the path: for administrators only. */
export function hookIn(call: Call): { repo: Repo; hook: Hook } {
  const repo = writableIn(call, 'admin');
  const hook = call.hub.hooks.find(({ id }) => String(id) === call.params.id);
  if (hook?.repo !== repo.id) throw notFound();
  return { repo, hook };
}

/** The settings that were given, over those that there are. */
export function configIn(hub: Hub, given: unknown, before: Hook['config'] | undefined): Hook['config'] {
  const config = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : undefined;
  if (!config) {
    if (before) return before;
    throw invalid({ resource: 'Hook', code: 'custom', message: 'Config must contain URL for webhooks' });
  }
  const url = typeof config.url === 'string' ? config.url : '';
  if (url === '') throw invalid({ resource: 'Hook', code: 'custom', message: 'Config must contain URL for webhooks' });
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw invalid({ resource: 'Hook', code: 'custom', field: 'url', message: `url is not a valid URL` });
  const { hostname } = new URL(url);
  if (!hub.settings.localHooks && /^(localhost|127\.|10\.|192\.168\.|\[::1\])/.test(hostname))
    throw invalid({
      resource: 'Hook',
      code: 'custom',
      field: 'url',
      message: `url is not supported because it isn't reachable over the public Internet (${hostname})`,
    });
  return {
    url,
    content_type: config.content_type === 'json' ? 'json' : 'form',
    // A config that is sent anew without its secret loses it.
    secret: typeof config.secret === 'string' && config.secret !== '' ? config.secret : null,
    insecure_ssl: written(config.insecure_ssl ?? '0'),
  };
}

/** The events that were named; refuses those that there are not. */
export function eventsIn(given: unknown, fallback: string[]): string[] {
  if (!Array.isArray(given)) return fallback;
  const events = given.map(String);
  const unknown = events.filter((event) => !EVENTS.includes(event));
  if (unknown.length > 0 || events.length === 0)
    throw invalid({ resource: 'Hook', code: 'custom', field: 'events', message: `These events are not supported by this hook: ${unknown.join(', ')}` });
  return [...new Set(events)];
}

/** Two webhooks of a repository do not have the same address and events. */
export function refuseTwins(hub: Hub, hook: Hook): void {
  const others = hub.hooks.filter((one) => one.repo === hook.repo && one.id !== hook.id);
  if (others.some((one) => one.config.url === hook.config.url && one.events.join() === hook.events.join()))
    throw invalid({ resource: 'Hook', code: 'custom', message: 'Hook already exists on this repository' });
  for (const event of hook.events) {
    if (others.filter((one) => one.events.includes(event)).length >= HOOKS_OF_AN_EVENT)
      throw invalid({ resource: 'Hook', code: 'custom', message: `The "${event}" event cannot have more than ${HOOKS_OF_AN_EVENT} hooks` });
  }
}
