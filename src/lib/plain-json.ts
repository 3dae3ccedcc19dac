/**
 * Does something in parsed JSON bear a member that JavaScript would call to compare or print it? `{"toString": 1}` cannot be made a number or a text, so that
 * even a check of it throws. Nobody's message has such members.
 */
export function hidesMethods(json: unknown): boolean {
  const open: unknown[] = [json];
  for (let value = open.pop(); value !== undefined || open.length > 0; value = open.pop()) {
    if (typeof value !== 'object' || value === null) continue;
    if (Object.hasOwn(value, 'toString') || Object.hasOwn(value, 'valueOf')) return true;
    for (const member of Object.values(value)) if (typeof member === 'object') open.push(member);
  }
  return false;
}
