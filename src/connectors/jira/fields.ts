import type { Fields, FieldValue } from '../../core/entity.ts';
import type { WriteOptions } from '../../core/rich-text/index.ts';
import { TrackerError } from '../../core/tracker-error.ts';
import type { CallContext } from '../../lib/http.ts';
import type { WireIssue, WireTransition, WireUser } from './api.ts';
import { type Client, silent, writesTo } from './client.ts';
import type { Directory } from './directory.ts';
import { isDoc, personOf, settledField, summaryOf } from './map.ts';
import { type TextFormat, writeText } from './text.ts';

/** A value as a sentence can show it. */
export const spoken = (value: FieldValue): string => (typeof value === 'string' ? value.trim() : JSON.stringify(value));

export const refused = (field: string, message: string): TrackerError => new TrackerError('rejected', message, { field });

export interface FieldTools {
  readonly client: Client;
  readonly directory: Directory;
  readonly format: TextFormat;
}

/** Where an issue is assigned: the issue itself, or the project in which it is to be. */
export type Where = { readonly issue: string } | { readonly project: string };

/** Members of Jira's `fields` for ours, but the status. Throws `rejected` for what Jira cannot be given. */
export async function wireFields(
  tools: FieldTools,
  fields: Fields,
  where: Where,
  urlOf: NonNullable<WriteOptions['urlOf']>,
  call: CallContext,
): Promise<Record<string, unknown>> {
  const out: Record<string, unknown> = {};
  for (const [field, given] of Object.entries(fields)) {
    if (field === 'status') continue;
    const value = settledField(tools.format, field, given);
    switch (field) {
      case 'summary': {
        const summary = summaryOf(typeof value === 'string' ? value : '');
        if (!summary) throw refused('summary', 'Jira needs a summary.');
        out.summary = summary;
        break;
      }
      case 'description':
        out.description = isDoc(given) ? writeText(tools.format, given, urlOf) : isDoc(value) ? writeText(tools.format, value, urlOf) : null;
        break;
      case 'priority':
        out.priority = value === null ? null : { name: await priorityNamed(tools, value, call) };
        break;
      case 'labels':
        out.labels = Array.isArray(value) ? value : [];
        break;
      case 'assignee':
        out.assignee = value === null ? null : await personNamed(tools, value, where, call);
        break;
      case 'due date':
        if (value !== null && !(typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)))
          throw refused(field, `${JSON.stringify(value)} is not a date like 2026-11-22.`);
        out.duedate = value;
        break;
      default:
        throw refused(field, `Jira issues have no field “${field}” that Entente can write.`);
    }
  }
  return out;
}

async function priorityNamed({ directory }: FieldTools, value: FieldValue, call: CallContext): Promise<string> {
  const names = (await directory.priorities(call)).map(({ name }) => name);
  const found = names.find((name) => name.toLowerCase() === spoken(value).toLowerCase());
  if (found) return found;
  throw refused('priority', `Jira has no priority “${spoken(value)}”. There are: ${names.join(', ')}.`);
}

/** Somebody who may be assigned, by e-mail address or display name, exactly one. */
async function personNamed({ client }: FieldTools, value: FieldValue, where: Where, call: CallContext): Promise<Record<string, string>> {
  const wanted = spoken(value).toLowerCase();
  const place = 'issue' in where ? `issueKey=${encodeURIComponent(where.issue)}` : `project=${encodeURIComponent(where.project)}`;
  const query = `${client.cloud ? 'query' : 'username'}=${encodeURIComponent(spoken(value))}`;
  const found = await client.get<WireUser[]>(`/user/assignable/search?${place}&${query}&maxResults=50`, 'Looking for an assignee', call);
  const exact = found.filter((user) => [user.emailAddress, user.displayName, user.name].some((name) => name?.toLowerCase() === wanted));
  // Cloud hides addresses that people keep private, and finds them by these all the same.
  const [user, other] = exact.length || !wanted.includes('@') ? exact : found.filter((one) => !one.emailAddress);
  if (user && !other) return user.accountId ? { accountId: user.accountId } : { name: user.name ?? '' };
  throw refused('assignee', user ? `Several people in Jira are called “${spoken(value)}”.` : `Nobody called “${spoken(value)}” can be assigned in Jira.`);
}

/** Takes the issue to a status by a transition of its workflow. Throws `rejected` when none leads there. */
export async function moveTo(tools: FieldTools, issue: string, status: FieldValue, call: CallContext): Promise<void> {
  const { client } = tools;
  const wanted = spoken(status ?? '').toLowerCase();
  const { transitions } = await client.get<{ transitions: WireTransition[] }>(
    `/issue/${issue}/transitions?expand=transitions.fields`,
    `Looking how the status of issue ${issue} can change`,
    call,
  );
  const leading = transitions.filter(({ to }) => to.name.toLowerCase() === wanted);
  // One that asks for nothing goes first.
  const needs = ({ fields }: WireTransition): string[] =>
    Object.entries(fields ?? {}).flatMap(([id, field]) => (field.required && !field.hasDefaultValue ? [field.name ?? id] : []));
  const transition = leading.toSorted((a, b) => needs(a).length - needs(b).length)[0];
  if (!transition) {
    // No step leads from a status to itself: somebody may have taken it just now.
    const { fields } = await client.get<WireIssue>(`/issue/${issue}?fields=status`, `Looking at the status of issue ${issue}`, call);
    if (fields.status?.name.toLowerCase() === wanted) return;
    const there = [...new Set(transitions.map(({ to }) => to.name))].join(', ') || 'none';
    throw refused('status', `The workflow has no step to “${spoken(status)}” from here, or the account may not take it. Steps lead to: ${there}.`);
  }
  const asked = needs(transition);
  if (asked.length) throw refused(asked[0] ?? 'status', `Jira’s step to “${spoken(status)}” asks for ${asked.join(', ')}, which Entente cannot fill in.`);
  await silent(
    client.request(
      {
        method: 'POST',
        path: `/issue/${issue}/transitions`,
        what: `Changing the status of issue ${issue}`,
        json: { transition: { id: transition.id } },
        budget: writesTo(issue),
      },
      call,
    ),
    client.host,
  );
}

/** A person as a fetch shows them, from what the history says. */
export const personIn = (users: readonly (WireUser | null | undefined)[], id: string | null, name: string | null): string | null =>
  personOf(users.find((user) => user && (user.accountId === id || user.key === id || user.name === id))) ?? name;
