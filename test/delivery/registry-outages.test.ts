import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { manyCommands } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import { expectPromisesKept, expectSameForKafkasOwnReader } from '../support/promises.ts';
import { createRegistryStub, type RegistryMood, type RegistryStub } from '../support/registry-stub.ts';
import { registrySettings } from '../support/registry.ts';

const MOODS: readonly RegistryMood[] = ['away', 'hung', 500, 404, 'slow'];

describe('a registry in trouble delays, but fills no dead letters and loses nothing', function () {
  this.timeout(120_000);
  let registry: RegistryStub;
  let deployment: Deployment;
  let serving: Serving;
  let published = 0;

  const publishMore = async (count: number): Promise<void> => {
    await deployment.publish(...manyCommands(count, published));
    published += count;
  };
  const deadLetters = async (): Promise<number> =>
    (await deployment.read(deployment.names.deadLetters)).length;

  beforeEach(async () => {
    published = 0;
    registry = await createRegistryStub(registrySettings().url);
    deployment = await createDeployment(2, { registryUrl: registry.url });
  });
  afterEach(async () => {
    await deployment.remove();
    await registry.close();
  });

  it('whatever is wrong with it, once the schemas are known: it is not even needed', async () => {
    serving = await deployment.serve();
    await publishMore(50);
    await deployment.settled();
    for (const mood of MOODS) {
      registry.be(mood);
      await publishMore(50);
      await deployment.settled();
    }
    await expectSameForKafkasOwnReader(deployment, await expectPromisesKept(deployment));
  });

  it('whatever is wrong with it while no schema is known: it waits, and continues when the registry is well', async () => {
    for (const mood of MOODS) {
      registry.be('well');
      serving = await deployment.serve();
      // From here on it knows the ids that it writes with, but no schema that commands were written with.
      registry.be(mood);
      await publishMore(50);
      await until('the registry is asked', () => registry.requests() > 1);
      if (mood !== 'slow') await sleep(1_500);
      expect(await deadLetters(), `dead letters while the registry is ${String(mood)}`).to.equal(0);
      registry.be('well');
      await deployment.settled();
      await expectPromisesKept(deployment);
      serving.signal('SIGTERM');
      expect(await serving.exited).to.equal(0);
    }
  });

  it('and requires another password: an idle process logs that, and reads the password from its file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runclose-registry-'));
    const file = join(folder, 'password');
    try {
      writeFileSync(file, 'first\n');
      registry.want('first');
      serving = await deployment.serve({
        SCHEMA_REGISTRY_USERNAME: 'app',
        SCHEMA_REGISTRY_PASSWORD_FILE: file,
      });
      const said = (): string => JSON.stringify(serving.log);
      registry.want('second');
      await until(
        'it is told',
        () => /401.*check SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD/.test(said()),
        60_000,
      );
      writeFileSync(file, 'second\n');
      await until('it is well again', () => said().includes('the server answers again'), 60_000);
      await publishMore(10);
      await deployment.settled();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('while a record of an unknown schema waits: it is no dead letter before the registry is well', async () => {
    serving = await deployment.serve();
    const unknown = await deployment.encode({});
    let id = 2_000_000_000;
    for (const mood of [500, 404, 'away'] as const) {
      unknown.writeInt32BE(id++, 1);
      registry.be(mood);
      const before = await deadLetters();
      await publishMore(10);
      await deployment.publish(unknown);
      await until('the registry is asked', () => registry.requests() > 1);
      expect(await deadLetters()).to.equal(before);
      registry.be('well');
      await deployment.settled();
      expect(await deadLetters()).to.equal(before + 1);
    }
    await expectPromisesKept(deployment);
  });

  it('when it comes back with other ids: new records carry the new ids, and old records are read with the known schemas', async () => {
    const first = (await deployment.encode({})).readInt32BE(1);
    serving = await deployment.serve();
    await publishMore(100);
    await deployment.settled();
    registry.shiftIds(1_000_000);

    await publishMore(50);
    const newId = first + 1_000_000;
    const written = async (): Promise<Set<number>> =>
      new Set((await deployment.read(deployment.names.closed)).map(({ value }) => value!.readInt32BE(1)));
    await deployment.settled();
    // The ids are asked for again within five seconds, wherever there is work.
    await until('events are written with other ids', async () => {
      await publishMore(5);
      return [...(await written())].some((id) => id > 1_000_000);
    });
    const relabelled = await deployment.encode({ commandId: 'other id', runId: 'other id' });
    relabelled.writeInt32BE(newId, 1);
    await deployment.publish(relabelled);
    await deployment.settled();
    await expectPromisesKept(deployment, { schemaIds: new Set([first, newId]) });
  });
});
