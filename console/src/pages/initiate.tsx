import { Stack } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { useChosen } from '../admin/chosen.ts';
import { AccessQuestion } from '../connecting/access-question.tsx';
import { AlreadyMade, NoInstance } from '../connecting/before-initiating.tsx';
import { DestinationQuestion, destinationWords, MODES, modesOf, useDestination } from '../connecting/destination.tsx';
import { type Draft, useDraft } from '../connecting/draft.ts';
import { InitiateTrouble } from '../connecting/initiate-trouble.tsx';
import { NOBODY } from '../connecting/link-picture.tsx';
import { useMaking } from '../connecting/making.ts';
import { useOwnInstances, useScopeChoice } from '../connecting/own-side.ts';
import type { Instance, Lookup } from '../connecting/queries.ts';
import { Answer } from '../connecting/question.tsx';
import { NameQuestion, NameWords, ScopeQuestion, SideQuestion } from '../connecting/questions.tsx';
import { sentence } from '../connecting/scope-choice.tsx';
import { STEPS, type Step } from '../connecting/steps.ts';
import { WizardPicture } from '../connecting/wizard-picture.tsx';
import { Page } from '../frame.tsx';
import { Failed, LoadingRows } from '../parts/states.tsx';
import { useConnections } from '../queries.ts';

const UP = { to: '/connections', label: 'Connections' };

export function Initiate() {
  const instances = useOwnInstances();
  const { draft, change, clear } = useDraft();
  const body = instances.isPending ? (
    <LoadingRows rows={3} height={72} />
  ) : instances.error ? (
    <Failed error={instances.error} retry={() => void instances.refetch()} />
  ) : instances.own.length === 0 ? (
    <NoInstance viewer={instances.all.length > 0} />
  ) : draft.made ? (
    <AlreadyMade name={draft.made} startAnew={clear} />
  ) : (
    <Wizard draft={draft} change={change} clear={clear} own={instances.own} />
  );
  return (
    <Page title="Initiate connection" lead="Answer a few questions here; the other side agrees there. Nothing is synced before that." up={UP}>
      {body}
    </Page>
  );
}

interface WizardProps {
  readonly draft: Draft;
  readonly change: (patch: Partial<Draft>) => void;
  readonly clear: () => void;
  readonly own: readonly Instance[];
}

function Wizard({ draft, change, clear, own }: WizardProps) {
  const navigate = useNavigate();
  const asked = useSearch({ from: '/connections/initiate' }).step;
  const preset = useSearch({ from: '/connections/initiate' }).instance;
  const working = useChosen().slug;
  const only = own.length === 1 ? own[0] : undefined;
  const mine = own.find(({ slug }) => slug === (draft.instance ?? preset ?? working)) ?? only ?? null;
  const answering: Draft = mine && draft.instance !== mine.slug ? { ...draft, instance: mine.slug } : draft;
  // Choosing a side answers the question; Next leaves it.
  const [start] = useState<Step>(mine ? 'destination' : 'side');
  const keep = useCallback((found: Lookup) => change({ found }), [change]);
  const destination = useDestination(answering, keep);
  const scopes = useScopeChoice(mine);
  const scope = scopes.kind === 'several' ? (scopes.scopes.find(({ id }) => id === draft.scope) ?? null) : scopes.kind === 'one' ? scopes.scope : null;
  const modes = modesOf(destination);
  const onlyMode = modes.filter(({ available }) => available).length === 1 ? modes.find(({ available }) => available)?.mode : undefined;
  const known = destination.kind === 'found' || destination.kind === 'without';
  const mode = known ? (modes.find((it) => it.mode === (draft.mode ?? onlyMode) && it.available)?.mode ?? null) : null;
  const taken = useConnections().data?.map((it) => it.name.toLowerCase()) ?? [];
  const name = draft.name ?? unlike(proposedName(mine, destination.kind === 'found' ? destination.lookup : null, draft.url), taken);

  const answered: Record<Step, boolean> = {
    side: mine !== null,
    destination: known && mode !== null,
    name: name.trim() !== '',
    scope: scope !== null || scopes.kind === 'none' || scopes.kind === 'loading',
    access: false,
  };
  // Never further than the first question without an answer; while an address is looked up its question stays.
  const firstOpen = STEPS.find((step) => !answered[step]) ?? 'access';
  const wanted = asked ?? start;
  const step = STEPS.indexOf(wanted) > STEPS.indexOf(firstOpen) ? firstOpen : wanted;
  const reached = Math.max(draft.reached, STEPS.indexOf(step));
  useEffect(() => {
    if (reached > draft.reached) change({ reached });
  }, [reached, draft.reached, change]);

  // Scopes that are told late put their question before the one that is shown: from then on only Next leaves it.
  useEffect(() => {
    if (step === 'scope' && wanted === 'access') void navigate({ to: '/connections/initiate', search: { step }, replace: true });
  }, [step, wanted, navigate]);

  const go = (to: Step) => void navigate({ to: '/connections/initiate', search: { step: to } });
  const next = () => go(STEPS.find((it) => STEPS.indexOf(it) > STEPS.indexOf(step) && it !== 'name' && !answered[it]) ?? 'access');
  const edit = (to: Step) => () => go(to);

  const { initiate, error, busy } = useMaking({
    draft,
    mine,
    scope: scopes.kind === 'several' ? (scope?.id ?? null) : null,
    name,
    known: destination.kind === 'found',
    change,
    clear,
  });

  const shown = (it: Step) => it === step || (answered[it] && STEPS.indexOf(it) <= reached);
  return (
    <div className="wizard">
      <Stack gap="md">
        <Part open={step === 'side'} shown={shown('side')} answer={<Answer label="Your side" value={mine?.name} edit={only ? undefined : edit('side')} />}>
          <SideQuestion own={own} chosen={mine?.slug ?? null} choose={(instance) => change({ instance, found: null, scope: null })} next={next} />
        </Part>
        <Part
          open={step === 'destination'}
          shown={shown('destination')}
          answer={
            <>
              <Answer label="Destination" value={destinationWords(destination, draft.url)} edit={edit('destination')} />
              <Answer label="Mode" value={mode && MODES[mode].name} edit={edit('destination')} />
            </>
          }
        >
          <DestinationQuestion draft={draft} destination={destination} mode={mode} change={change} next={next} />
        </Part>
        <Part
          open={step === 'name'}
          shown={shown('name') && reached > STEPS.indexOf('destination')}
          answer={<Answer label="Name" value={<NameWords name={name} description={draft.description} />} edit={edit('name')} />}
        >
          <NameQuestion name={draft.name ?? name} description={draft.description} change={change} next={next} />
        </Part>
        {scopes.kind !== 'none' && mine && (
          <Part
            open={step === 'scope'}
            shown={shown('scope') && reached > STEPS.indexOf('destination') && scope !== null}
            answer={<Answer label={sentence(mine.nouns.scope ?? 'scope')} value={scope?.name} edit={scopes.kind === 'several' ? edit('scope') : undefined} />}
          >
            <ScopeQuestion mine={mine} scopes={scopes} scope={draft.scope} choose={(id) => change({ scope: id })} ready={scope !== null} next={next} />
          </Part>
        )}
        {step === 'access' && mine && (
          <AccessQuestion
            draft={draft}
            destination={destination}
            ownName={mine.name}
            busy={busy}
            ready={scopes.kind !== 'loading'}
            change={change}
            initiate={initiate}
            trouble={error && <InitiateTrouble error={error} edit={go} />}
          />
        )}
      </Stack>
      <WizardPicture
        from={mine ? { ...mine, lines: [mine.platformName, ...(scope && scope.name !== mine.name ? [scope.name] : [])] } : NOBODY}
        to={
          destination.kind === 'found'
            ? { ...destination.lookup.destination, lines: [destination.lookup.destination.platformName] }
            : destination.kind === 'without'
              ? { ...NOBODY, name: 'Whoever accepts the invitation' }
              : NOBODY
        }
        mode={mode}
        name={STEPS.indexOf(step) > STEPS.indexOf('destination') ? name : null}
      />
    </div>
  );
}

const Part = ({ open, shown, answer, children }: { open: boolean; shown: boolean; answer: React.ReactNode; children: React.ReactNode }) =>
  open ? children : shown ? <div className="panel rows">{answer}</div> : null;

/** The second connection between the same two gets a number. */
function unlike(name: string, taken: readonly string[]): string {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name} ${n}`;
    if (!taken.includes(candidate.toLowerCase())) return candidate;
  }
}

function proposedName(mine: Instance | null, lookup: Lookup | null, url: string): string {
  if (!mine) return '';
  if (lookup?.where === 'this-instance') return `${mine.name}: between ${lookup.destination.nouns.scope ?? 'scope'}s`;
  if (lookup) return `${mine.name} ↔ ${lookup.destination.name}`.slice(0, 116);
  const host = /^(?:https?:\/\/)?([^/\s]+\.[^/\s]+)/.exec(url.trim())?.[1];
  return `${mine.name} ↔ ${host ?? 'new partner'}`.slice(0, 116);
}
