import { BrokenPromise } from '../broken-promise.ts';
import {
  adoptTopics,
  waitForAlarm,
  publishMore,
  recreateTopics,
  type Recreation,
  startAll,
  startIdle,
} from './recreation.ts';

/** Recreates the input with all outputs, or alone; then the outputs must be recreated, too. */
export const recreateInput: Recreation = {
  kind: 'recreate-input',
  title: 'the input deleted and created again, with its outputs or before them',
  inject: async (deps) => {
    const { world, random } = deps;
    const { names, note } = world;
    const outputs = Object.values(names).filter((name) => name !== names.requested);
    const first = random.pick(['all', 'input']);
    const instances = random.pick(['running', 'stopped']);

    if (instances === 'running') await startIdle(world);
    await recreateTopics(world, first === 'all' ? [names.requested, ...outputs] : [names.requested]);
    await publishMore(deps);
    if (instances === 'stopped') startAll(world);
    await waitForAlarm(world, ALARM);
    if (first === 'input') {
      const refusal = await world.runclose('adopt-topics', '--yes').then(
        () => 'adopted',
        (error: unknown) => String(error),
      );
      if (!refusal.includes('delete the four output topics'))
        throw new BrokenPromise(
          `adopt-topics should have refused while the old events are there: ${refusal}`,
        );
      await recreateTopics(world, outputs);
    }
    await adoptTopics(world, { words: 'would be set aside', before: { passed: 0, written: 0 } });
    await publishMore(deps);
    note(
      `${first === 'all' ? 'All topics were' : 'The input topic was'} deleted and created again while the instances were ${instances}` +
        `${first === 'all' ? '' : ', then the outputs'}. ${ALARM} came, and adopt-topics led on.`,
    );
    return new Map();
  },
};

const ALARM = 'INPUT_RECREATED';
