import { expect } from 'chai';
import { until } from '../../support/condition.ts';
import { startRunclose } from '../../support/runclose-process.ts';

describe('A command other than serve', () => {
  it('ends on SIGTERM as on Ctrl-C: process 1 of a container would ignore the signal otherwise', async function () {
    this.timeout(60_000);
    const command = startRunclose(['tail'], {
      KAFKA_BROKERS: '127.0.0.1:1',
      SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
      DATABASE_URL: 'postgres://127.0.0.1:1/nowhere',
      STARTUP_TIMEOUT_SECONDS: '600',
    });
    await until('it waits for Kafka', () => command.stderr().includes('does not answer yet'));
    command.terminate();
    expect((await command.ended).code).to.equal(130);
  });
});
