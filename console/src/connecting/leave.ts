/**
 * To the other side's console. Inside a tracker's frame that page would not be shown, so it opens in a tab of its own. Returns whether this page is
 * being left.
 */
export function leaveFor(url: string): boolean {
  if (window.self === window.top) {
    location.assign(url);
    return true;
  }
  window.open(url, '_blank');
  return false;
}
