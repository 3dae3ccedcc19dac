/** One request that a simulator received. */
export interface LoggedRequest {
  method: string;
  path: string;
  query: string;
  /** null: no answer was sent. */
  status: number | null;
  /** From arrival to the answer, real milliseconds. */
  ms: number;
  /** When it arrived, by the simulator's clock. */
  at: number;
  /** Who asked, once that is known. */
  user?: string;
  /** The kind of fault that hit it. */
  fault?: string;
}

const KEPT = 20_000;

/** The last requests, oldest first, so that a test can count what a connector costs. */
export class RequestLog {
  #requests: LoggedRequest[] = [];

  add(request: LoggedRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > KEPT) this.#requests.splice(0, this.#requests.length - KEPT);
  }

  /** All requests, or those of a method or whose path contains a text. */
  list(filter: { method?: string; path?: string } = {}): LoggedRequest[] {
    return this.#requests.filter(
      (request) =>
        (filter.method === undefined || request.method === filter.method.toUpperCase()) && (filter.path === undefined || request.path.includes(filter.path)),
    );
  }

  clear(): void {
    this.#requests = [];
  }
}
