import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expectAllIsWell } from '../support/all-is-well.ts';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { terminateSessions } from '../support/database-faults.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { startKafkaProxy, type KafkaProxy } from '../support/kafka-proxy/kafka-proxy.ts';

const PRELOADED = fileURLToPath(new URL('../support/used-up.mjs', import.meta.url));
const CODES = ['EMFILE', 'EADDRNOTAVAIL', 'ENOBUFS'];
const OUTAGE_MS = 8_000;
const PORTION = 20;

describe('a machine whose descriptors or ports are used up for a while', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'runclose-used-up-'));
  const file = join(folder, 'reason');
  let deployment: Deployment;
  let kafka: KafkaProxy;
  let serving: Serving;
  let exited: number | null | undefined;
  let published = 0;

  before(async () => {
    [deployment, kafka] = await Promise.all([createDeployment(2), startKafkaProxy()]);
    serving = await deployment.serve(
      { KAFKA_BROKERS: kafka.brokers, USED_UP: file },
      { nodeArguments: ['--import', PRELOADED] },
    );
    void serving.exited.then((code) => (exited = code));
  });
  after(async () => {
    await deployment.remove();
    await kafka.close();
    rmSync(folder, { recursive: true });
  });

  const publish = async (): Promise<void> => {
    await deployment.publish(...manyCommands(PORTION, published));
    published += PORTION;
  };

  for (const code of CODES) {
    it(`is waited for and logged: ${code}`, async () => {
      await publish();
      await deployment.settled();
      writeFileSync(file, code);
      const cut = kafka.inject({ when: () => true, question: () => 'cut' });
      await terminateSessions(deployment.database, 'true');
      await publish();
      await sleep(OUTAGE_MS);
      await until(`${code} is said`, () => JSON.stringify(serving.log).includes(code), 30_000);
      const live = await fetch(`http://127.0.0.1:${String(serving.httpPort)}/health/live`);
      cut.remove();
      rmSync(file);
      expect([exited, live.status], 'exit code, and health').to.deep.equal([undefined, 200]);
      await deployment.settled();
    });
  }

  it('loses and doubles nothing', () => expectAllIsWell(deployment));
});
