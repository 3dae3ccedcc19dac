import { Anchor, Stack, Text, Title } from '@mantine/core';
import { IconArrowDownLeft, IconArrowUpRight, IconEye } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Ago } from '../parts/time.tsx';
import { MODES } from './destination.tsx';
import type { Proposal } from './queries.ts';
import './connecting.css';

/** Who asks, from where, and what the connection would do, in words. */
export function ProposalWords({ proposal, here }: { proposal: Proposal; here: string }) {
  const { from } = proposal;
  return (
    <Stack gap="lg">
      <dl className="facts-list">
        <Fact term="Who asks">
          {proposal.startedBy} of {from.name}
        </Fact>
        <Fact term="Their tracker">
          {from.platformName}
          {from.scope ? `, ${from.nouns.scope ?? 'scope'} ${from.scope.name}` : ''} ·{' '}
          <Anchor href={from.url} target="_blank" rel="noreferrer" size="sm">
            {from.url.replace(/^https?:\/\//, '')}
          </Anchor>
        </Fact>
        <Fact term="Their node">
          {from.node ? (
            <>
              {from.node.url?.replace(/^https?:\/\//, '') ?? 'cannot be called; it calls this node'} · version {from.node.version}
              <Text span display="block" size="sm" c="dimmed">
                Key <span className="code break">{from.node.fingerprint}</span>. To be sure, compare it with the one in their General settings.
              </Text>
            </>
          ) : (
            'This node'
          )}
        </Fact>
        <Fact term="Mode">{MODES[proposal.mode].name}</Fact>
        {proposal.description && <Fact term="Description">{proposal.description}</Fact>}
        <Fact term="Expires">
          <Ago at={proposal.expiresAt} />
        </Fact>
      </dl>
      <div className="pair-of-panels">
        <Sentences title={`${from.name} sends`} lines={proposal.sends} Icon={IconArrowDownLeft} tone="accent" />
        <Sentences title={`${from.name} accepts from ${here}`} lines={proposal.accepts} Icon={IconArrowUpRight} tone="accent" />
      </div>
      {proposal.becomesPublic.length > 0 && <Sentences title="What becomes public" lines={proposal.becomesPublic} Icon={IconEye} tone="wait" />}
    </Stack>
  );
}

const Fact = ({ term, children }: { term: string; children: ReactNode }) => (
  <div>
    <Text component="dt" size="sm" c="dimmed">
      {term}
    </Text>
    <Text component="dd" m={0} className="break">
      {children}
    </Text>
  </div>
);

function Sentences({ title, lines, Icon, tone }: { title: string; lines: readonly string[]; Icon: typeof IconEye; tone: string }) {
  return (
    <div>
      <Title order={3} mb={8} className="break">
        {title}
      </Title>
      <ul className="promises">
        {[...new Set(lines)].map((line) => (
          <li key={line}>
            <Icon size={16} color={`var(--${tone})`} aria-hidden />
            <Text>{line}</Text>
          </li>
        ))}
      </ul>
    </div>
  );
}
