import { parentPort } from 'node:worker_threads';
import { type Batch, check } from './property.ts';

parentPort?.on('message', (batch: Batch) => {
  check(batch).then(
    (outcome) => parentPort?.postMessage(outcome),
    (error: unknown) => {
      throw error;
    },
  );
});
