import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import pg from 'pg';
import { OUTBOX_TABLE, requestClose } from '../../../docs/examples/outbox/outbox.ts';
import { aCommand } from '../../support/commands.ts';
import { until } from '../../support/condition.ts';
import { createEmptyDatabase, type TestDatabase } from '../../support/database.ts';
import { createDeployment, type Deployment } from '../../support/deployment.ts';
import { root } from '../../support/readme.ts';

describe('The example of an outbox', function () {
  this.timeout(240_000);

  let deployment: Deployment;
  let database: TestDatabase;
  let service: pg.Client;
  const relays: ChildProcess[] = [];

  before(async () => {
    [deployment, database] = await Promise.all([createDeployment(1), createEmptyDatabase()]);
    service = new pg.Client({ connectionString: database.settings.url });
    await service.connect();
    await service.query(OUTBOX_TABLE);
    await service.query('CREATE TABLE run (id text PRIMARY KEY)');
  });

  after(async () => {
    await Promise.all(relays.map((it) => end(it, 'SIGKILL')));
    await service.end();
    await database.remove();
    await deployment.remove();
  });

  const startRelay = (): ChildProcess => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'docs/examples/outbox/start-relay.ts'], {
      cwd: root,
      stdio: 'ignore',
      env: { ...process.env, ...deployment.env, OUTBOX_DATABASE_URL: database.settings.url },
    });
    relays.push(child);
    return child;
  };

  const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    child.kill(signal);
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };

  const published = async (): Promise<number> => {
    const [partition] = await deployment.admin.fetchTopicOffsets(deployment.names.requested);
    return Number(partition?.high);
  };

  const rows = async (text: string): Promise<number> => (await database.query(text)).length;

  it('publishes what the service has committed, and nothing that was rolled back', async () => {
    const closeRun = async (id: string, statement: 'COMMIT' | 'ROLLBACK'): Promise<void> => {
      await service.query('BEGIN');
      await service.query('INSERT INTO run VALUES ($1)', [id]);
      await requestClose(service, aCommand({ commandId: `close-${id}`, runId: id }));
      await service.query(statement);
    };
    await closeRun('never', 'ROLLBACK');
    await closeRun('friday', 'COMMIT');
    expect(await rows('SELECT FROM outbox')).to.equal(1);
  });

  it('closes a run once, also if the relay is killed between publishing and deleting', async () => {
    // The relay's DELETE waits for this lock.
    await service.query(`
      CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN OLD; END';
      CREATE TRIGGER wait BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION wait();
      SELECT pg_advisory_lock(1)`);
    const killed = startRelay();
    await until('the relay has published', async () => (await published()) === 1, 120_000);
    const waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    await until('the relay deletes', async () => (await rows(waiting)) === 1, 60_000);
    await end(killed, 'SIGKILL');
    await service.query('SELECT pg_advisory_unlock(1)');

    const relay = startRelay();
    await until('the outbox is empty', async () => (await rows('SELECT FROM outbox')) === 0, 120_000);
    expect(await end(relay, 'SIGTERM')).to.equal(0);
    expect(await published()).to.equal(2);
    await deployment.serve();
    await deployment.settled(120_000);
    expect((await deployment.outcomes()).sort()).to.deep.equal(['run.closed 0/0', 'run.summary 0/0']);
  });
});
