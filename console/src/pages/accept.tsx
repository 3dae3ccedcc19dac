import { Anchor, Button, Group, Stack, Text, Textarea, Title } from '@mantine/core';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { ApiError } from '../api.ts';
import { NoInstance } from '../connecting/before-initiating.tsx';
import { ConsentBox } from '../connecting/consent-box.tsx';
import { consentWords } from '../connecting/consent-words.ts';
import { LinkPicture, NOBODY } from '../connecting/link-picture.tsx';
import { useOwnInstances, useScopeChoice } from '../connecting/own-side.ts';
import { ProposalWords } from '../connecting/proposal.tsx';
import { type Instance, type Proposal, useAccept, useInvitationSummary } from '../connecting/queries.ts';
import { Answer, Question } from '../connecting/question.tsx';
import { ScopePick } from '../connecting/scope-choice.tsx';
import { SideChoice } from '../connecting/side-choice.tsx';
import { useKept } from '../connecting/use-kept.ts';
import { Page } from '../frame.tsx';
import { Failed, LoadingRows, Trouble } from '../parts/states.tsx';

const UP = { to: '/connections', label: 'Connections' };

/** The other end of the invitation path: paste, read, confirm. */
export function Accept() {
  const navigate = useNavigate();
  const step = useSearch({ from: '/connections/accept' }).step ?? 'code';
  const [code, keepCode] = useKept('entente.accept', '');
  const [asked, setAsked] = useState<string | null>(step === 'review' && code.trim() ? code.trim() : null);
  const instances = useOwnInstances();
  const summary = useInvitationSummary(asked);

  const read = () => {
    const given = code.trim();
    if (asked === given && summary.error) void summary.refetch();
    setAsked(given);
    void navigate({ to: '/connections/accept', search: { step: 'review' } });
  };
  const edit = () => void navigate({ to: '/connections/accept', search: {} });

  const lead = 'Somebody on the other side has sent you a code. Nothing happens before you confirm.';
  if (instances.isPending || instances.error || instances.own.length === 0)
    return (
      <Page title="Accept invitation" lead={lead} up={UP}>
        {instances.isPending ? (
          <LoadingRows rows={2} height={100} />
        ) : instances.error ? (
          <Failed error={instances.error} retry={() => void instances.refetch()} />
        ) : (
          <NoInstance viewer={instances.all.length > 0} action="accept an invitation" />
        )}
      </Page>
    );
  const reviewing = step === 'review' && asked !== null && summary.data !== undefined;
  const proposal = reviewing ? summary.data.proposal : null;
  return (
    <Page title="Accept invitation" lead={lead} up={UP}>
      {reviewing && proposal ? (
        <Review
          code={asked}
          proposal={proposal}
          candidates={instances.own.filter(({ slug }) => summary.data.instances.some((it) => it.slug === slug))}
          edit={edit}
          used={() => keepCode(null)}
        />
      ) : (
        <div className="wizard">
          <Question title="Paste the invitation code" submit={read} ready={code.trim() !== ''} busy={summary.isFetching && step === 'review'}>
            <Textarea
              label="Invitation code"
              description="The whole text, from entente. to its last letter."
              value={code}
              onChange={(event) => {
                keepCode(event.currentTarget.value);
                setAsked(null);
                if (step === 'review') void navigate({ to: '/connections/accept', search: {}, replace: true });
              }}
              autosize
              minRows={4}
              maxRows={9}
              spellCheck={false}
              autoComplete="off"
              autoCapitalize="none"
              styles={{ input: { fontFamily: 'ui-monospace, Menlo, Consolas, monospace', fontSize: 12, wordBreak: 'break-all' } }}
            />
            {asked !== null && summary.error && !summary.isFetching && <CodeTrouble error={summary.error} />}
          </Question>
          <Picture proposal={null} own={instances.own.length === 1 ? (instances.own[0] ?? null) : null} />
        </div>
      )}
    </Page>
  );
}

/** What is wrong with a code: each has its own message, and most have a way on. */
function CodeTrouble({ error }: { error: Error }) {
  const known = error instanceof ApiError ? error : null;
  return (
    <Trouble
      message={known?.message ?? 'The code could not be read.'}
      remedy={known?.remedy ?? 'Try again; if it comes back, ask for a new code.'}
      code={known?.code ?? error.name}
    >
      {(known?.code === 'invitation-used' || known?.code === 'invitation-own') && (
        <Anchor component={Link} to="/connections" size="sm">
          Look at the connections
        </Anchor>
      )}
      {known?.code === 'invitation-unreachable' && (
        <Anchor component={Link} to="/connections/initiate" size="sm">
          Initiate the connection from here
        </Anchor>
      )}
    </Trouble>
  );
}

interface ReviewProps {
  readonly code: string;
  readonly proposal: Proposal;
  readonly candidates: readonly Instance[];
  readonly edit: () => void;
  readonly used: () => void;
}

function Review({ code, proposal, candidates, edit, used }: ReviewProps) {
  const navigate = useNavigate();
  const accept = useAccept();
  const [chosen, setChosen] = useKept('entente.accept.side', '');
  const [scope, setScope] = useKept('entente.accept.scope', '');
  const [understood, setUnderstood] = useState(false);
  const [missing, setMissing] = useState(false);
  const tick = useRef<HTMLInputElement>(null);
  const mine = candidates.find(({ slug }) => slug === chosen) ?? (candidates.length === 1 ? (candidates[0] ?? null) : null);
  const scopes = useScopeChoice(mine);
  const picked = scopes.kind === 'several' ? (scopes.scopes.find(({ id }) => id === scope)?.id ?? null) : null;
  const ready = mine !== null && (scopes.kind === 'none' || scopes.kind === 'one' || picked !== null);

  const confirm = async () => {
    if (proposal.mode === 'basic' && !understood) {
      setMissing(true);
      tick.current?.focus();
      return;
    }
    if (!mine) return;
    const connection = await accept.mutateAsync({
      code,
      instance: mine.slug,
      ...(picked === null ? {} : { scope: picked }),
      ...(proposal.mode === 'basic' ? { internalCommentsBecomePublic: understood } : {}),
    });
    used();
    await navigate({ to: '/connections/$name/connected', params: { name: connection.slug }, replace: true });
  };

  return (
    <div className="wizard">
      <Stack gap="md">
        <div className="panel rows">
          <Answer label="Invitation" value={`From ${proposal.from.name}`} edit={edit} />
        </div>
        <Question title={proposal.name} submit={() => void confirm().catch(() => {})} next="Confirm" reading ready={ready} busy={accept.isPending}>
          <ProposalWords proposal={proposal} here={mine?.name ?? 'you'} />
          {candidates.length === 0 && (
            <Trouble
              message="None of the instances that you administer here can accept this invitation."
              remedy="Ask an admin of the instance that it is meant for, or ask the other side for a code that is not bound."
              code="invitation-elsewhere"
            />
          )}
          {candidates.length > 1 && (
            <Stack gap={8}>
              <Title order={3}>Your side</Title>
              <SideChoice
                own={candidates}
                chosen={mine?.slug ?? null}
                choose={(slug) => {
                  setChosen(slug);
                  setScope(null);
                }}
              />
            </Stack>
          )}
          {mine && scopes.kind !== 'none' && scopes.kind !== 'one' && (
            <Stack gap={8}>
              <Title order={3} className="break">
                Which {mine.nouns.scope ?? 'scope'} of {mine.name}?
              </Title>
              <ScopePick choice={scopes} noun={mine.nouns.scope ?? 'scope'} entities={mine.nouns.entities} scope={picked} choose={setScope} />
            </Stack>
          )}
          {proposal.mode === 'basic' && (
            <ConsentBox
              ref={tick}
              checked={understood}
              missing={missing && !understood}
              change={(value) => {
                setUnderstood(value);
                setMissing(false);
              }}
            >
              {consentWords(mine?.name ?? 'your side', proposal.from.name)}
            </ConsentBox>
          )}
          {accept.error && <CodeTrouble error={accept.error} />}
        </Question>
        <Group>
          <Button variant="subtle" color="gray" component={Link} to="/connections">
            Not now
          </Button>
          <Text size="sm" c="dimmed">
            The code goes on working until it expires.
          </Text>
        </Group>
      </Stack>
      <Picture proposal={proposal} own={mine} />
    </div>
  );
}

function Picture({ proposal, own }: { proposal: Proposal | null; own: Instance | null }) {
  return (
    <aside className="wizard-picture panel" aria-label="The connection so far">
      <Stack p="lg">
        <LinkPicture
          from={proposal ? { ...proposal.from, lines: [proposal.from.platformName, ...(proposal.from.scope ? [proposal.from.scope.name] : [])] } : NOBODY}
          to={own ? { ...own, lines: [own.platformName] } : { ...NOBODY, name: 'Your side' }}
          state="pending"
        />
      </Stack>
    </aside>
  );
}
