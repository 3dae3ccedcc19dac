import { ApiError } from './errors.ts';
import { momentOf } from './jql-time.ts';
import type { IndexEntry, Issue, User } from './model.ts';
import { issueBy, may, projectBy, type Site, sees, userBy } from './site.ts';
import { spoken } from './values.ts';

/** A query that has been read: what it asks of an issue, and how it sorts. */
export interface Query {
  matches(issue: Issue, entry: IndexEntry): boolean;
  /** Does it restrict anything? Cloud refuses a search that does not. */
  bounded: boolean;
  compare(a: Issue, b: Issue): number;
}

type Test = Query['matches'];
interface Token {
  text: string;
  quoted: boolean;
}

const bad = (message: string) => new ApiError(400, message);

function tokensOf(jql: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(issue\.property\[[^\]]*\](?:\.[\w.]+)?)|(>=|<=|!=|!~|[=<>~(),])|([^\s=<>~!(),"']+))/gy;
  let at = 0;
  while (jql.slice(at).trim() !== '') {
    pattern.lastIndex = at;
    const match = pattern.exec(jql);
    if (!match)
      throw bad(
        `Error in the JQL Query: The character '${jql.slice(at).trim().charAt(0)}' is a reserved JQL character. You must enclose it in a string or use the escape '\\u' instead.`,
      );
    const [, double, single, property, sign, word] = match;
    const quoted = double ?? single;
    tokens.push({ text: quoted === undefined ? (property ?? sign ?? word ?? '') : quoted.replace(/\\(.)/g, '$1'), quoted: quoted !== undefined });
    at = pattern.lastIndex;
  }
  return tokens;
}

/** Reads the part of JQL that connectors use. Times without a zone are by the asking user's clock, in whole minutes. Throws Jira's 400. */
export function parseJql(site: Site, user: User | null, jql: string): Query {
  const tokens = tokensOf(jql);
  let at = 0;
  const peek = (offset = 0) => tokens[at + offset];
  const word = (text: string, offset = 0) => !peek(offset)?.quoted && peek(offset)?.text.toLowerCase() === text;
  const take = (): Token => {
    const token = tokens[at];
    if (!token) throw bad('Error in the JQL Query: Expecting a value, list or function but reached the end of the query.');
    at += 1;
    return token;
  };
  const eat = (text: string) => {
    if (!word(text)) throw bad(`Error in the JQL Query: Expecting '${text}' but got '${peek()?.text ?? 'the end of the query'}'.`);
    at += 1;
  };

  const either = (): Test => {
    const tests = [all()];
    while (word('or')) {
      at += 1;
      tests.push(all());
    }
    return (issue, entry) => tests.some((test) => test(issue, entry));
  };
  const all = (): Test => {
    const tests = [one()];
    while (word('and')) {
      at += 1;
      tests.push(one());
    }
    return (issue, entry) => tests.every((test) => test(issue, entry));
  };
  const one = (): Test => {
    if (word('not')) {
      at += 1;
      const test = one();
      return (issue, entry) => !test(issue, entry);
    }
    if (word('(')) {
      at += 1;
      const test = either();
      eat(')');
      return test;
    }
    return clause();
  };
  const value = (): string => {
    const token = take();
    if (token.quoted || !word('(')) return token.text;
    eat('(');
    eat(')');
    const name = token.text.toLowerCase();
    if (name === 'currentuser') return user?.id ?? '';
    if (name === 'now') return `@${site.clock.now()}`;
    throw bad(`Unable to find JQL function '${token.text}()'.`);
  };
  const values = (): string[] => {
    eat('(');
    const found = [value()];
    while (word(',')) {
      at += 1;
      found.push(value());
    }
    eat(')');
    return found;
  };
  const clause = (): Test => {
    const name = take();
    const field = name.text;
    let operator = take().text.toLowerCase();
    if (operator === 'not') {
      eat('in');
      operator = 'not in';
    }
    if (operator === 'is') {
      const negative = word('not');
      if (negative) at += 1;
      if (!/^(empty|null)$/.test(take().text.toLowerCase())) throw bad("Error in the JQL Query: Expecting 'EMPTY' or 'NULL'.");
      const empty = valuesOf(site, user, field);
      return (issue, entry) => (empty(issue, entry).filter((one) => one !== null && one !== '').length === 0) !== negative;
    }
    const given = operator === 'in' || operator === 'not in' ? values() : [value()];
    return testOf(site, user, field, operator, given);
  };

  const bounded = tokens.length > 0 && !word('order');
  const test: Test = bounded ? either() : () => true;
  const sorts: { by: (issue: Issue) => number | string; down: boolean }[] = [];
  if (word('order')) {
    at += 1;
    eat('by');
    do {
      const by = sortOf(site, take().text);
      const down = word('desc');
      if (down || word('asc')) at += 1;
      sorts.push({ by, down });
    } while (word(',') && ++at);
  }
  if (at < tokens.length) throw bad(`Error in the JQL Query: Expecting either 'OR' or 'AND' but got '${peek()?.text}'.`);
  return {
    bounded,
    matches: test,
    compare(a, b) {
      for (const { by, down } of sorts) {
        const [x, y] = [by(a), by(b)];
        if (x !== y) return x < y === down ? 1 : -1;
      }
      return Number(b.id) - Number(a.id);
    },
  };
}

const NAMES: Record<string, string> = {
  issue: 'key',
  issuekey: 'key',
  id: 'key',
  type: 'issuetype',
  updateddate: 'updated',
  createddate: 'created',
  created: 'created',
};
const nameOf = (field: string): string => NAMES[field.toLowerCase()] ?? field.toLowerCase();

function testOf(site: Site, user: User | null, field: string, operator: string, given: string[]): Test {
  const name = nameOf(field);
  if (name === 'updated' || name === 'created') {
    const moment = momentOf(site, user, field, given[0] ?? '');
    const of = (issue: Issue, entry: IndexEntry) => (name === 'updated' ? entry.updated : issue.created);
    const compare: Record<string, (x: number) => boolean> = {
      '>=': (x) => x >= moment,
      '>': (x) => x > moment,
      '<=': (x) => x <= moment,
      '<': (x) => x < moment,
      '=': (x) => x === moment,
      '!=': (x) => x !== moment,
    };
    const test = compare[operator];
    if (!test) throw bad(`The operator '${operator}' is not supported by the '${field}' field.`);
    return (issue, entry) => test(of(issue, entry));
  }
  if (operator === '~' || operator === '!~') {
    if (!['text', 'summary', 'description', 'comment'].includes(name)) throw bad(`The operator '${operator}' is not supported by the '${field}' field.`);
    const words = (given[0] ?? '').toLowerCase().replaceAll('"', '').split(/\s+/).filter(Boolean);
    const found: Test = (_, entry) => {
      const text = name === 'summary' ? entry.summary.toLowerCase() : entry.text;
      return words.every((one) => (one.endsWith('*') ? text.includes(one.slice(0, -1)) : text.split(/[^\p{L}\p{N}_-]+/u).includes(one)));
    };
    return operator === '~' ? found : (issue, entry) => !found(issue, entry);
  }
  const known = valuesOf(site, user, field);
  const wanted = given.map((one) => wantedValue(site, user, name, field, one));
  const among: Test = (issue, entry) => known(issue, entry).some((one) => one !== null && wanted.includes(one.toLowerCase()));
  switch (operator) {
    case '=':
    case 'in':
      return among;
    case '!=':
    case 'not in':
      return (issue, entry) => !among(issue, entry);
    case '>':
    case '>=':
    case '<':
    case '<=': {
      if (name !== 'key') throw bad(`The operator '${operator}' is not supported by the '${field}' field.`);
      const limit = Number(wanted[0]);
      const than = { '>': (x: number) => x > limit, '>=': (x: number) => x >= limit, '<': (x: number) => x < limit, '<=': (x: number) => x <= limit }[operator];
      return (issue) => than(Number(issue.id));
    }
    default:
      throw bad(`Error in the JQL Query: Expecting operator but got '${operator}'.`);
  }
}

/** What a field of an issue holds, for comparing; throws for a field that Jira does not have. */
function valuesOf(site: Site, user: User | null, field: string): (issue: Issue, entry: IndexEntry) => (string | null)[] {
  const property = /^issue\.property\[([^\]]+)\](?:\.(.+))?$/.exec(field);
  if (property) {
    const [, key = '', path] = property;
    if (!site.settings.indexedProperties.includes(key)) throw noField(field);
    return (_, { properties }) => {
      let value: unknown = properties[key];
      for (const step of path?.split('.') ?? []) value = (value as Record<string, unknown> | null | undefined)?.[step];
      return [value].flat().map((one) => (one === undefined || one === null ? null : spoken(one)));
    };
  }
  switch (nameOf(field)) {
    case 'project':
      return (_, { project }) => [project];
    case 'key':
      return ({ id }) => [id];
    case 'status':
      return (_, { status }) => [status];
    case 'issuetype':
      return (_, { type }) => [type];
    case 'priority':
      return (_, { priority }) => [priority];
    case 'labels':
      return (_, { labels }) => labels;
    case 'assignee':
      return (_, { assignee }) => [assignee];
    case 'reporter':
      return ({ reporter }) => [reporter];
    case 'creator':
      return ({ creator }) => [creator];
    case 'duedate':
    case 'due':
      return ({ duedate }) => [duedate];
    case 'description':
      return ({ description }) => [description === null ? null : 'text'];
    case 'statuscategory':
      return (_, { status }) => [site.statuses.find(({ id }) => id === status)?.category ?? null];
    default:
      throw noField(user ? field : `${field}`);
  }
}

const noField = (field: string) => bad(`Field '${field}' does not exist or you do not have permission to view it.`);

/** The id behind a name. Throws 400 for a value that the site does not have, as the vendor does. */
function wantedValue(site: Site, user: User | null, name: string, field: string, given: string): string {
  const missing = () => bad(`The value '${given}' does not exist for the field '${field}'.`);
  const named = (list: { id: string; name: string }[]) => {
    const found = list.find((one) => one.name.toLowerCase() === given.toLowerCase()) ?? list.find(({ id }) => id === given);
    if (!found) throw missing();
    return found.id;
  };
  switch (name) {
    case 'project': {
      const project = projectBy(site, given) ?? site.projects.find((one) => one.name.toLowerCase() === given.toLowerCase());
      if (!project || !may(project, user, 'BROWSE_PROJECTS')) throw missing();
      return project.id;
    }
    case 'key': {
      const issue = issueBy(site, given);
      if (issue && sees(site, user, issue)) return issue.id;
      if (/^\d+$/.test(given)) return given;
      throw bad(`An issue with key '${given}' does not exist for field '${field}'.`);
    }
    case 'status':
      return named(site.statuses);
    case 'issuetype':
      return named(site.types);
    case 'priority':
      return named(site.priorities);
    case 'statuscategory':
      return { 'to do': 'new', 'in progress': 'indeterminate', done: 'done' }[given.toLowerCase()] ?? given.toLowerCase();
    case 'assignee':
    case 'reporter':
    case 'creator':
      return (userBy(site, given)?.id ?? given).toLowerCase();
    default:
      return given.toLowerCase();
  }
}

function sortOf(site: Site, field: string): (issue: Issue) => number | string {
  switch (nameOf(field)) {
    case 'updated':
      return ({ updated }) => updated;
    case 'created':
      return ({ created }) => created;
    case 'key':
      return ({ id }) => Number(id);
    case 'summary':
      return ({ summary }) => summary;
    case 'priority':
      return ({ priority }) => -site.priorities.findIndex(({ id }) => id === priority);
    case 'status':
      return ({ status }) => site.statuses.findIndex(({ id }) => id === status);
    default:
      throw bad(`Not able to sort using field '${field}'.`);
  }
}
