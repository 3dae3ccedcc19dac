export interface Match<T> {
  target: T;
  params: Record<string, string>;
}

interface Entry<T> {
  method: string;
  segments: string[];
  target: T;
}

/** Finds what is registered for a method and a path. Patterns are like `/api/v2/tickets/:id`; a literal segment beats a parameter. */
export class Router<T> {
  readonly #entries = new Map<number, Entry<T>[]>();

  add(method: string, pattern: string, target: T): void {
    const segments = pattern.split('/');
    const list = this.#entries.get(segments.length) ?? [];
    list.push({ method, segments, target });
    // Literal segments first, so that /tickets/show_many is not taken for a ticket id.
    list.sort((a, b) => rank(a.segments).localeCompare(rank(b.segments)));
    this.#entries.set(segments.length, list);
  }

  /** The match, or the methods that this path has (empty: no such path). */
  find(method: string, path: string): Match<T> | { allowed: string[] } {
    const segments = path.split('/');
    const allowed: string[] = [];
    for (const entry of this.#entries.get(segments.length) ?? []) {
      const params = bind(entry.segments, segments);
      if (!params) continue;
      if (entry.method === method) return { target: entry.target, params };
      allowed.push(entry.method);
    }
    return { allowed };
  }
}

function rank(segments: string[]): string {
  return segments.map((segment) => (segment.startsWith(':') ? '1' : '0')).join('');
}

function bind(pattern: string[], segments: string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith(':')) {
      if (segment === '') return undefined;
      try {
        params[part.slice(1)] = decodeURIComponent(segment);
      } catch {
        return undefined;
      }
    } else if (part !== segment) return undefined;
  }
  return params;
}
