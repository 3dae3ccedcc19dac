/** Text made safe for an HTML text or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Markup that needs no escaping any more. */
export interface Markup {
  readonly markup: string;
}

/** Marks a string as finished markup. Only for text that has been cleaned. */
export const trusted = (markup: string): Markup => ({ markup });

/** A template whose values are escaped, unless they are markup themselves; lists are joined, null and false vanish. */
export function html(strings: TemplateStringsArray, ...values: unknown[]): Markup {
  return trusted(strings.reduce((out, part, index) => out + part + (index < values.length ? render(values[index]) : ''), ''));
}

function render(value: unknown): string {
  if (value === null || value === undefined || value === false) return '';
  if (Array.isArray(value)) return value.map(render).join('');
  if (typeof value === 'object' && 'markup' in value) return String(value.markup);
  return typeof value === 'string' || typeof value === 'number' ? escapeHtml(String(value)) : '';
}
