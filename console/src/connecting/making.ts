import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Draft } from './draft.ts';
import { leaveFor } from './leave.ts';
import { type Instance, useInitiate } from './queries.ts';

/** Makes the connection, and goes where it goes on. */
export function useMaking(given: {
  readonly draft: Draft;
  readonly mine: Instance | null;
  readonly scope: string | null;
  readonly name: string;
  readonly known: boolean;
  readonly change: (patch: Partial<Draft>) => void;
  readonly clear: () => void;
}) {
  const navigate = useNavigate();
  const making = useInitiate();
  const [leaving, setLeaving] = useState(false);
  // The browser may show this very page again when somebody goes back to it.
  useEffect(() => {
    const back = (event: PageTransitionEvent) => event.persisted && location.reload();
    addEventListener('pageshow', back);
    return () => removeEventListener('pageshow', back);
  }, []);
  const { draft, mine, scope, name, known, change, clear } = given;
  const initiate = async (path: 'admin' | 'invitation') => {
    if (!mine) return;
    const body = {
      instance: mine.slug,
      ...(scope === null ? {} : { scope }),
      // An address that nobody answers at is kept as a note; what is no address is not.
      url: known || draft.without === 'refused' ? draft.url.trim() : null,
      mode: 'basic' as const,
      name: name.trim(),
      ...(draft.description.trim() === '' ? {} : { description: draft.description.trim() }),
      internalCommentsBecomePublic: draft.understood,
      path,
      ...(path === 'invitation' && known ? { bindInvitation: draft.bind } : {}),
    };
    const { connection, redirect } = await making.mutateAsync(body);
    if (redirect) {
      change({ made: connection.slug });
      setLeaving(leaveFor(redirect));
    } else {
      clear();
      await navigate({ to: '/connections/$name/invitation', params: { name: connection.slug }, replace: true });
    }
  };
  return { initiate: (path: 'admin' | 'invitation') => void initiate(path).catch(() => {}), error: making.error, busy: making.isPending || leaving };
}
