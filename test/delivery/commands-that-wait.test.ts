import { expect } from 'chai';
import { startOwnKafka, type OwnKafka } from '../../scripts/stack/own-servers.ts';
import type { FoundOutcome } from '../../src/kafka/outcomes/outcome.ts';
import { PublishFailure } from '../../src/sdk/publish-failure.ts';
import type { RunClosePublisher } from '../../src/sdk/publisher.ts';
import { createRunClosePublisher } from '../../src/sdk/run-close-publisher.ts';
import { aCommand } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { createServersFolder } from '../support/own-servers.ts';
import { expectPromisesKept } from '../support/promises.ts';

const RUNS = 300;

describe('commands that wait while the broker is killed and comes back', function () {
  this.timeout(600_000);

  const servers = createServersFolder();
  let kafka: OwnKafka;
  let deployment: Deployment;
  let publishers: readonly RunClosePublisher[];

  before(async () => {
    kafka = await startOwnKafka({ ...servers.options, brokers: 1 });
    deployment = await createDeployment(2, { brokers: kafka.variables['KAFKA_BROKERS']!.split(',') });
    publishers = Array.from({ length: 3 }, (_, i) =>
      createRunClosePublisher({
        kafka: { brokers: deployment.brokers, clientId: `upstream-${i}` },
        registry: { url: deployment.env['SCHEMA_REGISTRY_URL'] ?? '' },
        topicPrefix: deployment.env['TOPIC_PREFIX'] ?? '',
        processorGroupId: deployment.groupId,
      }),
    );
  });

  after(async () => {
    await Promise.all(publishers.map((publisher) => publisher.close()));
    await deployment.remove();
    await kafka.stop('wipe');
    servers.remove();
  });

  it('each get their own answer, once they have asked again', async () => {
    await deployment.serve();
    let asked = 0;
    /** As an upstream service does: the same command until its outcome is known. */
    const answerOf = async (publisher: RunClosePublisher, id: string): Promise<FoundOutcome | undefined> => {
      const command = aCommand({ commandId: id, runId: id, channelId: `C${id.length}-${id.at(-1) ?? ''}` });
      for (;;) {
        asked++;
        try {
          const result = await publisher.closeAndWait(command, { timeout: 30_000 });
          if (result.outcome !== 'timeout') return result.outcome === 'duplicate' ? result.first : result;
        } catch (error) {
          if (!(error instanceof PublishFailure)) throw error;
        }
      }
    };
    const answers: (FoundOutcome | undefined)[] = [];
    const waiting = publishers.flatMap((publisher, of) =>
      Array.from({ length: RUNS }, async (_, i) => {
        const answer = await answerOf(publisher, `r${of}-${i}`);
        answers.push(answer);
        return answer;
      }),
    );
    await until('some have their answer', () => answers.length > 0, 90_000);
    const [broker] = kafka.brokers;
    await broker!.kill('SIGKILL');
    const before = asked;
    // More commands, which cannot be sent yet.
    const late = publishers.map((publisher, of) => answerOf(publisher, `late-${of}`));
    await broker!.start();
    const all = await Promise.all([...waiting, ...late]);
    expect(asked).to.be.at.least(before + late.length);
    const ids = [
      ...publishers.flatMap((_, of) => Array.from({ length: RUNS }, (__, i) => `r${of}-${i}`)),
      ...publishers.map((_, of) => `late-${of}`),
    ];
    expect(all.map((it) => (it?.outcome === 'closed' ? it.event.commandId : it))).to.deep.equal(ids);
    await deployment.settled(120_000);
    await expectPromisesKept(deployment);
  });
});
