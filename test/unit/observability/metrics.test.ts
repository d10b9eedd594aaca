import { expect } from 'chai';
import { Failure } from '../../../src/processor/failure.ts';
import { createMetrics, exposition, type Metrics } from '../../../src/observability/metrics.ts';
import { createMetricsObserver } from '../../../src/observability/metrics-observer.ts';
import { observedBy } from '../../../src/observability/observers.ts';

describe('The metrics', () => {
  let metrics: Metrics;
  let breaker: 'closed' | 'half-open' | 'open';
  beforeEach(() => {
    breaker = 'closed';
    metrics = createMetrics({
      version: '1.2.3',
      breakerState: (it) => (it === 'postgres' ? breaker : 'closed'),
    });
  });

  const shown = async (name: string): Promise<string[]> =>
    (await exposition([await metrics.values()])).body.split('\n').filter((line) => line.startsWith(name));

  const outcomes = { closed: 5, rejected: 2, duplicate: 1, deadLetter: 1, redelivered: 1, misplaced: 3 };
  const batch = { partition: 2, end: 1042, outcomes, decideSeconds: 0.02, emitSeconds: 0.03 };

  it('count commands by outcome', async () => {
    const observer = createMetricsObserver(metrics);
    observer.batchDone(batch);
    observer.batchDone(batch);
    expect(await shown('runclose_commands_total')).to.deep.equal([
      'runclose_commands_total{outcome="closed"} 10',
      'runclose_commands_total{outcome="rejected"} 4',
      'runclose_commands_total{outcome="duplicate"} 2',
      'runclose_commands_total{outcome="dead_letter"} 2',
      'runclose_commands_total{outcome="redelivered"} 2',
    ]);
    expect(await shown('runclose_commands_misplaced_total')).to.deep.equal([
      'runclose_commands_misplaced_total 6',
    ]);
  });

  it('measure both transactions of a batch, and its size', async () => {
    createMetricsObserver(metrics).batchDone(batch);
    expect(await shown('runclose_batch_seconds_sum')).to.deep.equal([
      'runclose_batch_seconds_sum{phase="decide"} 0.02',
      'runclose_batch_seconds_sum{phase="emit"} 0.03',
    ]);
    expect(await shown('runclose_batch_records_sum')).to.deep.equal(['runclose_batch_records_sum 10']);
  });

  it('count retries by the failure’s code, and reconciliations by cause', async () => {
    const observer = createMetricsObserver(metrics);
    observer.retrying({
      partition: 2,
      attempt: 1,
      failure: new Failure('transient', 'POSTGRES_UNAVAILABLE', 'm'),
    });
    observer.retrying({ partition: 2, attempt: 2, failure: new TypeError('bug') });
    observer.reconciled({ partition: 2, epoch: 7, start: 1042, cause: 'assigned' });
    observer.foldedAgain({ partition: 2, first: 1000, end: 1042 });
    expect(await shown('runclose_retries_total')).to.deep.equal([
      'runclose_retries_total{code="POSTGRES_UNAVAILABLE"} 1',
      'runclose_retries_total{code="UNEXPECTED_ERROR"} 1',
    ]);
    expect(await shown('runclose_reconciliations_total')).to.deep.equal([
      'runclose_reconciliations_total{cause="assigned"} 1',
    ]);
    expect(await shown('runclose_lease_epoch')).to.deep.equal(['runclose_lease_epoch{partition="2"} 7']);
    expect(await shown('runclose_folded_again')).to.deep.equal(['runclose_folded_again_offsets_total 42']);
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
      observer.lagging(partition, 40);
      observer.reconciled({ partition, epoch: 7, start: 1042, cause: 'assigned' });
      observer.alarmed(partition, { code: 'INPUT_GAP', message: 'm' });
    }
    observer.assigned([3]);
    expect(await shown('runclose_consumer_lag_records')).to.deep.equal([
      'runclose_consumer_lag_records{partition="3"} 40',
    ]);
    expect(await shown('runclose_lease_epoch')).to.deep.equal(['runclose_lease_epoch{partition="3"} 7']);
    expect(await shown('runclose_partition_alarm')).to.have.length(1);
  });

  it('ask the breakers at every scrape', async () => {
    breaker = 'open';
    expect(await shown('runclose_breaker_state{dependency="postgres"}')).to.deep.equal([
      'runclose_breaker_state{dependency="postgres"} 2',
    ]);
    breaker = 'half-open';
    expect(await shown('runclose_breaker_state')).to.deep.equal([
      'runclose_breaker_state{dependency="kafka"} 0',
      'runclose_breaker_state{dependency="postgres"} 1',
      'runclose_breaker_state{dependency="registry"} 0',
    ]);
  });

  it('show the build and the state of the process', async () => {
    expect(await shown('runclose_build_info')).to.deep.equal([
      `runclose_build_info{version="1.2.3",node="${process.versions.node}"} 1`,
    ]);
    expect(await shown('process_resident_memory_bytes')).to.have.length(1);
    expect((await exposition([await metrics.values()])).contentType).to.match(
      /^text\/plain; version=0\.0\.4/,
    );
  });

  it('reach every observer of the processor', async () => {
    const other = createMetrics({ version: '1', breakerState: () => 'closed' });
    const observer = observedBy(createMetricsObserver(metrics), createMetricsObserver(other));
    observer.batchDone(batch);
    observer.foldedAgain({ partition: 2, first: 0, end: 1 });
    observer.retrying({ partition: 2, attempt: 1, failure: new Failure('transient', 'AWAY', 'm') });
    observer.reconciled({ partition: 2, epoch: 7, start: 1042, cause: 'assigned' });
    observer.alarmed(2, { code: 'INPUT_GAP', message: 'm' });
    observer.resumed(2);
    const ours = async (of: Metrics): Promise<string[]> =>
      (await exposition([await of.values()])).body.split('\n').filter((it) => it.startsWith('runclose_c'));
    expect(await ours(metrics)).to.deep.equal(await ours(other));
  });

  it('of several members are shown as one', async () => {
    const other = createMetrics({ version: '1.2.3', breakerState: () => 'open' });
    const [one, two] = [createMetricsObserver(metrics), createMetricsObserver(other)];
    one.batchDone(batch);
    two.batchDone({ ...batch, partition: 3 });
    one.lagging(2, 7);
    two.lagging(3, 9);
    // In a rebalance both believe that they own the partition.
    one.reconciled({ partition: 4, epoch: 1, start: 0, cause: 'assigned' });
    two.reconciled({ partition: 4, epoch: 2, start: 0, cause: 'assigned' });

    // As from other threads.
    const members = structuredClone([await metrics.values(), await other.values()]);
    const lines = (await exposition(members)).body.split('\n');
    expect(lines).to.include.members([
      'runclose_commands_total{outcome="closed"} 10',
      'runclose_batch_seconds_bucket{le="0.025",phase="decide"} 2',
      'runclose_batch_seconds_count{phase="emit"} 2',
      'runclose_consumer_lag_records{partition="2"} 7',
      'runclose_consumer_lag_records{partition="3"} 9',
      'runclose_lease_epoch{partition="4"} 2',
      'runclose_breaker_state{dependency="postgres"} 2',
      `runclose_build_info{version="1.2.3",node="${process.versions.node}"} 1`,
    ]);
    const resident = lines.find((line) => line.startsWith('process_resident_memory_bytes '));
    expect(Number(resident?.split(' ')[1])).to.be.lessThan(1.5 * process.memoryUsage.rss());
    expect(lines.filter((line) => line.startsWith('process_start_time_seconds '))).to.have.length(1);
  });
});
