import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconCircleCheck, IconShieldCheck } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useMembers } from '../admin/queries.ts';
import { ApiError } from '../api.ts';
import { Failed, Trouble } from '../parts/states.tsx';
import { AskFirst } from './ask-first.tsx';
import { ConsentBox } from './consent-box.tsx';
import { consentWords } from './consent-words.ts';
import { leaveFor } from './leave.ts';
import { useScopeChoice } from './own-side.ts';
import { ProposalWords } from './proposal.tsx';
import { type Check, type Consent, type Instance, useConfirm, useRefuse, useVerify } from './queries.ts';
import { ScopePick, sentence } from './scope-choice.tsx';
import { useKept } from './use-kept.ts';

/** Read, verify access, choose a scope where there is a choice, confirm. Without a choice, verifying and confirming are one step. */
export function ConsentForm({ consent, instance }: { consent: Consent; instance: Instance }) {
  const { id, proposal, mayConfirm } = consent;
  const verify = useVerify(id);
  const confirm = useConfirm(id);
  const refuse = useRefuse(id);
  const [scope, setScope] = useKept(`entente.consent.${id}.scope`, '');
  const [understood, setUnderstood] = useState(false);
  const [missing, setMissing] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const tick = useRef<HTMLInputElement>(null);
  const known = useScopeChoice(mayConfirm.available ? instance : null);

  const check = verify.data?.check ?? null;
  const verified = consent.verifiedUntil !== null;
  const all = consent.scopes.length > 1 ? consent.scopes : known.kind === 'several' ? known.scopes : [];
  // A local connection joins two scopes of one instance: the one that asks is not to be chosen again.
  const local = proposal.from.node === null && proposal.from.slug === instance.slug;
  const scopes = local ? all.filter((it) => it.id !== proposal.from.scope?.id) : all;
  const several = scopes.length > 1;
  const picked = several ? (scopes.find((it) => it.id === scope)?.id ?? null) : (scopes[0]?.id ?? null);
  const oneStep = !several && known.kind !== 'loading' && known.kind !== 'failed';

  const leave = (redirect: string) => {
    setLeaving(leaveFor(redirect));
  };
  const ticked = (): boolean => {
    if (proposal.mode !== 'basic' || understood) return true;
    setMissing(true);
    tick.current?.focus();
    return false;
  };
  const agree = async () => {
    const send = () =>
      confirm.mutateAsync({
        ...(picked === null ? {} : { scope: picked }),
        ...(proposal.mode === 'basic' ? { internalCommentsBecomePublic: understood } : {}),
      });
    // Proof of access counts for a minute; reading takes longer.
    const fresh = consent.verifiedUntil !== null && new Date(consent.verifiedUntil).getTime() > Date.now() + 2000;
    if (!fresh) await verify.mutateAsync();
    try {
      leave((await send()).redirect);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'not-verified') throw error;
      await verify.mutateAsync();
      leave((await send()).redirect);
    }
  };
  const onVerify = async () => {
    if (oneStep && !ticked()) return;
    const answer = await verify.mutateAsync();
    // What is missing is read before anything is confirmed.
    if (oneStep && answer.check.missing.length === 0 && (local || answer.consent.scopes.length <= 1)) await agree();
  };
  const onConfirm = async () => {
    if (ticked()) await agree();
  };
  const quiet = (work: () => Promise<void>) => () => void work().catch(() => {});
  const busy = verify.isPending || confirm.isPending || leaving;

  return (
    <section className="panel question" aria-labelledby="asked">
      <Stack gap="lg">
        <Title order={2} id="asked" fz="lg" className="break">
          {local
            ? `${proposal.startedBy} asks to connect two ${instance.nouns.scope ?? 'scope'}s of ${instance.name}`
            : `${proposal.from.name} asks to connect with ${instance.name}`}
        </Title>
        <ProposalWords proposal={proposal} here={instance.name} />
        {!mayConfirm.available ? (
          <NotAllowed instance={instance} reason={mayConfirm.reason} />
        ) : (
          <>
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
                {consentWords(instance.name, proposal.from.name)}
              </ConsentBox>
            )}
            {check && <Result check={check} instance={instance} />}
            {verified && several && (
              <Stack gap={8}>
                <Title order={3} className="break">
                  Which {instance.nouns.scope ?? 'scope'} of {instance.name}?
                </Title>
                <ScopePick
                  choice={{ kind: 'several', scopes }}
                  noun={instance.nouns.scope ?? 'scope'}
                  entities={instance.nouns.entities}
                  scope={picked}
                  choose={setScope}
                />
              </Stack>
            )}
            {local && scopes.length === 1 && scopes[0] && (
              <Text>
                {sentence(instance.nouns.entities)} are created in {scopes[0].name}, the other {instance.nouns.scope ?? 'scope'}.
              </Text>
            )}
            {verify.error && <Failed error={verify.error} />}
            {confirm.error && !confirm.isPending && <Failed error={confirm.error} />}
            <Stack gap={8}>
              <Group gap="sm">
                {verified ? (
                  <Button onClick={quiet(onConfirm)} loading={busy} disabled={several && picked === null}>
                    Confirm
                  </Button>
                ) : (
                  <Button leftSection={<IconShieldCheck size={17} aria-hidden />} onClick={quiet(onVerify)} loading={busy || known.kind === 'loading'}>
                    {oneStep ? 'Verify access and confirm' : 'Verify access'}
                  </Button>
                )}
                <AskFirst
                  verb="Refuse"
                  title="Refuse this connection?"
                  keep="Back"
                  act={() => refuse.mutateAsync(undefined).then(({ redirect }) => leave(redirect))}
                  busy={refuse.isPending || leaving}
                  error={refuse.error}
                >
                  {proposal.from.name} is told that you refused. Nothing is connected; they can ask again.
                </AskFirst>
              </Group>
              {!verified && (
                <Text size="sm" c="dimmed">
                  Verifying asks the tracker with the credentials that are stored for {instance.name}. Nothing is written.
                </Text>
              )}
            </Stack>
          </>
        )}
      </Stack>
    </section>
  );
}

/** Somebody else has to decide: who that is. */
function NotAllowed({ instance, reason }: { instance: Instance; reason: string | null }) {
  const admins = (useMembers(instance.slug).data ?? []).filter(({ role, joinedAt }) => role !== 'viewer' && joinedAt !== null);
  return (
    <Trouble
      message={reason ?? `Only an admin of ${instance.name} can agree to this.`}
      remedy="Ask one of them to open this page; its address works for them too."
      code="not-allowed"
    >
      {admins.length > 0 && <Text className="break">{admins.map(({ name, email }) => (name ? `${name} (${email})` : email)).join(', ')}</Text>}
    </Trouble>
  );
}

/** What the tracker said, and what it would not let Entente do. */
function Result({ check, instance }: { check: Check; instance: Instance }) {
  return (
    <Stack gap="sm" role="status">
      <Group gap={10} wrap="nowrap" align="flex-start">
        <IconCircleCheck size={20} color="var(--ok)" aria-hidden style={{ flex: 'none', marginTop: 1 }} />
        <Text className="break">
          Access to {instance.name} is verified: {check.site} answers, and Entente works there as {check.account.name}
          {check.account.email ? ` (${check.account.email})` : ''}.
        </Text>
      </Group>
      {check.missing.length > 0 && (
        <div style={{ background: 'var(--wait-wash)', borderRadius: 8, padding: '12px 14px' }}>
          <Text fw={600}>{check.missing.length === 1 ? 'One permission is missing' : `${check.missing.length} permissions are missing`}</Text>
          <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>
            {check.missing.map(({ permission, consequence }) => (
              <li key={permission} className="break">
                {permission}: {consequence}
              </li>
            ))}
          </ul>
          <Text size="sm" mt={6}>
            You can confirm all the same, and grant them later.
          </Text>
        </div>
      )}
    </Stack>
  );
}
