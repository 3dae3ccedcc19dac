import { Anchor, Button, Group, Loader, Stack, Text, TextInput } from '@mantine/core';
import { IconMailForward } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ApiError } from '../api.ts';
import { PlatformTile } from '../link-sign.tsx';
import { Trouble } from '../parts/states.tsx';
import { Choice } from './choice.tsx';
import type { Draft } from './draft.ts';
import { type Lookup, type Mode, useLookup } from './queries.ts';
import { Question } from './question.tsx';

export const MODES: Record<Mode, { readonly name: string; readonly about: string }> = {
  basic: { name: 'Basic', about: 'Entente makes the sync rules: summary, description, comments and attachments, both ways. Nobody has to edit anything.' },
  visual: { name: 'Visual', about: 'Admins of both sides map fields and values in tables, without code.' },
  script: { name: 'Script', about: 'Each side writes its own rules in TypeScript.' },
};
const WITHOUT_LOOKUP: Lookup['modes'] = [
  { mode: 'basic', available: true, reason: null },
  { mode: 'visual', available: false, reason: 'This version has Basic mode only.' },
  { mode: 'script', available: false, reason: 'This version has Basic mode only.' },
];
const WHERE = { 'this-instance': 'this instance', 'this-node': 'this node', 'other-node': 'another node' } as const;
const PAUSE_MS = 600;

export type Destination =
  | { readonly kind: 'empty' | 'looking' }
  | { readonly kind: 'refused'; readonly error: Error }
  | { readonly kind: 'without'; readonly why: 'no-url' | 'refused' | 'no-address' }
  | { readonly kind: 'found'; readonly lookup: Lookup };

/** Who is at the address, as far as that is known while somebody types. */
export function useDestination({ instance, url, found, without }: Draft, keep: (found: Lookup) => void): Destination & { readonly again: () => void } {
  const typed = url.trim();
  const [settled, setSettled] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const asked = typed === '' || typed !== settled || found !== null || without !== null ? null : settled;
  const lookup = useLookup(instance, asked);
  const { data } = lookup;
  useEffect(() => {
    if (asked !== null && data) keep(data);
  }, [asked, data, keep]);
  const again = () => void lookup.refetch();
  if (without) return { kind: 'without', why: without, again };
  if (typed === '') return { kind: 'empty', again };
  if (found) return { kind: 'found', lookup: found, again };
  if (asked !== null && lookup.error && !lookup.isFetching) return { kind: 'refused', error: lookup.error, again };
  return { kind: 'looking', again };
}

export const modesOf = (destination: Destination): Lookup['modes'] => (destination.kind === 'found' ? destination.lookup.modes : WITHOUT_LOOKUP);

/** A destination in one line, as an answer. */
export function destinationWords(destination: Destination, url: string): string {
  if (destination.kind === 'found') {
    const { name, platformName } = destination.lookup.destination;
    return `${platformName} · ${name} · ${WHERE[destination.lookup.where]}`;
  }
  if (destination.kind === 'without') return destination.why !== 'refused' ? 'Whoever gets the invitation code' : `${url.trim()}, by invitation code`;
  return url;
}

interface DestinationQuestionProps {
  readonly draft: Draft;
  readonly mode: Mode | null;
  readonly destination: ReturnType<typeof useDestination>;
  readonly change: (patch: Partial<Draft>) => void;
  readonly next: () => void;
}

/** Where the other side is, and the mode as soon as it is known which ones there are. */
export function DestinationQuestion({ draft, mode: chosen, destination, change, next }: DestinationQuestionProps) {
  const known = destination.kind === 'found' || destination.kind === 'without';
  const modes = modesOf(destination);
  return (
    <Question
      title="Which instance do you want to connect to?"
      submit={next}
      ready={known && chosen !== null}
      aside={
        destination.kind === 'without' ? undefined : (
          <Button variant="subtle" onClick={() => change({ without: 'no-url', found: null })}>
            I don’t have a URL
          </Button>
        )
      }
    >
      <TextInput
        label="Destination instance URL"
        description="The address of the tracker on the other side, or its node URL from General settings."
        placeholder="https://…"
        value={draft.url}
        onChange={(event) => change({ url: event.currentTarget.value, found: null, without: null })}
        rightSection={destination.kind === 'looking' ? <Loader size={16} aria-hidden /> : undefined}
        inputMode="url"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={2000}
        styles={{ input: { maxWidth: 560 }, description: { marginBottom: 6 } }}
      />
      <div aria-live="polite">
        {destination.kind === 'looking' && (
          <Text size="sm" c="dimmed">
            Looking who answers there …
          </Text>
        )}
        {destination.kind === 'found' && <Found lookup={destination.lookup} />}
        {destination.kind === 'refused' && (
          <Refused
            error={destination.error}
            url={draft.url.trim()}
            choose={(url) => change({ url, found: null })}
            again={destination.again}
            goOn={() => change({ without: destination.error instanceof ApiError && destination.error.code === 'wrong-address' ? 'no-address' : 'refused' })}
          />
        )}
        {destination.kind === 'without' && (
          <Group gap={12} wrap="nowrap" align="flex-start">
            <IconMailForward size={20} color="var(--accent)" aria-hidden style={{ flex: 'none', marginTop: 2 }} />
            <Text size="sm">
              You get an invitation code at the end. Whoever administers the other side pastes it there, and both sides are connected.{' '}
              {destination.why === 'no-url' ? 'If you find the URL, enter it above.' : 'You can still correct the URL above.'}
            </Text>
          </Group>
        )}
      </div>
      {known && (
        <fieldset className="choices">
          <Text component="legend" fw={600} mb={8} p={0}>
            Mode
          </Text>
          {modes.map(({ mode, available, reason }) => (
            <Choice
              key={mode}
              name="mode"
              value={mode}
              title={MODES[mode].name}
              checked={chosen === mode}
              choose={() => change({ mode })}
              off={available ? null : (reason ?? 'It is not available for this destination.')}
            >
              {MODES[mode].about}
            </Choice>
          ))}
        </fieldset>
      )}
    </Question>
  );
}

function Found({ lookup }: { lookup: Lookup }) {
  const { destination, where, node, modes } = lookup;
  const offered = modes.filter(({ available }) => available).map(({ mode }) => MODES[mode].name);
  return (
    <Group gap={12} wrap="nowrap" p={12} style={{ background: 'var(--ok-wash)', borderRadius: 8 }} data-testid="found">
      <PlatformTile {...destination} size={36} />
      <div style={{ minWidth: 0 }}>
        <Text fw={600} className="break">
          {destination.name}
        </Text>
        <Text size="sm" className="break">
          {destination.platformName} · {WHERE[where]}
          {node ? ` ${node.url.replace(/^https?:\/\//, '')}, version ${node.version}` : ''} ·{' '}
          {offered.length > 0 ? `${offered.join(', ')} available` : 'no mode in common'}
        </Text>
        {where === 'this-instance' && (
          <Text size="sm" c="dimmed">
            A local connection: it joins two {destination.nouns.scope ?? 'scope'}s of this instance.
          </Text>
        )}
      </div>
    </Group>
  );
}

interface RefusedProps {
  readonly error: Error;
  readonly url: string;
  readonly choose: (url: string) => void;
  readonly again: () => void;
  readonly goOn: () => void;
}

/** What answered is no destination. None of it is in the way of an invitation. */
function Refused({ error, url, choose, again, goOn }: RefusedProps) {
  const known = error instanceof ApiError ? error : null;
  const candidates = candidatesOf(known?.details);
  const mayPass = known?.code === 'peer-unavailable' || known?.code === 'node-unreachable' || known?.code === 'tracker-unavailable';
  return (
    <Trouble
      message={known?.message ?? 'The address could not be looked up.'}
      remedy={known?.remedy ?? 'Try again, or take the invitation path.'}
      code={known?.code ?? error.name}
    >
      {candidates.length > 0 && (
        <Stack gap={6} py={4} align="flex-start">
          {candidates.map((candidate) => (
            <Button
              key={candidate.url}
              size="xs"
              variant="default"
              onClick={() => choose(candidate.url)}
              styles={{ label: { whiteSpace: 'normal' } }}
              h="auto"
              py={6}
            >
              {candidate.name}
            </Button>
          ))}
        </Stack>
      )}
      <Group gap="xs" py={4}>
        <Button size="xs" variant="default" onClick={goOn}>
          Continue with an invitation code
        </Button>
        {mayPass && (
          <Button size="xs" variant="default" onClick={again}>
            Try again
          </Button>
        )}
        {known?.code === 'takes-no-connections' && (
          <Anchor component={Link} to="/connections/accept" size="sm">
            I have an invitation of theirs
          </Anchor>
        )}
      </Group>
      {url.length > 80 && (
        <Text size="xs" className="break">
          {url}
        </Text>
      )}
    </Trouble>
  );
}

/** Instances that a node named because it has several. */
function candidatesOf(details: Readonly<Record<string, unknown>> | undefined): { name: string; url: string }[] {
  const list = details?.instances ?? details?.candidates;
  if (!Array.isArray(list)) return [];
  return list.flatMap((it: unknown) => {
    if (typeof it === 'string') return [{ name: it, url: it }];
    const { name, url } = (it ?? {}) as { name?: unknown; url?: unknown };
    return typeof url === 'string' ? [{ name: typeof name === 'string' ? `${name} · ${url}` : url, url }] : [];
  });
}
