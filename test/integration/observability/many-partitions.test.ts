import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { openEndpoints, type Endpoints } from '../../../src/operations/serve/endpoints.ts';
import type { InstanceStatus } from '../../../src/operations/serve/instance-status.ts';
import { createMetering, type Metering } from '../../../src/operations/serve/metering.ts';
import type { Member } from '../../../src/operations/serve/member.ts';
import { reasonsOf } from '../../../src/processor/reasons.ts';

const PARTITIONS = 1_000;
const CHANNELS = 1_000;

describe('With 1,000 partitions and 1,000 channels, the HTTP endpoints', function () {
  this.timeout(60_000);
  let endpoints: Endpoints;
  let metering: Metering;
  let batches: Promise<number>;
  let ends = false;

  before(async () => {
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    metering = createMetering({
      breakerState: () => 'closed',
      unavailableMs: () => 0,
      consumer: () => ({
        joined: true,
        generation: 1,
        lastActivity: 0,
        partitions: partitions.map((partition) => ({ partition, cursor: 1_000, lag: 3, alarm: null })),
      }),
      poolUse: () => ({ size: 1, used: 0, waiting: 0, waitedMs: 0 }),
      standstillMs: () => 0,
      isReady: () => true,
    });
    for (const partition of partitions)
      metering.observer.reconciled({ partition, epoch: 1, start: 0, cause: 'assigned' });
    metering.looked(
      partitions.map((partition) => ({ partition, high: 1_003, hindrances: [] })),
      partitions.map((partition) => ({ partition, next: 1_000, end: 1_003 })),
    );
    endpoints = await openEndpoints(
      {
        http: { host: '127.0.0.1', port: 0 },
        kafka: { groupId: 'runclose' },
        topics: { prefix: '' },
      },
      'the-instance',
    );
    const health = () => Promise.resolve({ status: 'ok' as const, checks: [] });
    const member: Member = {
      join: () => Promise.resolve(),
      leave: () => Promise.resolve(true),
      live: health,
      ready: health,
      metrics: () => metering.values(),
      status: () =>
        Promise.resolve({
          state: 'member',
          breakers: metering.breakers(),
          partitions: metering.partitions().map((it) => ({ ...it, retries: null })),
        }),
      close: () => Promise.resolve(),
    };
    endpoints.answerFor([member]);
    batches = decideBatches();
  });
  after(async () => {
    ends = true;
    await batches;
    await endpoints.close();
    metering.close();
  });

  /** Each batch has one command of each channel. */
  const decideBatches = async (): Promise<number> => {
    const deviations = Array.from({ length: CHANNELS }, (_, channel) => channel / CHANNELS);
    let done = 0;
    for (; !ends; done += 1) {
      const partition = done % PARTITIONS;
      metering.observer.batchDone({
        ...{ partition, first: 0, end: CHANNELS, deviations, reasons: reasonsOf([]) },
        outcomes: {
          closed: CHANNELS,
          rejected: 0,
          duplicate: 0,
          deadLetter: 0,
          redelivered: 0,
          misplaced: 0,
        },
        seconds: { decode: 0.001, decide: 0.002, store: 0.02, emit: 0.01 },
        oldest: Date.now(),
      });
      await setImmediate();
    }
    return done;
  };

  const asked = async (path: string): Promise<{ ms: number; text: string }> => {
    const from = performance.now();
    const text = await (await fetch(`http://127.0.0.1:${String(endpoints.port)}${path}`)).text();
    return { ms: performance.now() - from, text };
  };

  it('answer a scrape within a second while batches run, without a series for a channel', async () => {
    const { ms, text } = await asked('/metrics');
    expect(text).to.match(/^runclose_consumer_lag_records\{partition="999"\} 3$/m);
    const series = text.split('\n').filter((line) => line.startsWith('runclose_'));
    expect(series).to.have.length.below(7 * PARTITIONS);
    expect(ms).to.be.lessThan(1_000);
  });

  it('answer /status within a second while batches run', async () => {
    const { ms, text } = await asked('/status');
    const { partitions } = JSON.parse(text) as InstanceStatus;
    expect(partitions).to.have.length(PARTITIONS);
    expect(ms).to.be.lessThan(1_000);
  });
});
