import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { seriesOf } from '../../../scripts/generate/metrics-page.ts';
import { expose } from '../../../src/observability/exposition.ts';
import { definitionsOfMetrics } from '../../../src/observability/metric-definitions.ts';
import { CERTIFICATE_SETTINGS, DEPENDENCIES } from '../../../src/observability/metric-labels.ts';
import { createMetricsObserver } from '../../../src/observability/metrics-observer.ts';
import { createMetrics, emptyRegistry } from '../../../src/observability/metrics.ts';

const PARTITIONS = 1_000;

describe('The number of series', () => {
  it('is what docs/metrics.md says, with 1,000 partitions that all have an alarm', async () => {
    const metrics = createMetrics(emptyRegistry());
    const observer = createMetricsObserver(metrics);
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    for (const partition of partitions) {
      observer.reconciled({ partition, epoch: 1, start: 0, cause: 'assigned' });
      observer.alarmed(partition, { code: 'INPUT_GAP', message: 'm' });
      observer.alarmed(partition, { code: 'INPUT_RECREATED', message: 'm' });
    }
    const facts = { lagRecords: 1, lagSeconds: 1, heldBackRecords: 0, heldBackSeconds: 0 };
    observer.assigned(partitions.map((partition) => ({ partition, ...facts })));
    for (const dependency of DEPENDENCIES) {
      metrics.set('runclose_breaker_state', { dependency }, 0);
      metrics.set('runclose_server_unavailable_seconds', { dependency }, 0);
    }
    for (const setting of CERTIFICATE_SETTINGS)
      metrics.set('runclose_certificate_expiry_timestamp_seconds', { setting }, 1);
    metrics.set('runclose_build_info', { version: '1', node: '24' }, 1);

    const { body } = expose([await metrics.values()], 'openmetrics');
    const shown = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const expected = definitionsOfMetrics
      .map(([, definition]) => seriesOf(definition))
      .reduce((sum, { fixed, perPartition }) => sum + fixed + PARTITIONS * perPartition, 0);
    expect(shown).to.have.length(expected);
    expect(readFileSync('docs/metrics.md', 'utf8').replaceAll(/\s+/g, ' ')).to.contain(
      `with 1,000 partitions, ${expected.toLocaleString('en-US')} series`,
    );
    // Prometheus reads this in a fraction of its time-out.
    expect(body.length).to.be.lessThan(1_000_000);
  });
});
