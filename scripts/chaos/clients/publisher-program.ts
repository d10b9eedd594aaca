/** An upstream service: publishes the commands that it is told, waits for their outcomes, and answers with them. */
import { inspect } from 'node:util';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import { failureOf } from '../../../src/processor/failure.ts';
import { createRunClosePublisher, type CloseResult } from '../../../src/sdk/index.ts';
import { talkToParent } from './client-process.ts';

export type Ask = { readonly number: number; readonly command: RunCloseRequested };
/** `failure`: the code with which `closeAndWait` has rejected. */
export type Answered = { readonly number: number; readonly result?: CloseResult; readonly failure?: string };

const TIMEOUT_MS = 15_000;

const { KAFKA_BROKERS = '', SCHEMA_REGISTRY_URL = '', KAFKA_GROUP_ID = '' } = process.env;
const publisher = createRunClosePublisher({
  kafka: { brokers: KAFKA_BROKERS.split(','), clientId: 'chaos-publisher' },
  registry: { url: SCHEMA_REGISTRY_URL },
  processorGroupId: KAFKA_GROUP_ID,
});

const tell = talkToParent((message) => {
  const { number, command } = message as Ask;
  const answer = (answered: Omit<Answered, 'number'>): void => {
    tell({ number, ...answered });
  };
  publisher.closeAndWait(command, { timeout: TIMEOUT_MS }).then(
    (result) => {
      answer({ result });
    },
    (failure: unknown) => {
      process.stdout.write(`${inspect(failure)}\n`);
      answer({ failure: failureOf(failure).code });
    },
  );
});

process.once('SIGTERM', () => {
  void publisher.close().then(() => {
    process.disconnect();
  });
});
