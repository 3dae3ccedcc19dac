import type { Account } from './account.ts';
import { addDetail, type Details } from './errors.ts';
import { PRIORITIES, STATUSES, type Status, type Ticket, TYPES } from './model.ts';
import { textOf } from './values.ts';

type Input = Record<string, unknown>;

/** The fields that a request changes, with the values that the ticket gets; what the vendor ignores is left out. Faults are added to `details`. */
export function readFields(account: Account, input: Input, details: Details): Partial<Ticket> {
  const wanted: Partial<Ticket> = {};
  const refuse = (field: string, description: string, error = 'InvalidValue') => {
    addDetail(details, field, description, error);
  };
  if (input.subject !== undefined) wanted.subject = textOf(input.subject).trim();
  else if (input.raw_subject !== undefined) wanted.subject = textOf(input.raw_subject).trim();
  if (input.external_id !== undefined) wanted.external_id = input.external_id === null ? null : textOf(input.external_id);
  readChoices(input, wanted, refuse);
  readPeople(account, input, wanted, refuse);
  if (input.custom_status_id !== undefined) {
    const custom = account.customStatuses.find((status) => status.id === input.custom_status_id);
    if (custom) Object.assign(wanted, { custom_status_id: custom.id, status: custom.status_category });
    else refuse('custom_status_id', `Custom status: ${textOf(input.custom_status_id)} is invalid`);
  } else if (wanted.status !== undefined) wanted.custom_status_id = defaultCustomStatus(account, wanted.status);
  if (input.brand_id !== undefined) {
    const brand = account.brands.find((one) => one.id === input.brand_id);
    if (brand) wanted.brand_id = brand.id;
    else refuse('brand', 'Brand: is invalid');
  }
  if (input.tags !== undefined) wanted.tags = normaliseTags(input.tags);
  if (input.due_at !== undefined) wanted.due_at = readDate(input.due_at, () => refuse('due_at', 'Due at: is not a valid date'));
  if (input.problem_id !== undefined) wanted.problem_id = typeof input.problem_id === 'number' ? input.problem_id : null;
  if (Array.isArray(input.custom_fields)) {
    wanted.custom_fields = input.custom_fields.filter(isCustomField).map(({ id, value }) => ({ id, value: value ?? null }));
  }
  return wanted;
}

type Refuse = (field: string, description: string, error?: string) => void;

function readChoices(input: Input, wanted: Partial<Ticket>, refuse: Refuse): void {
  const choose = <T extends string>(field: 'type' | 'priority' | 'status', choices: readonly T[], nullable: boolean): T | null | undefined => {
    const value = input[field];
    if (value === undefined) return undefined;
    if (value === null || value === '') {
      if (nullable) return null;
      return undefined;
    }
    const found = choices.find((choice) => choice === value);
    if (found === undefined) refuse(field, `${field.charAt(0).toUpperCase()}${field.slice(1)}: ${JSON.stringify(value)} is not valid`);
    return found;
  };
  const type = choose('type', TYPES, true);
  if (type !== undefined) wanted.type = type;
  const priority = choose('priority', PRIORITIES, true);
  if (priority !== undefined) wanted.priority = priority;
  const status = choose('status', STATUSES, false);
  if (status !== undefined && status !== null) wanted.status = status;
}

function readPeople(account: Account, input: Input, wanted: Partial<Ticket>, refuse: Refuse): void {
  if (input.requester_id !== undefined && input.requester_id !== null) {
    if (account.users.has(Number(input.requester_id))) wanted.requester_id = Number(input.requester_id);
    else refuse('requester', 'Requester: is invalid');
  }
  const email = input.assignee_email;
  const assignee = typeof email === 'string' ? ([...account.users.values()].find((user) => user.email === email.toLowerCase())?.id ?? -1) : input.assignee_id;
  if (assignee !== undefined) {
    const user = assignee === null ? null : account.users.get(Number(assignee));
    if (user === null) wanted.assignee_id = null;
    else if (user && user.role !== 'end-user') wanted.assignee_id = user.id;
    else refuse('assignee', 'Assignee: is invalid');
  }
  if (input.group_id !== undefined) {
    if (input.group_id === null) wanted.group_id = null;
    else if (account.groups.some((group) => group.id === input.group_id)) wanted.group_id = Number(input.group_id);
    else refuse('group', 'Group: is invalid');
  }
  if (input.organization_id !== undefined) wanted.organization_id = typeof input.organization_id === 'number' ? input.organization_id : null;
  for (const field of ['collaborator_ids', 'follower_ids', 'email_cc_ids'] as const) {
    const ids = input[field];
    if (Array.isArray(ids)) wanted[field] = ids.map(Number).filter((id) => account.users.has(id));
  }
}

/** Tags are lower case, without blanks, each once, in alphabetical order. */
export function normaliseTags(given: unknown): string[] {
  const list = Array.isArray(given) ? given.map(String) : textOf(given).split(/[\s,]+/);
  return [...new Set(list.map((tag) => tag.trim().toLowerCase().replace(/\s+/g, '_')).filter((tag) => tag !== ''))].sort();
}

/** The custom status that stands for a plain one. `closed` keeps the solved one, as the vendor has no custom status for it. */
export function defaultCustomStatus(account: Account, status: Status): number {
  const category = status === 'closed' ? 'solved' : status;
  return account.customStatuses.find((custom) => custom.default && custom.status_category === category)?.id ?? 0;
}

function readDate(value: unknown, refuse: () => void): string | null {
  if (value === null || value === '') return null;
  const ms = Date.parse(textOf(value));
  if (!Number.isNaN(ms)) return `${new Date(ms).toISOString().slice(0, 19)}Z`;
  refuse();
  return null;
}

function isCustomField(field: unknown): field is { id: number; value?: unknown } {
  return typeof field === 'object' && field !== null && typeof (field as { id?: unknown }).id === 'number';
}
