import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the condition holds. After the deadline, fails and names the condition. */
export const until = async (
  description: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = 60_000,
): Promise<void> => {
  const deadline = Date.now() + deadlineMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`after ${deadlineMs} ms still not: ${description}`);
    await sleep(20);
  }
};
