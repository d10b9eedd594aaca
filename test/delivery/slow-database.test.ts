import { manyCommands } from '../support/commands.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { expectPromisesKept } from '../support/promises.ts';

const COMMANDS = 400;

describe('a database that is too slow for a full batch', function () {
  this.timeout(180_000);
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await createDeployment(1);
    // Twelve seconds for them all, where a statement gets five.
    await deployment.database.query(`
      CREATE FUNCTION public.slow() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_sleep(0.03); RETURN NEW; END'`);
    await deployment.database.query(
      'CREATE TRIGGER slow BEFORE INSERT ON runclose.decision FOR EACH ROW EXECUTE FUNCTION public.slow()',
    );
  });
  afterEach(() => deployment.remove());

  it('gets it in parts, and keeps up', async () => {
    await deployment.publish(...manyCommands(COMMANDS));
    await deployment.serve();
    await deployment.settled(120_000);
    await expectPromisesKept(deployment);
  });
});
