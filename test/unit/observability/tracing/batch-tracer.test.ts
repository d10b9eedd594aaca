import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  InMemorySpanExporter,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { expect } from 'chai';
import { createBatchTracer } from '../../../../src/observability/tracing/batch-tracer.ts';
import { createRecordedRequests } from '../../../../src/observability/tracing/recorded-requests.ts';
import type { Owed } from '../../../../src/processor/decide-record.ts';
import { Failure } from '../../../../src/processor/failure.ts';
import type { InputRecord } from '../../../../src/processor/ports/input-record.ts';
import { aCommand } from '../../../support/commands.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const TRACEPARENT = `00-${TRACE}-${SPAN}-01`;

const aRecord = (offset: number, traceparent?: string): InputRecord => ({
  offset,
  key: Buffer.from('C1'),
  value: null,
  timestamp: 0,
  headers: traceparent === undefined ? [] : [['traceparent', Buffer.from(traceparent)]],
});

const closed = (record: InputRecord): Owed => ({
  kind: 'events',
  outcome: 'closed',
  reason: 'LOWEST_BALANCE',
  record,
  command: aCommand({
    commandId: `command-${record.offset}`,
    channelName: 'Zq7Channel',
    pickupNote: 'Zq7Note',
  }),
  bodies: {},
  eventIds: {},
});

const tracing = (sampler: Sampler = new ParentBasedSampler({ root: new AlwaysOnSampler() })) => {
  const exporter = new InMemorySpanExporter();
  const spans = new TracerProvider({
    sampler,
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  }).getTracer('t');
  const requests = createRecordedRequests();
  return {
    requests,
    tracer: createBatchTracer({ spans, requests, groupId: 'group', topic: 'run.close.requested' }),
    named: (name: string): readonly ReadableSpan[] =>
      exporter.getFinishedSpans().filter((span) => span.name === name),
    all: () => exporter.getFinishedSpans(),
  };
};

const batchOf = (...records: InputRecord[]) => ({
  partition: 3,
  first: records[0]?.offset ?? 0,
  end: (records.at(-1)?.offset ?? 0) + 1,
  records,
});

describe('The traces of a batch', () => {
  it('link the batch to its publishers, and each command to its batch', async () => {
    const { tracer, named } = tracing();
    const records = [aRecord(1, TRACEPARENT), aRecord(2, TRACEPARENT), aRecord(3)];
    const texts: (string | undefined)[] = [];
    await tracer.batch(batchOf(...records), async (trace) => {
      const traceparentOf = trace.commands(records.map(closed));
      texts.push(...records.map(traceparentOf));
      return Promise.resolve();
    });
    const [batch] = named('process run.close.requested');
    const commands = named('decide run.close.requested');
    expect(batch?.links.map(({ context }) => context.spanId)).to.deep.equal([SPAN]);
    expect(batch?.attributes).to.deep.equal({
      'messaging.system': 'kafka',
      'messaging.destination.name': 'run.close.requested',
      'messaging.destination.partition.id': '3',
      'messaging.consumer.group.name': 'group',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.batch.message_count': 3,
      'runclose.batch.first_offset': 1,
      'runclose.batch.end_offset': 4,
    });
    expect(
      commands.map((span) => [span.spanContext().traceId, span.parentSpanContext?.spanId]),
    ).to.deep.equal([
      [TRACE, SPAN],
      [TRACE, SPAN],
      [batch?.spanContext().traceId, batch?.spanContext().spanId],
    ]);
    expect(commands.map(({ links }) => links.map(({ context }) => context.spanId))).to.deep.equal([
      [batch?.spanContext().spanId],
      [batch?.spanContext().spanId],
      [],
    ]);
    expect(texts).to.deep.equal(
      commands.map((span) => `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`),
    );
    expect(commands.every(({ kind }) => kind === SpanKind.CONSUMER)).to.equal(true);
  });

  it('tell the ids and the outcome of a command, and nothing personal', async () => {
    const { tracer, named, all } = tracing();
    const [one, two, three] = [aRecord(1), aRecord(2), aRecord(3)];
    const owed: Owed[] = [
      closed(one),
      { kind: 'dead-letter', record: two, poison: { code: 'TOO_SHORT', message: 'Zq7' } },
      { kind: 'nothing', record: three },
    ];
    await tracer.batch(batchOf(one, two, three), async (trace) => {
      trace.commands(owed);
      return Promise.resolve();
    });
    const attempts = named('decide run.close.requested').map(({ attributes }) => [
      attributes['messaging.kafka.offset'],
      attributes['messaging.message.id'],
      attributes['runclose.outcome'],
      attributes['runclose.reason'],
    ]);
    expect(attempts).to.deep.equal([
      [1, 'command-1', 'closed', 'LOWEST_BALANCE'],
      [2, undefined, 'dead-letter', 'TOO_SHORT'],
      [3, undefined, 'duplicate', undefined],
    ]);
    expect(JSON.stringify(all().map(({ attributes, name }) => [name, attributes]))).not.to.include('Zq7');
  });

  it('hold the steps, and the requests to the registry that a step waited for', async () => {
    const { tracer, requests, named } = tracing();
    await requests.run('before', () => Promise.resolve());
    await new Promise((resolve) => setTimeout(resolve, 2));
    await tracer.batch(batchOf(aRecord(1)), async (trace) => {
      await trace.step('decode', () => requests.run('schema', () => Promise.resolve()));
      await trace.step('store', () => Promise.resolve(trace.decide(() => 'decided')));
      await trace.step('emit', () => Promise.resolve());
    });
    const idOf = (name: string) => named(name)[0]?.spanContext().spanId;
    const parentOf = (name: string) => named(name)[0]?.parentSpanContext?.spanId;
    expect(['decode', 'store', 'emit'].map(parentOf)).to.deep.equal(
      Array.from({ length: 3 }, () => idOf('process run.close.requested')),
    );
    expect(parentOf('decide')).to.equal(idOf('store'));
    expect(parentOf('registry')).to.equal(idOf('decode'));
    expect(named('registry').map(({ attributes }) => attributes['runclose.registry.request'])).to.deep.equal([
      'schema',
    ]);
  });

  it('tell why a batch failed, without credentials, and pass the failure on', async () => {
    const { tracer, named } = tracing();
    const record = aRecord(1, TRACEPARENT);
    const failure = new Failure('transient', 'KAFKA_UNREACHABLE', 'asking kafka://u:Zq9@broker');
    const thrown: unknown = await tracer
      .batch(batchOf(record), async (trace) => {
        trace.commands([closed(record)]);
        await trace.step('emit', () => Promise.reject(failure));
      })
      .catch((error: unknown) => error);
    expect(thrown).to.equal(failure);
    for (const name of ['emit', 'decide run.close.requested', 'process run.close.requested']) {
      const [span] = named(name);
      expect(span?.status.code, name).to.equal(SpanStatusCode.ERROR);
      expect(span?.attributes['error.type']).to.equal('KAFKA_UNREACHABLE');
      expect(span?.status.message).not.to.include('Zq9');
    }
  });

  it('pass on what the command carries if its span is not recorded', async () => {
    const { tracer, all } = tracing(new ParentBasedSampler({ root: new AlwaysOffSampler() }));
    const records = [aRecord(1, TRACEPARENT.replace(/01$/, '00')), aRecord(2)];
    await tracer.batch(batchOf(...records), async (trace) => {
      expect(trace.traceId).to.equal(undefined);
      const traceparentOf = trace.commands(records.map(closed));
      expect(records.map(traceparentOf)).to.deep.equal([`00-${TRACE}-${SPAN}-00`, undefined]);
      return Promise.resolve();
    });
    expect(all()).to.deep.equal([]);
  });

  it('record a sampled command of a batch that is not sampled', async () => {
    const { tracer, all } = tracing(new ParentBasedSampler({ root: new AlwaysOffSampler() }));
    const record = aRecord(1, TRACEPARENT);
    await tracer.batch(batchOf(record), async (trace) => {
      const text = trace.commands([closed(record)])(record);
      expect(text)
        .to.match(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`))
        .and.not.include(SPAN);
      return Promise.resolve();
    });
    expect(all().map(({ name, links }) => [name, links])).to.deep.equal([['decide run.close.requested', []]]);
  });
});
