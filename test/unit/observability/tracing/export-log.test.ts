import { expect } from 'chai';
import { createExportLog } from '../../../../src/observability/tracing/export-log.ts';
import { reportedExporter } from '../../../../src/observability/tracing/reported-exporter.ts';

const recording = () => {
  const lines: string[] = [];
  const note =
    (level: string) =>
    (...said: readonly unknown[]) =>
      void lines.push(`${level} ${JSON.stringify(said)}`);
  return { lines, log: createExportLog({ warn: note('warn'), info: note('info') }) };
};

describe('The log of the traces', () => {
  it('tells an outage of the collector once, and its end', () => {
    const { lines, log } = recording();
    log.answered();
    log.failed(new Error('connect ECONNREFUSED http://u:Zq9@collector'));
    log.failed(new Error('connect ECONNREFUSED'));
    log.answered();
    log.answered();
    expect(lines.map((line) => line.slice(0, 4))).to.deep.equal(['warn', 'info']);
    expect(lines.join()).to.include('ECONNREFUSED').and.not.include('Zq9');
  });

  it('tells remarks of the libraries that differ only in a number once a minute', () => {
    const { lines, log } = recording();
    log.noted('Dropped 10 spans because maxQueueSize reached');
    log.noted('Dropped 20 spans because maxQueueSize reached');
    log.noted('another remark');
    expect(lines).to.have.length(2);
  });

  it('tells that the headers cannot be read', async () => {
    const { lines, log } = recording();
    const exporter = reportedExporter(
      {
        exporter: { export: () => expect.fail('nothing is sent'), shutdown: () => Promise.resolve() },
        use: () => undefined,
      },
      () => Promise.reject(new Error('OTEL_EXPORTER_OTLP_HEADERS: names a file that cannot be read')),
      log,
    );
    const result = await new Promise<{ readonly code: number }>((resolve) => {
      exporter.export([], resolve);
    });
    expect(result.code).to.equal(1);
    expect(lines.join()).to.include('names a file that cannot be read');
  });
});
