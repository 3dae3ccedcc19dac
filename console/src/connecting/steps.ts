/** The questions of the wizard, in their order. */
export const STEPS = ['side', 'destination', 'name', 'scope', 'access'] as const;
export type Step = (typeof STEPS)[number];
export const isStep = (value: unknown): value is Step => STEPS.some((step) => step === value);
