import { badRequest, type FieldError, invalid } from './errors.ts';

const MAX_BODY_CHARS = 65_536;

/** A member that is text; null and absence are kept apart. Throws 422 for any other type. */
export function textIn(body: Record<string, unknown>, name: string): string | null | undefined {
  const value = body[name];
  if (value === undefined || value === null || typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw badRequest(`For 'properties/${name}', ${JSON.stringify(value)} is not a string.`);
}

/** A member that is a list of names, given as text or as objects with a name. */
export function namesIn(body: Record<string, unknown>, name: string): string[] | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw badRequest(`For 'properties/${name}', ${JSON.stringify(value)} is not an array.`);
  return value.map((one: unknown) => {
    const given = typeof one === 'object' && one !== null && 'name' in one ? one.name : one;
    if (typeof given !== 'string') throw badRequest(`For 'anyOf/0', ${JSON.stringify(one)} is not a string.`);
    return given;
  });
}

export function checkBody(resource: string, body: string | null | undefined, required = false): void {
  if (required && (body ?? '').trim() === '') throw invalid({ resource, code: 'missing_field', field: 'body' });
  if (body && lengthOf(body) > MAX_BODY_CHARS) throw invalid(tooLong(resource, 'body', MAX_BODY_CHARS));
}

/** Any value as text. */
export const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** In characters, as the vendor counts: an emoji of one character is one. */
export const lengthOf = (text: string): number => Array.from(text).length;

export const tooLong = (resource: string, field: string, max: number): FieldError => ({
  resource,
  code: 'custom',
  field,
  message: `${field} is too long (maximum is ${max} characters)`,
});
