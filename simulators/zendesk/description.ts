/** What was held against the vendor's description, and what did not fit. */
export interface DescriptionCheck {
  request(given: { method: string; path: string; query: string; body: unknown }): void;
  answer(given: { method: string; path: string; status: number; body: unknown }): void;
  violations(): string[];
  summary(): { requests: number; answers: number; violations: number };
}
