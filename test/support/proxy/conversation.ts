import type { Socket } from 'node:net';
import type { Verdict } from './faults.ts';

/** The two ends of one connection, with the questions and answers that are on their way. */
export type Conversation = {
  /** Does what was decided; what it means to forward is said here. */
  obey(verdict: Verdict, forward: () => void): void;
  /** Work on one question or answer. Where it fails the connection ends, and `onProblem` is told. */
  follow(work: Promise<void>): void;
};

/**
 * What is kept back on its way to the server outlives the client that sent it, as it would in a network. When the server ends
 * the connection, so does the client's.
 */
export const createConversation = (
  client: Socket,
  server: Socket,
  onProblem: (problem: unknown) => void,
): Conversation => {
  const underWay = new Set<Promise<void>>();
  const cut = (): void => {
    client.destroy();
    server.destroy();
  };
  client.once('close', () => {
    void Promise.all(underWay).then(() => server.end());
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
      underWay.add(settled);
      void settled.then(() => underWay.delete(settled));
    },
  };
};
