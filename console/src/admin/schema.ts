/** The part of JSON schema that settings of a platform are made of. `enumNames`, `needed`: annotations of our own. */
export interface Schema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly enumNames?: readonly string[];
  readonly default?: unknown;
  readonly format?: string;
  readonly writeOnly?: boolean;
  readonly deprecated?: boolean;
  readonly examples?: readonly unknown[];
  readonly needed?: boolean;
}
export type Values = Readonly<Record<string, unknown>>;

export interface Field {
  readonly name: string;
  readonly schema: Schema;
  readonly label: string;
  readonly needed: boolean;
}

/** `apiKey` as people read it: "Api key". Only for what has no title. */
const spelled = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .toLowerCase()
    .replace(/^./, (first) => first.toUpperCase());

/** What is asked, in the schema's order; without what is fixed or kept for older settings only. */
export function fieldsOf(schema: Schema): Field[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {})
    .filter(([, it]) => !it.deprecated && it.const === undefined)
    .map(([name, it]) => ({ name, schema: it, label: it.title ?? spelled(name), needed: it.needed ?? required.has(name) }));
}

export const choicesOf = (schema: Schema): readonly Schema[] =>
  (schema.oneOf ?? schema.anyOf ?? []).filter((it) => it.type === 'object' || it.properties !== undefined);

/** What tells the choices apart: the fixed values of one of them. */
const fixed = (schema: Schema): Values =>
  Object.fromEntries(Object.entries(schema.properties ?? {}).flatMap(([name, it]) => (it.const === undefined ? [] : [[name, it.const]])));
export const isChosen = (choice: Schema, value: Values): boolean => Object.entries(fixed(choice)).every(([name, it]) => value[name] === it);

/** What a form begins with: the first choice, nothing entered. Defaults stay with the server and are only shown. */
export function blank(schema: Schema): Values {
  const nested = Object.entries(schema.properties ?? {}).flatMap(([name, it]) => {
    const first = choicesOf(it)[0] ?? (it.type === 'object' ? it : undefined);
    return first && !it.deprecated ? [[name, blank(first)] as const] : [];
  });
  return { ...fixed(schema), ...Object.fromEntries(nested) };
}

/** What is sent: without what was left empty, numbers as numbers. */
export function filled(schema: Schema, values: Values): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const it = schema.properties?.[name];
    if (!it || value === '' || value === undefined || value === null) continue;
    const choice = choicesOf(it).find((each) => isChosen(each, value as Values)) ?? (it.type === 'object' ? it : undefined);
    if (choice) result[name] = filled(choice, value as Values);
    else if ((it.type === 'number' || it.type === 'integer') && typeof value === 'string') result[name] = Number(value);
    else result[name] = typeof value === 'string' && !it.writeOnly ? value.trim() : value;
  }
  return result;
}
