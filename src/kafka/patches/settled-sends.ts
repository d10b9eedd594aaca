import type { Patch } from './patch.ts';

type Attempt = (...args: readonly unknown[]) => Promise<unknown>;
type EosManager = {
  acquireBrokerLock(broker: object): Promise<void>;
  releaseBrokerLock(broker: object): void;
};
type Parts = {
  readonly eosManager: EosManager;
  readonly retrier: (attempt: Attempt) => Promise<unknown>;
};
type CreateSendMessages = (parts: Parts) => (request: object) => Promise<unknown>;

/**
 * kafkajs sends the records of a request to all of their brokers at once. As soon as one broker refuses its records, kafkajs retries, also
 * with every broker that has not answered yet. Such a broker writes the same records twice, under two sequence numbers, and kafkajs then
 * returns only the second answer, so that nothing shows the duplicates. This patch retries only when every broker has answered.
 */
export const settledSends: Patch = {
  module: 'producer/sendMessages.js',
  apply:
    (createSendMessages: CreateSendMessages): CreateSendMessages =>
    (parts) =>
    (request) => {
      const { eosManager, allAnswered } = watched(parts.eosManager);
      const retrier = (attempt: Attempt): Promise<unknown> =>
        parts.retrier(async (...args) => {
          try {
            return await attempt(...args);
          } catch (thrown) {
            await allAnswered();
            throw thrown;
          }
        });
      return createSendMessages({ ...parts, eosManager, retrier })(request);
    },
};

/** kafkajs holds a broker's lock from before the request until it has noted the answer. */
const watched = (
  eosManager: EosManager,
): { readonly eosManager: EosManager; readonly allAnswered: () => Promise<void> } => {
  let unanswered = 0;
  let onAllAnswered = (): void => undefined;

  const noteAnswer = (): void => {
    unanswered--;
    if (unanswered === 0) onAllAnswered();
  };

  const acquireBrokerLock = (broker: object): Promise<void> => {
    unanswered++;
    return eosManager.acquireBrokerLock(broker).catch((thrown: unknown) => {
      noteAnswer();
      throw thrown;
    });
  };

  const releaseBrokerLock = (broker: object): void => {
    eosManager.releaseBrokerLock(broker);
    noteAnswer();
  };

  return {
    eosManager: Object.create(eosManager, {
      acquireBrokerLock: { value: acquireBrokerLock },
      releaseBrokerLock: { value: releaseBrokerLock },
    }) as EosManager,
    allAnswered: () =>
      new Promise((resolve) => {
        if (unanswered === 0) resolve();
        else onAllAnswered = resolve;
      }),
  };
};
