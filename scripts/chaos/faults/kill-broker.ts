import type { Fault } from './fault.ts';

export const killBroker: Fault = {
  kind: 'kill-broker',
  title: 'broker killed (-9) and started again',
  runs: 'alone',
  inject: async ({ kafka, pause }, random) => {
    const [first, ...others] = kafka.brokers;
    if (first === undefined) throw new Error('there is no broker');
    const broker = random.pick([first, ...others]);
    await pause(random.next());
    await broker.kill('SIGKILL');
    await pause(4 * random.next());
    await broker.start();
  },
};
