/**
 * Records batches and commands as spans. A batch is a trace of its own, with its steps below it. A command's span continues the trace of its
 * publisher, so it is not below the batch: links lead from one to the other. A command without a trace is below its batch.
 */
import { type Context, type Span, SpanKind, type Tracer as SpanTracer, trace } from '@opentelemetry/api';
import type { Owed } from '../../processor/decide-record.ts';
import type { InputBatch, InputRecord } from '../../processor/ports/input-record.ts';
import type { BatchTrace, Step, Tracer } from '../../processor/ports/tracer.ts';
import { traceparentIn, writeTraceparent } from '../../wire/traceparent.ts';
import { createClock } from './clock.ts';
import { commandAttributes } from './command-attributes.ts';
import { contextOf, NO_PARENT, spanContextOf } from './contexts.ts';
import { endSpan } from './end-span.ts';
import { ATTRIBUTES } from './messaging-attributes.ts';
import type { RecordedRequests } from './recorded-requests.ts';

export type BatchTracerDeps = {
  readonly spans: SpanTracer;
  readonly requests: RecordedRequests;
  readonly groupId: string;
  /** The input topic, with its prefix. */
  readonly topic: string;
};

/** OpenTelemetry's default limit for the links of a span. */
const MAX_LINKS = 128;

export const createBatchTracer = (deps: BatchTracerDeps): Tracer => ({
  batch: async (batch, work) => {
    const recording = recordBatch(deps, batch);
    try {
      const result = await work(recording.trace);
      recording.end();
      return result;
    } catch (error) {
      recording.end(error);
      throw error;
    }
  },
});

const KINDS = {
  decode: SpanKind.INTERNAL,
  store: SpanKind.CLIENT,
  decide: SpanKind.INTERNAL,
  emit: SpanKind.PRODUCER,
} as const;

const STEPS = {
  decode: {},
  store: { [ATTRIBUTES.database]: 'postgresql' },
  decide: {},
  emit: {
    [ATTRIBUTES.system]: 'kafka',
    [ATTRIBUTES.operation]: 'emit',
    [ATTRIBUTES.operationType]: 'send',
  },
} as const;

const recordBatch = (
  { spans, requests, groupId, topic }: BatchTracerDeps,
  batch: InputBatch,
): { readonly trace: BatchTrace; end(error?: unknown): void } => {
  const clock = createClock();
  const { now } = clock;
  const started = now();
  const about = {
    [ATTRIBUTES.system]: 'kafka',
    [ATTRIBUTES.destination]: topic,
    [ATTRIBUTES.partition]: String(batch.partition),
    [ATTRIBUTES.group]: groupId,
    [ATTRIBUTES.operationType]: 'process',
  };
  const span = spans.startSpan(
    `process ${topic}`,
    { kind: SpanKind.CONSUMER, startTime: started },
    NO_PARENT,
  );
  const isRecorded = span.isRecording();
  if (isRecorded) {
    span.setAttributes({
      ...about,
      [ATTRIBUTES.operation]: 'process',
      [ATTRIBUTES.messageCount]: batch.records.length,
      [ATTRIBUTES.firstOffset]: batch.first,
      [ATTRIBUTES.endOffset]: batch.end,
    });
    for (const context of publishersOf(batch.records)) span.addLink({ context });
  }
  const inBatch = contextOf(span.spanContext());
  const commands: Span[] = [];
  /** The session handles some failures of a step itself. */
  let failed: unknown;

  const startStep = (step: Step | 'decide', parent: Context): Span =>
    spans.startSpan(step, { kind: KINDS[step], startTime: now(), attributes: STEPS[step] }, parent);

  const ended = (step: Span, error?: unknown): void => {
    failed = error ?? failed;
    endSpan(step, now(), error);
  };

  /** The last context of `store`: its transaction decides, perhaps several times. */
  let inStore = inBatch;

  const startCommand = (item: Owed): Span | undefined => {
    const own = traceparentIn(item.record.headers);
    if (own === undefined && !isRecorded) return undefined;
    const publisher = own === undefined ? null : spanContextOf(own);
    const command = spans.startSpan(
      `decide ${topic}`,
      {
        kind: SpanKind.CONSUMER,
        startTime: started,
        ...(publisher !== null && isRecorded && { links: [{ context: span.spanContext() }] }),
      },
      publisher === null ? inBatch : contextOf(publisher),
    );
    if (!command.isRecording()) return undefined;
    command.setAttributes({ ...about, [ATTRIBUTES.operation]: 'decide', ...commandAttributes(item) });
    return command;
  };

  return {
    trace: {
      traceId: isRecorded ? span.spanContext().traceId : undefined,

      step: async (step, work) => {
        if (!isRecorded) return work();
        const recorded = startStep(step, inBatch);
        const inStep = trace.setSpan(NO_PARENT, recorded);
        if (step === 'store') inStore = inStep;
        const since = performance.now();
        try {
          const result = await work();
          ended(recorded);
          return result;
        } catch (error) {
          ended(recorded, error);
          throw error;
        } finally {
          if (step !== 'store') requests.record(spans, inStep, since, clock);
        }
      },

      decide: (work) => {
        if (!isRecorded) return work();
        const recorded = startStep('decide', inStore);
        try {
          const result = work();
          ended(recorded);
          return result;
        } catch (error) {
          ended(recorded, error);
          throw error;
        }
      },

      commands: (newCommands) => {
        const byRecord = new Map<InputRecord, Span>();
        for (const item of newCommands) {
          const command = startCommand(item);
          if (command === undefined) continue;
          commands.push(command);
          byRecord.set(item.record, command);
        }
        return (record) => {
          const context = byRecord.get(record)?.spanContext();
          if (context === undefined) return traceparentIn(record.headers);
          return writeTraceparent({ ...context, flags: context.traceFlags });
        };
      },
    },

    end: (error = failed) => {
      const endedAt = now();
      for (const command of commands) endSpan(command, endedAt, error);
      endSpan(span, endedAt, error);
    },
  };
};

/** The spans that published the commands, each once. */
const publishersOf = (records: readonly InputRecord[]) => {
  const texts = new Set<string>();
  for (const { headers } of records) {
    const text = traceparentIn(headers);
    if (text !== undefined) texts.add(text);
    if (texts.size === MAX_LINKS) break;
  }
  return [...texts].flatMap((text) => spanContextOf(text) ?? []);
};
