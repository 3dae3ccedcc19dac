import { expect, test } from 'vitest';
import type { Proposal } from '../wire.ts';
import { inWords } from './words.ts';

const proposal = {
  connection: 'c0123456789abcdef',
  name: 'Acme ↔ Globex',
  description: '',
  mode: 'basic',
  policy: 'lead',
  needs: [],
  expiresAt: '2026-11-30T10:00:00.000Z',
  from: {
    node: { id: 'n'.repeat(16), url: null, key: 'k'.repeat(43), version: '0.1.0', protocol: { newest: 1, oldest: 1 }, capabilities: [] },
    instance: {
      id: 'i1',
      slug: 'acme',
      name: 'Acme',
      platform: 'desk',
      platformName: 'Desk',
      nouns: { entity: 'ticket', entities: 'tickets', scope: 'brand' },
      url: 'https://acme.example',
    },
    side: 's1',
    scope: { id: '7', name: 'Support' },
    setUpBy: 'Ada',
  },
} satisfies Proposal;

test('a proposal is told in the words of both platforms', () => {
  const told = inWords(proposal, { name: 'Globex', nouns: { entity: 'issue', entities: 'issues', scope: 'project' } });
  expect(told.sends[0]).toBe(
    'Each ticket that somebody there puts under sync: its summary, description, comments and attachments, and every later change of them.',
  );
  expect(told.sends[1]).toBe('It arrives as an issue of the same type where Globex has a type of that name, and of the default type of Globex otherwise.');
  expect(told.accepts[1]).toBe('New tickets for them are created in Acme (Support).');
  expect(told.becomesPublic).toEqual([
    'All comments of issues under sync at Globex, internal ones too, arrive as public comments at Acme.',
    'All comments of tickets under sync at Acme, internal ones too, arrive as public comments at Globex.',
  ]);
});

test('before an instance is chosen it is told without the words of one', () => {
  expect(inWords(proposal, null).accepts[0]).toBe('The same of each entity that is put under sync on your side.');
  expect(inWords(proposal, null).becomesPublic[0]).toContain('entities under sync at your side');
});
