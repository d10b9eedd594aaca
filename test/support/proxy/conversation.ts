import type { Socket } from 'node:net';
import type { Verdict } from './faults.ts';

/** The two ends of one connection, with the questions and answers in flight. */
export type Conversation = {
  /** Carries out the verdict; `forward` says how to forward. */
  obey(verdict: Verdict, forward: () => void): void;
  /** Follows the work on one question or answer. If it fails, the connection ends, and `onProblem` is called. */
  follow(work: Promise<void>): void;
};

/**
 * A message that is held back on its way to the server outlives the client that sent it, as in a network. If the server ends its
 * connection, the client's connection ends, too.
 */
export const createConversation = (
  client: Socket,
  server: Socket,
  onProblem: (problem: unknown) => void,
): Conversation => {
  const inFlight = new Set<Promise<void>>();
  const cut = (): void => {
    client.destroy();
    server.destroy();
  };
  client.once('close', () => {
    void Promise.all(inFlight).then(() => server.end());
  });
  server.once('close', () => client.end());
  return {
    obey: (verdict, forward) => {
      if (verdict === 'forward') forward();
      else if (verdict === 'cut') cut();
      else if (verdict !== 'drop') client.write(verdict.answer);
    },
    follow: (work) => {
      const settled = work.catch((problem: unknown) => {
        onProblem(problem);
        cut();
      });
      inFlight.add(settled);
      void settled.then(() => inFlight.delete(settled));
    },
  };
};
