import { expect } from 'chai';
import { createProcessor } from '../../../src/processor/processor.ts';
import { createWorld } from '../../support/world.ts';

describe('the processor', () => {
  it('handles the batches of one partition one after another', async () => {
    const world = createWorld();
    world.publish({ commandId: 'c1', runId: 'r1' }, { commandId: 'c2', runId: 'r2' });
    const processor = createProcessor(world.deps);
    await Promise.all([
      processor.handle(world.batch(0, 1), world.membership()),
      processor.handle(world.batch(1, 2), world.membership()),
    ]);
    expect(world.reconciliations).to.deep.equal(['assigned']);
    expect(world.outcomes()).to.deep.equal([
      'run.closed 0',
      'run.summary 0',
      'run.closed 1',
      'run.summary 1',
    ]);
  });

  it('releases a partition that it is no longer assigned, and takes it over again later', async () => {
    const world = createWorld();
    world.publish({ commandId: 'c1', runId: 'r1' }, { commandId: 'c2', runId: 'r2' });
    const processor = createProcessor(world.deps);
    await processor.handle(world.batch(0, 1), world.membership());
    processor.assigned([1]);
    await processor.handle(world.batch(1, 2), world.membership());
    expect(world.reconciliations).to.deep.equal(['assigned', 'released']);
    expect(world.lease()?.emittedThrough).to.equal(1);
  });

  it('records on drain what is emitted', async () => {
    const world = createWorld();
    world.publish({ commandId: 'c1', runId: 'r1' });
    const processor = createProcessor(world.deps);
    await processor.handle(world.batch(0), world.membership());
    await processor.drain();
    expect(world.lease()?.emittedThrough).to.equal(1);
  });

  it('lets a bug end the process, and skips nothing', async () => {
    const world = createWorld();
    world.publish({ commandId: 'c1', runId: 'r1' });
    const deps = world.deps;
    const codec = {
      ...deps.codec,
      encode: () => {
        throw new TypeError('a bug');
      },
    };
    const processor = createProcessor({ ...deps, codec });
    const failure = await processor
      .handle(world.batch(0), world.membership())
      .catch((error: unknown) => error);
    expect(failure).to.include({ kind: 'fatal', message: 'a bug' });
    expect(world.stored().decisions).to.deep.equal([]);
  });
});
