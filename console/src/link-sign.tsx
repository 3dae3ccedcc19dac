import type { CSSProperties } from 'react';
import { usePlatforms } from './queries.ts';

export type LinkState = 'pending' | 'active' | 'deactivated' | 'error' | 'crossing';
export interface LinkEnd {
  readonly platform: string;
  readonly platformName: string;
  readonly name: string;
}

const WORDS: Record<LinkState, string> = {
  pending: 'not accepted yet',
  active: 'linked',
  deactivated: 'deactivated',
  error: 'stopped by an error',
  crossing: 'syncing now',
};

/** For a platform without a logo. Quiet tones with white letters (AA); a platform always has the same one. */
const TONES = ['#1f5f66', '#5b4a8a', '#86412f', '#2f5d3a', '#7a3f66', '#3a5382', '#6b5416'];
const toneOf = (id: string): string => TONES[Array.from(id).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7) % TONES.length] ?? '#3a5382';

/** Dark letters on a bright brand colour. */
function isBright(color: string): boolean {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  return (r * 299 + g * 587 + b * 114) / 1000 > 170;
}

/** The tile of a platform; an empty outline while nobody knows which. */
export function PlatformTile({ platform, platformName, size = 28 }: { platform: string; platformName: string; size?: number }) {
  const logo = usePlatforms().data?.find(({ id }) => id === platform)?.logo ?? null;
  const unknown = platform === '';
  const background = unknown ? 'transparent' : (logo?.color ?? toneOf(platform));
  const style: CSSProperties = {
    width: size,
    height: size,
    flex: 'none',
    borderRadius: size * 0.26,
    background,
    // A black logo would be lost on a dark surface.
    boxShadow: unknown ? undefined : 'inset 0 0 0 1px color-mix(in srgb, var(--ink) 22%, transparent)',
    border: unknown ? `${Math.max(1.5, size / 24)}px dashed var(--line-strong)` : undefined,
    color: unknown ? 'var(--quiet)' : logo && isBright(logo.color) ? '#16171b' : '#fff',
    display: 'grid',
    placeItems: 'center',
    fontWeight: 650,
    fontSize: size * 0.48,
    lineHeight: 1,
  };
  return (
    <span style={style} aria-hidden>
      {logo && !unknown ? (
        <svg width={size * 0.58} height={size * 0.58} viewBox="0 0 24 24" fill="currentColor" aria-hidden>
          <path d={logo.path} />
        </svg>
      ) : (
        platformName.slice(0, 1).toUpperCase()
      )}
    </span>
  );
}

/** The sign of the product: two platforms joined by a line. Dashed: pending. Solid: active. Open in the middle: deactivated. Red joint: error. */
export function LinkSign({ from, to, state, size = 28, length = 28 }: { from: LinkEnd; to: LinkEnd; state: LinkState; size?: number; length?: number }) {
  return (
    <span role="img" aria-label={`${from.name} and ${to.name}: ${WORDS[state]}`} style={{ display: 'inline-flex', alignItems: 'center', flex: 'none' }}>
      <PlatformTile {...from} size={size} />
      <Line state={state} length={length} size={size} />
      <PlatformTile {...to} size={size} />
    </span>
  );
}

/** `gap`: half of what is open when it is deactivated. */
export function Line({ state, length, size, gap = Math.max(5, length / 5) }: { state: LinkState; length: number; size: number; gap?: number }) {
  const y = size / 2;
  const width = Math.max(2, size / 12);
  const middle = length / 2;
  const joint = size / 5.5;
  const stroke = state === 'active' || state === 'crossing' ? 'var(--accent)' : state === 'error' ? 'var(--bad)' : 'var(--line-strong)';
  const line = (x1: number, x2: number, dash?: string) => (
    <line x1={x1} x2={x2} y1={y} y2={y} stroke={stroke} strokeWidth={width} strokeDasharray={dash} className={state === 'crossing' ? 'crossing' : undefined} />
  );
  return (
    <svg width={length} height={size} aria-hidden style={{ display: 'block', flex: 'none' }}>
      {state === 'deactivated' ? (
        <>
          {line(0, middle - gap)}
          {line(middle + gap, length)}
          <circle cx={middle - gap} cy={y} r={width * 1.3} fill={stroke} />
          <circle cx={middle + gap} cy={y} r={width * 1.3} fill={stroke} />
        </>
      ) : (
        line(0, length, state === 'pending' ? `${width * 1.6} ${width * 1.6}` : state === 'crossing' ? '10 6' : undefined)
      )}
      {state === 'error' && (
        <>
          <circle cx={middle} cy={y} r={joint * 1.15} fill="var(--surface)" />
          <circle cx={middle} cy={y} r={joint} fill="var(--bad)" />
        </>
      )}
    </svg>
  );
}

/** The product's own mark: the sign without platforms. */
export function Mark({ size = 22 }: { size?: number }) {
  const end = size * 0.42;
  return (
    <svg width={size * 1.5} height={size} viewBox={`0 0 ${size * 1.5} ${size}`} aria-hidden>
      <line x1={end} x2={size * 1.5 - end} y1={size / 2} y2={size / 2} stroke="var(--accent)" strokeWidth={size / 8} />
      <rect x={1} y={(size - end * 1.4) / 2} width={end * 1.4} height={end * 1.4} rx={end * 0.4} fill="var(--accent)" />
      <rect x={size * 1.5 - end * 1.4 - 1} y={(size - end * 1.4) / 2} width={end * 1.4} height={end * 1.4} rx={end * 0.4} fill="var(--ink)" />
    </svg>
  );
}
