import { createTransactionalOutput } from '../../../../src/kafka/produce/transactional-output.ts';
import { createInputLog } from '../../../../src/kafka/read/input-log.ts';
import { outputsAndLogContract } from '../../../support/contract/outputs-and-log.ts';
import { createTestTopics, type TestTopics } from '../../../support/topics.ts';

describe('the transactional output and the input log on Kafka keep the contract: they', function () {
  let topics: TestTopics;
  let log: ReturnType<typeof createInputLog>;

  beforeEach(async () => {
    topics = await createTestTopics();
    log = createInputLog(topics);
  });

  afterEach(async () => {
    await log.close();
    await topics.remove();
  });

  outputsAndLogContract(() => ({
    output: createTransactionalOutput(topics),
    log,
    topic: topics.names.requested,
  }));
});
