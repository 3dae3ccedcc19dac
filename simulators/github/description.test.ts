import { beforeAll, describe, expect, test } from 'vitest';
import { createDescriptionCheck, type DescriptionCheck } from '../http/description.ts';
import { githubDescription } from './description.ts';
import { startGithub } from './github.ts';
import { callerOf, makeIssue } from './test-client.ts';

const ROUTES = [
  { method: 'GET', path: '/repos/:owner/:repo/issues' },
  { method: 'POST', path: '/repos/:owner/:repo/issues' },
  { method: 'GET', path: '/repos/:owner/:repo/issues/:number' },
  // What the corrections are about has to be there.
  { method: 'GET', path: '/app/installations' },
  { method: 'GET', path: '/search/issues' },
] as const;
const WEB = '/repos/acme/web';

describe('held against GitHub’s own description', () => {
  let check: DescriptionCheck;
  beforeAll(async () => {
    check = await createDescriptionCheck(githubDescription(ROUTES));
  });
  /** What is wrong with one exchange. */
  const request = (method: string, path: string, query = '', body?: unknown) => {
    const before = check.violations().length;
    check.request({ method, path, query, body });
    return check
      .violations()
      .slice(before)
      .map(({ problem }) => problem);
  };
  const answer = (method: string, path: string, status: number, body?: unknown) => {
    const before = check.violations().length;
    check.answer({ method, path, status, body });
    return check
      .violations()
      .slice(before)
      .map(({ problem }) => problem);
  };

  test('requests with wrong names, wrong types and to endpoints that there are not are found', () => {
    expect(request('POST', `${WEB}/issues`, '', { title: 'x', labels: ['bug'], type: null })).toEqual([]);
    expect(request('POST', `${WEB}/issues`, '', { title: 'x', description: 'y' })).toEqual(['description is not in the description']);
    expect(request('POST', `${WEB}/issues`, '', { title: 'x', body: 5 }).join()).toContain('/requestBody/body must be string');
    expect(request('GET', `${WEB}/issues`, '?state=all&sort=updated&direction=asc&per_page=100&after=x')).toEqual([]);
    expect(request('GET', `${WEB}/issues`, '?state=any').join()).toContain('must be equal to one of the allowed values');
    expect(request('DELETE', `${WEB}/issues/1`)).toEqual(['the description has no such operation']);
  });

  test('answers of the wrong shape or with an unknown status are found', async () => {
    const sim = await startGithub({ limits: 'off' });
    const call = callerOf(sim);
    const { json } = await call('GET', `${WEB}/issues/${await makeIssue(call)}`);
    await sim.stop();
    expect(answer('GET', `${WEB}/issues/1`, 200, json)).toEqual([]);
    expect(answer('GET', `${WEB}/issues/1`, 200, { ...json, number: '1' }).join()).toContain('/number must be integer');
    expect(answer('GET', `${WEB}/issues/1`, 200, { ...json, colour: 'red' })).toEqual(['colour is not in the description']);
    const { user: _user, ...nobody } = json;
    expect(answer('GET', `${WEB}/issues/1`, 200, nobody).join()).toContain("must have required property 'user'");
    expect(answer('GET', `${WEB}/issues/1`, 202, json)).toEqual(['the description knows no answer 202']);
  });

  test('null is taken where the description says so, and nowhere else', async () => {
    expect(request('POST', `${WEB}/issues`, '', { title: null }).join()).toContain('/requestBody/title');
    expect(request('POST', `${WEB}/issues`, '', { title: 'x', milestone: null })).toEqual([]);
  });
});

test('a simulator that checks what it does starts within two seconds, and counts', async () => {
  const startedAt = performance.now();
  const sim = await startGithub({ limits: 'off', validate: 'uncounted' });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  const call = callerOf(sim);
  await makeIssue(call);
  expect(sim.control.validation()).toEqual({ requests: 1, answers: 1, undescribed: 0, violations: 0 });
  await call('POST', `${WEB}/issues`, { title: 'x', description: 'wrong name' });
  expect(sim.control.violations()).toMatchObject([{ what: 'request', method: 'POST', problem: 'description is not in the description' }]);
  await sim.stop();
});
