const checked = new WeakSet<object>();

/** Freezes a row to its leaves. Throws when something in it would not survive JSON (`undefined` as a property counts as absent and is let through). */
export function freezeRow<Row>(row: Row, what: string): Row {
  freeze(row, what);
  return row;
}

function freeze(value: unknown, path: string): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON cannot hold.`);
      return;
    case 'object': {
      if (value === null || checked.has(value)) return;
      const isArray = Array.isArray(value);
      const prototype: unknown = Object.getPrototypeOf(value);
      if (!isArray && prototype !== Object.prototype && prototype !== null) throw new TypeError(`${path} is no plain object.`);
      for (const [name, member] of Object.entries(value)) if (isArray || member !== undefined) freeze(member, `${path}.${name}`);
      Object.freeze(value);
      checked.add(value);
      return;
    }
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      throw new TypeError(`${path} is ${typeof value}, which JSON cannot hold.`);
  }
}
