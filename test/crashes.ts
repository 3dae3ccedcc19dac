/** Errors that nobody catches while `work` runs and just after it: each would end the process. Meanwhile the test runner does not hear of them. */
export async function crashesDuring(work: () => Promise<void>): Promise<unknown[]> {
  const before = process.listeners('uncaughtException');
  const crashes: unknown[] = [];
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => crashes.push(error));
  try {
    await work();
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of before) process.on('uncaughtException', listener);
  }
  return crashes;
}
