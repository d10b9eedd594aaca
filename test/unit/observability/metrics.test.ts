import { expect } from 'chai';
import { expose } from '../../../src/observability/exposition.ts';
import { definitionsOfMetrics } from '../../../src/observability/metric-definitions.ts';
import { createMetricsObserver, type PartitionFacts } from '../../../src/observability/metrics-observer.ts';
import { createMetrics, type Metrics } from '../../../src/observability/metrics.ts';
import { observedBy } from '../../../src/observability/observers.ts';
import { Failure } from '../../../src/processor/failure.ts';

const outcomes = { closed: 5, rejected: 2, duplicate: 1, deadLetter: 1, redelivered: 1, misplaced: 3 };
const batch = {
  partition: 2,
  end: 1042,
  outcomes,
  reasons: { closed: { LOWEST: 4, TIE_LOT: 1 }, rejected: { UNAUTHORIZED: 2 }, deadLetter: { TOO_SHORT: 1 } },
  seconds: { decode: 0.001, decide: 0.002, store: 0.02, emit: 0.03 },
  oldest: null,
  deviations: [0.2, 0.6],
};

const inPartition = (partition: number, facts: Partial<PartitionFacts> = {}): PartitionFacts => ({
  partition,
  lagRecords: 0,
  lagSeconds: 0,
  heldBackRecords: 0,
  heldBackSeconds: 0,
  ...facts,
});

describe('The metrics', () => {
  let metrics: Metrics;
  beforeEach(() => {
    metrics = createMetrics();
  });

  const linesOf = async (source: Metrics = metrics): Promise<string[]> =>
    expose([await source.values()], 'text').body.split('\n');
  const shown = async (name: string): Promise<string[]> =>
    (await linesOf()).filter((line) => line.startsWith(name));
  /** Without those that are 0. */
  const counted = async (name: string): Promise<string[]> =>
    (await shown(name)).filter((line) => !line.endsWith(' 0'));

  it('count commands by their outcome and its reason', async () => {
    const observer = createMetricsObserver(metrics);
    observer.batchDone(batch);
    observer.batchDone(batch);
    expect(await counted('runclose_commands_total')).to.have.members([
      'runclose_commands_total{outcome="closed",reason="LOWEST"} 8',
      'runclose_commands_total{outcome="closed",reason="TIE_LOT"} 2',
      'runclose_commands_total{outcome="rejected",reason="UNAUTHORIZED"} 4',
      'runclose_commands_total{outcome="duplicate",reason="NONE"} 2',
      'runclose_commands_total{outcome="dead_letter",reason="TOO_SHORT"} 2',
      'runclose_commands_total{outcome="redelivered",reason="NONE"} 2',
    ]);
    expect(await shown('runclose_commands_misplaced_total')).to.deep.equal([
      'runclose_commands_misplaced_total 6',
    ]);
  });

  it('begin at 0, so that the first increase of a new process shows', async () => {
    expect(await shown('runclose_commands_total{outcome="dead_letter",reason="UNDECODABLE"}')).to.deep.equal([
      'runclose_commands_total{outcome="dead_letter",reason="UNDECODABLE"} 0',
    ]);
    expect(await shown('runclose_commands_misplaced_total')).to.have.length(1);
    expect(await shown('runclose_batch_seconds_count')).to.have.length(4);
  });

  it('show a value that no list has as OTHER, so that no sender can make new series', async () => {
    const observer = createMetricsObserver(metrics);
    const failure = new Failure('fenced', 'KAFKA_SOMETHING_NEW', 'm');
    observer.batchDone({ ...batch, reasons: { closed: {}, rejected: {}, deadLetter: { INVENTED: 1 } } });
    observer.retrying({ partition: 2, attempt: 1, failure });
    observer.reconciled({ partition: 2, epoch: 7, start: 1042, cause: failure.code });
    expect(await counted('runclose_commands_total{outcome="dead_letter"')).to.deep.equal([
      'runclose_commands_total{outcome="dead_letter",reason="OTHER"} 1',
    ]);
    expect(await counted('runclose_retries_total')).to.deep.equal(['runclose_retries_total{code="OTHER"} 1']);
    expect(await counted('runclose_fenced_total')).to.deep.equal(['runclose_fenced_total{code="OTHER"} 1']);
    expect(await counted('runclose_reconciliations_total')).to.deep.equal([
      'runclose_reconciliations_total{cause="failure"} 1',
    ]);
  });

  it('measure each stage of a batch, its size, the age of its oldest command and how fair its channels are', async () => {
    createMetricsObserver(metrics).batchDone({ ...batch, oldest: Date.now() - 90_000 });
    expect(await shown('runclose_batch_seconds_sum')).to.deep.equal([
      'runclose_batch_seconds_sum{stage="decode"} 0.001',
      'runclose_batch_seconds_sum{stage="decide"} 0.002',
      'runclose_batch_seconds_sum{stage="store"} 0.02',
      'runclose_batch_seconds_sum{stage="emit"} 0.03',
    ]);
    expect(await shown('runclose_batch_records_sum')).to.deep.equal(['runclose_batch_records_sum 10']);
    expect(await shown('runclose_command_age_seconds_bucket{le="60"}')).to.deep.equal([
      'runclose_command_age_seconds_bucket{le="60"} 0',
    ]);
    expect(await shown('runclose_command_age_seconds_count')).to.deep.equal([
      'runclose_command_age_seconds_count 1',
    ]);
    expect(await shown('runclose_channel_deviation_runs_bucket{le="0.5"}')).to.deep.equal([
      'runclose_channel_deviation_runs_bucket{le="0.5"} 1',
    ]);
    expect(await shown('runclose_channel_deviation_runs_count')).to.deep.equal([
      'runclose_channel_deviation_runs_count 2',
    ]);
  });

  it('show no negative age if the clock was set back', async () => {
    createMetricsObserver(metrics).batchDone({ ...batch, oldest: Date.now() + 90_000 });
    expect(await shown('runclose_command_age_seconds_sum')).to.deep.equal([
      'runclose_command_age_seconds_sum 0',
    ]);
  });

  it('count retries by the failure’s code, fences and reconciliations', async () => {
    const observer = createMetricsObserver(metrics);
    const failing = (failure: Error): void => observer.retrying({ partition: 2, attempt: 1, failure });
    failing(new Failure('transient', 'POSTGRES_UNAVAILABLE', 'm'));
    failing(new Failure('fenced', 'LEASE_LOST', 'm'));
    observer.reconciled({ partition: 2, epoch: 7, start: 1042, cause: 'new generation' });
    observer.foldedAgain({ partition: 2, first: 1000, end: 1042 });
    expect(await counted('runclose_retries_total')).to.have.members([
      'runclose_retries_total{code="POSTGRES_UNAVAILABLE"} 1',
      'runclose_retries_total{code="LEASE_LOST"} 1',
    ]);
    expect(await counted('runclose_fenced_total')).to.deep.equal([
      'runclose_fenced_total{code="LEASE_LOST"} 1',
    ]);
    expect(await counted('runclose_reconciliations_total')).to.deep.equal([
      'runclose_reconciliations_total{cause="new_generation"} 1',
    ]);
    expect(await shown('runclose_lease_epoch')).to.deep.equal(['runclose_lease_epoch{partition="2"} 7']);
    expect(await shown('runclose_offsets_decided_again')).to.deep.equal([
      'runclose_offsets_decided_again_total 42',
    ]);
  });

  it('show an alarm while it lasts, one for each partition', async () => {
    const observer = createMetricsObserver(metrics);
    observer.alarmed(2, { code: 'INPUT_GAP', message: 'm' });
    observer.alarmed(2, { code: 'OUTPUT_PARTITION_MISSING', message: 'm' });
    expect(await shown('runclose_partition_alarm')).to.deep.equal([
      'runclose_partition_alarm{partition="2",code="OUTPUT_PARTITION_MISSING"} 1',
    ]);
    observer.resumed(2);
    expect(await shown('runclose_partition_alarm')).to.deep.equal([]);
  });

  it('forget a partition that went to another instance', async () => {
    const observer = createMetricsObserver(metrics);
    for (const partition of [2, 3]) {
      observer.reconciled({ partition, epoch: 7, start: 1042, cause: 'assigned' });
      observer.alarmed(partition, { code: 'INPUT_GAP', message: 'm' });
    }
    observer.assigned([inPartition(2), inPartition(3)]);
    observer.assigned([inPartition(3, { lagRecords: 40, lagSeconds: 7 })]);
    const remaining = (await linesOf()).filter((line) => line.includes('partition="'));
    expect(remaining).to.have.members([
      'runclose_consumer_lag_records{partition="3"} 40',
      'runclose_consumer_lag_seconds{partition="3"} 7',
      'runclose_consumer_held_back_records{partition="3"} 0',
      'runclose_consumer_held_back_seconds{partition="3"} 0',
      'runclose_partition_alarm{partition="3",code="INPUT_GAP"} 1',
      'runclose_lease_epoch{partition="3"} 7',
    ]);
  });

  it('reach every observer of the processor', async () => {
    const other = createMetrics();
    const observer = observedBy(createMetricsObserver(metrics), createMetricsObserver(other));
    observer.batchDone(batch);
    observer.foldedAgain({ partition: 2, first: 0, end: 1 });
    observer.retrying({ partition: 2, attempt: 1, failure: new Failure('transient', 'AWAY', 'm') });
    observer.reconciled({ partition: 2, epoch: 7, start: 1042, cause: 'assigned' });
    observer.alarmed(2, { code: 'INPUT_GAP', message: 'm' });
    observer.resumed(2);
    const ownLines = async (source: Metrics): Promise<string[]> =>
      (await linesOf(source)).filter((line) => line.startsWith('runclose_'));
    expect(await ownLines(metrics)).to.deep.equal(await ownLines(other));
  });

  it('of several members are shown as one', async () => {
    const other = createMetrics();
    const [one, two] = [createMetricsObserver(metrics), createMetricsObserver(other)];
    one.batchDone(batch);
    two.batchDone({ ...batch, partition: 3 });
    // In a rebalance both believe that they own the partition.
    one.reconciled({ partition: 4, epoch: 1, start: 0, cause: 'assigned' });
    two.reconciled({ partition: 4, epoch: 2, start: 0, cause: 'assigned' });
    one.assigned([inPartition(2, { lagRecords: 7 })]);
    two.assigned([inPartition(3, { lagRecords: 9 }), inPartition(4)]);
    for (const [of, ready] of [
      [metrics, 1],
      [other, 0],
    ] as const) {
      of.set('runclose_ready', {}, ready);
      of.set('runclose_group_members', {}, 1);
      of.set('runclose_breaker_state', { dependency: 'postgres' }, ready * 2);
      of.set('runclose_build_info', { version: '1.2.3', node: '24.0.0' }, 1);
    }

    // As from other threads.
    const members = structuredClone([await metrics.values(), await other.values()]);
    const lines = expose(members, 'text').body.split('\n');
    expect(lines).to.include.members([
      'runclose_commands_total{outcome="closed",reason="LOWEST"} 8',
      'runclose_batch_seconds_bucket{le="0.025",stage="store"} 2',
      'runclose_batch_seconds_count{stage="emit"} 2',
      'runclose_consumer_lag_records{partition="2"} 7',
      'runclose_consumer_lag_records{partition="3"} 9',
      'runclose_lease_epoch{partition="4"} 2',
      'runclose_breaker_state{dependency="postgres"} 2',
      'runclose_group_members 2',
      'runclose_ready 0',
      'runclose_build_info{version="1.2.3",node="24.0.0"} 1',
    ]);
    const resident = lines.find((line) => line.startsWith('process_resident_memory_bytes '));
    expect(Number(resident?.split(' ')[1])).to.be.lessThan(1.5 * process.memoryUsage.rss());
    expect(lines.filter((line) => line.startsWith('process_start_time_seconds '))).to.have.length(1);
  });

  it('name the trace of a recent batch in OpenMetrics, and nowhere else', async () => {
    const observer = createMetricsObserver(metrics);
    observer.batchDone({ ...batch, traceId: 'a'.repeat(32) });
    observer.batchDone(batch);
    const members = structuredClone([await metrics.values(), await createMetrics().values()]);
    const open = expose(members, 'openmetrics');
    expect(open.contentType).to.match(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(open.body).to.match(
      /^runclose_batch_seconds_bucket\{le="0\.05",stage="emit"\} 2 # \{trace_id="a{32}"\} 0\.03 \d+\.\d{3}$/m,
    );
    expect(open.body)
      .to.match(/^# TYPE runclose_commands counter$/m)
      .and.match(/\n# EOF\n$/);
    expect(expose(members, 'text').body).not.to.contain('trace_id');
  });
});

describe('The table of the metrics', () => {
  for (const [name, { type, help, labels, unit, buckets }] of definitionsOfMetrics) {
    it(`names ${name} by Prometheus’ conventions`, () => {
      expect(name).to.match(/^runclose(_[a-z]+)+$/);
      expect(name.endsWith('_total'), '_total means counter').to.equal(type === 'counter');
      if (unit !== undefined) expect(name).to.match(/_seconds(_total)?$/);
      expect(help).to.match(/^[A-Z01].{20,}\.$/);
      expect(Object.keys(labels).every((label) => /^[a-z]+$/.test(label))).to.equal(true);
      expect(buckets !== undefined).to.equal(type === 'histogram');
      expect(buckets ?? []).to.deep.equal([...(buckets ?? [])].sort((a, b) => a - b));
    });
  }
});
