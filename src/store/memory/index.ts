export { createMemoryStore, type Dump, type MemoryStore, type MemoryStoreOptions } from './store.ts';
