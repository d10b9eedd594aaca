import { expect } from 'chai';
import { EMPTY_LEDGER } from '../../../src/domain/ledger.ts';
import type { RunClosed } from '../../../src/domain/records.ts';
import { partitionOf } from '../../../src/wire/partitioner.ts';
import { expose } from '../../../src/observability/exposition.ts';
import { createMetricsObserver } from '../../../src/observability/metrics-observer.ts';
import { createMetrics, emptyRegistry } from '../../../src/observability/metrics.ts';
import type { Owed } from '../../../src/processor/decide-record.ts';
import { largestDeviation } from '../../../src/processor/largest-deviation.ts';
import { deviationsOf, outcomesOf } from '../../../src/processor/outcomes.ts';
import { reasonsOf } from '../../../src/processor/reasons.ts';
import { closedOf, createChannel } from '../../support/channel.ts';
import { aCommand, anOrder } from '../../support/commands.ts';

const BATCH = 500;
const BATCHES = 200;
const CHANNELS = 1_000;
const PARTITIONS = 1_000;
const ROUNDS = 5;

/** The shortest of some rounds in milliseconds: other work on the machine only makes a round longer. */
const shortestMs = async (round: () => Promise<void> | void): Promise<number> => {
  let shortest = Infinity;
  for (let n = 0; n < ROUNDS; n += 1) {
    const started = performance.now();
    await round();
    shortest = Math.min(shortest, performance.now() - started);
  }
  return shortest;
};

describe('The cost of the metrics', function () {
  this.timeout(60_000);

  it('is far below one percent of a command', async () => {
    const orders = ['U1', 'U2', 'U3', 'U4', 'U5'].map((userId) => anOrder({ userId }));
    const { fairness } = closedOf(createChannel({}, EMPTY_LEDGER).preview(aCommand({ orders })));
    const closed = { fairness } as RunClosed;
    const items = Array.from({ length: BATCH }, (_, n) => ({
      kind: 'events',
      outcome: 'closed',
      reason: 'LOWEST',
      deviation: 0,
      record: { offset: n, key: Buffer.from(`C${String(n % CHANNELS)}`) },
    }));
    const owed = items as unknown as Owed[];
    const observer = createMetricsObserver(createMetrics(emptyRegistry()));
    const ms = await shortestMs(() => {
      for (let batch = 0; batch < BATCHES; batch += 1) {
        for (const item of items) item.deviation = largestDeviation(closed);
        observer.batchDone({
          partition: 3,
          end: BATCH,
          outcomes: outcomesOf(owed, 3, (key) => partitionOf(key, 6)),
          reasons: reasonsOf(owed),
          seconds: { decode: 0.001, decide: 0.002, store: 0.02, emit: 0.01 },
          oldest: Date.now(),
          deviations: deviationsOf(owed),
        });
      }
    });
    const microseconds = (ms * 1000) / (BATCH * BATCHES);
    expect(microseconds).to.be.lessThan(10);
  });

  it('is under a second for a scrape of 1,000 partitions and after runs in 1,000 channels', async () => {
    const metrics = createMetrics(emptyRegistry());
    const observer = createMetricsObserver(metrics);
    const facts = { lagRecords: 1, lagSeconds: 1, heldBackRecords: 1, heldBackSeconds: 1 };
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, ...facts }));
    for (const { partition } of partitions)
      observer.reconciled({ partition, epoch: 1, start: 0, cause: 'assigned' });
    const deviations = Array.from({ length: CHANNELS }, (_, channel) => channel / CHANNELS);
    for (const deviation of deviations) metrics.observe('runclose_channel_deviation_runs', {}, deviation);
    const ms = await shortestMs(async () => {
      observer.assigned(partitions);
      expect(expose([await metrics.values()], 'openmetrics').body).to.include('partition="999"');
    });
    expect(ms).to.be.lessThan(1_000);
  });
});
