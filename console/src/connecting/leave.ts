import { base } from '../base.ts';

/** An address below the one of this frame, as it is reached from here: the node may call itself by another name than the frame does. Null: another place. */
export function withinFrame(url: string): string | null {
  const { pathname, search } = new URL(url, location.href);
  return base !== '' && pathname.startsWith(`${base}/`) ? `${pathname}${search}` : null;
}

/**
 * To the other side's console. Inside a tracker's frame that page would not be shown, so it opens in a tab of its own. Returns whether this page is
 * being left.
 */
export function leaveFor(url: string): boolean {
  const own = withinFrame(url);
  if (own !== null || window.self === window.top) {
    location.assign(own ?? url);
    return true;
  }
  window.open(url, '_blank');
  return false;
}
