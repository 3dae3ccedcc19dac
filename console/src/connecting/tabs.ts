export const TABS = ['overview', 'entities', 'runs', 'errors', 'rules', 'settings'] as const;
export type Tab = (typeof TABS)[number];
export const isTab = (value: unknown): value is Tab => TABS.some((tab) => tab === value);
