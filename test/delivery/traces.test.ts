import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect } from 'chai';
import { createRunClosePublisher, createRunEventsSubscriber } from '../../src/sdk/index.ts';
import { aCommand } from '../support/commands.ts';
import { until } from '../support/condition.ts';
import { createDeployment, type Deployment, type Serving } from '../support/deployment.ts';
import {
  type ReceivedSpan,
  startGrpcCollector,
  startHttpCollector,
  type TraceCollector,
} from '../support/trace-collector.ts';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('Traces', function () {
  this.timeout(200_000);
  let deployment: Deployment;
  let collector: TraceCollector;
  let folder: string;
  const applications: TracerProvider[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'runclose-test-'));
    deployment = await createDeployment(2);
  });
  after(async () => {
    await deployment.remove();
    await rm(folder, { recursive: true });
  });
  afterEach(async () => {
    trace.disable();
    context.disable();
    await Promise.all(applications.splice(0).map((it) => it.shutdown()));
    await collector.close();
  });

  const drained = async (serving: Serving): Promise<void> => {
    serving.signal('SIGTERM');
    expect(await serving.exited).to.equal(0);
  };

  /** An application that has set OpenTelemetry up. */
  const instrumented = (): TracerProvider => {
    const provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'an application' }),
      spanProcessors: [
        new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${collector.url}/v1/traces` }) }),
      ],
    });
    trace.setGlobalTracerProvider(provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    applications.push(provider);
    return provider;
  };

  /** The modules that `serve` has loaded when it ends. */
  const modulesOf = async (env: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const file = join(folder, 'modules.json');
    const note = `
      import { writeFileSync } from 'node:fs';
      import { createRequire } from 'node:module';
      const { cache } = createRequire('/');
      process.on('exit', () => writeFileSync(${JSON.stringify(file)}, JSON.stringify(Object.keys(cache))));`;
    const nodeArguments = ['--import', `data:text/javascript,${encodeURIComponent(note)}`];
    // The main thread does not know what a worker loads.
    await drained(await deployment.serve({ SERVE_WORKERS: '1', ...env }, { nodeArguments }));
    return JSON.parse(await readFile(file, 'utf8')) as readonly string[];
  };

  const sdkSettings = () => ({
    kafka: { brokers: [...deployment.brokers], clientId: 'traces' },
    registry: { url: deployment.env['SCHEMA_REGISTRY_URL'] ?? '' },
    topicPrefix: deployment.env['TOPIC_PREFIX'] ?? '',
  });

  it('lead from the publisher over the processor to the subscriber', async () => {
    collector = await startHttpCollector();
    const application = instrumented();
    const serving = await deployment.serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20token',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    const publisher = createRunClosePublisher(sdkSettings());
    await trace.getTracer('test').startActiveSpan('close the run', async (request) => {
      await publisher.publish(aCommand({ commandId: 'whole', runId: 'whole', correlationId: 'order 7' }));
      request.end();
    });
    await publisher.close();

    const inHandler: string[] = [];
    const subscriber = createRunEventsSubscriber({
      ...sdkSettings(),
      groupId: `${deployment.groupId}.traces`,
      handlers: {
        'run.closed': ({ event }) => {
          if (event.runId !== 'whole') return;
          inHandler.push(trace.getActiveSpan()?.spanContext().traceId ?? '');
        },
      },
      onUndecodable: () => undefined,
    });
    const running = subscriber.run();
    await until('the run is received', () => inHandler.length > 0, 60_000);
    await subscriber.stop();
    await running;
    const endpoint = `http://127.0.0.1:${String(serving.httpPort)}`;
    const accept = 'application/openmetrics-text; version=1.0.0';
    const metrics = await (await fetch(`${endpoint}/metrics`, { headers: { accept } })).text();
    const { instance } = (await (await fetch(`${endpoint}/status`)).json()) as { instance: string };
    await Promise.all([drained(serving), application.forceFlush()]);

    const exemplars = [...metrics.matchAll(/ # \{trace_id="(\w+)"/g)].map(([, traceId]) => traceId);
    expect(exemplars).to.be.an('array').that.is.not.empty;
    expect(collector.spans.map(({ traceId }) => traceId)).to.include.members(exemplars);
    expect(new Set(serving.log.map((line) => line['instance']))).to.deep.equal(new Set([instance]));

    const named = (name: string): ReceivedSpan | undefined =>
      collector.spans.find((span) => span.name.endsWith(name));
    const { requested, closed } = deployment.names;
    const root = named('close the run');
    const chain = [
      root,
      named(`send ${requested}`),
      named(`decide ${requested}`),
      named(`process ${closed}`),
    ];
    expect(chain.map((span) => [span?.traceId, span?.parentSpanId, span?.kind])).to.deep.equal([
      [root?.traceId, '', 'internal'],
      [root?.traceId, root?.spanId, 'producer'],
      [root?.traceId, chain[1]?.spanId, 'consumer'],
      [root?.traceId, chain[2]?.spanId, 'consumer'],
    ]);
    expect(inHandler).to.deep.equal([root?.traceId]);

    const batch = collector.spans.find(({ spanId }) => spanId === chain[2]?.links[0]?.spanId);
    expect(batch?.name).to.equal(`process ${requested}`);
    expect(batch?.links).to.deep.equal([{ traceId: root?.traceId, spanId: chain[1]?.spanId }]);
    expect(chain[2]?.links).to.deep.equal([{ traceId: batch?.traceId, spanId: batch?.spanId }]);
    expect(chain[2]?.attributes).to.include({
      'messaging.system': 'kafka',
      'messaging.destination.name': requested,
      'messaging.message.id': 'whole',
      'messaging.message.conversation_id': 'order 7',
      'runclose.run.id': 'whole',
      'runclose.outcome': 'closed',
    });
    expect(batch?.resource).to.include({
      'service.name': 'runclose',
      'service.instance.id': instance,
      'deployment.environment.name': 'test',
    });
    const steps = collector.spans.filter((span) => span.traceId === batch?.traceId && span !== batch);
    const step = (name: string) => steps.find((span) => span.name === name);
    expect(steps.map(({ name }) => name)).to.include.members(['decode', 'store', 'decide', 'emit']);
    expect(step('decide')?.parentSpanId).to.equal(step('store')?.spanId);
    // The first batch of a process asks the registry for the schema of its commands.
    const parentOfRegistry = collector.spans.find(({ spanId }) => spanId === named('registry')?.parentSpanId);
    expect(parentOfRegistry?.name).to.equal('decode');
    expect(collector.headers.some(({ authorization }) => authorization === 'Bearer token')).to.equal(true);
  });

  it('reach a collector over gRPC from each worker, with the last ones sent while draining', async () => {
    collector = await startGrpcCollector();
    const serving = await deployment.serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20token',
      // So long that only the drain sends.
      OTEL_BSP_SCHEDULE_DELAY: '3600000',
      SERVE_WORKERS: '2',
    });
    const channels = ['C1', 'C2', 'C3', 'C4', 'C5', 'C6'];
    for (const channelId of channels)
      await deployment.send({
        key: channelId,
        value: await deployment.encode({ channelId, commandId: 'grpc', runId: 'grpc' }),
        headers: { traceparent: TRACEPARENT },
      });
    await deployment.settled();
    expect(collector.spans).to.deep.equal([]);
    await drained(serving);
    const commands = collector.spans.filter(({ name }) => name.startsWith('decide '));
    expect(commands.map(({ attributes }) => attributes['runclose.channel.id'])).to.have.members(channels);
    expect(new Set(commands.map(({ traceId }) => traceId))).to.deep.equal(
      new Set([TRACEPARENT.slice(3, 35)]),
    );
    expect(collector.headers.every(({ authorization }) => authorization === 'Bearer token')).to.equal(true);
    const partitions = new Set(commands.map((it) => it.attributes['messaging.destination.partition.id']));
    const threads = new Set(commands.map(({ resource }) => resource['thread.id']));
    expect(threads.size).to.equal(partitions.size);
  });

  it('do not hold up commands, or the drain, if the collector never answers', async () => {
    collector = await startHttpCollector('never');
    const serving = await deployment.serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_MAX_QUEUE_SIZE: '20',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
    });
    const commands = Array.from({ length: 300 }, (_, n) => ({ commandId: `away-${n}`, runId: `away-${n}` }));
    await deployment.publish(...commands);
    await deployment.settled();
    await until('the collector was asked', () => collector.requests() > 0);
    const since = performance.now();
    await drained(serving);
    expect(performance.now() - since).to.be.below(20_000);
    const closed = await deployment.read(deployment.names.closed);
    const runs = closed.map(({ headers }) =>
      headers.find(([name]) => name === 'ce_subject')?.[1]?.toString(),
    );
    for (const { runId } of commands) expect(runs).to.include(runId);
  });

  it('are told to be refused, once, and without the answer', async () => {
    collector = await startHttpCollector('refused');
    const serving = await deployment.serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_BSP_SCHEDULE_DELAY: '50',
    });
    const refused = () => serving.log.filter(({ code }) => code === 'TRACES_NOT_EXPORTED');
    for (let n = 0; collector.requests() < 2; n++) {
      await deployment.publish({ commandId: `refused-${n}`, runId: `refused-${n}` });
      await deployment.settled();
    }
    await drained(serving);
    expect(refused()).to.have.length(1);
    expect(refused()[0]).to.include({ level: 'warn' });
    expect(JSON.stringify(serving.log)).not.to.include('not allowed');
  });

  it('leave the commands of publishers that do not sample alone', async () => {
    collector = await startHttpCollector();
    const serving = await deployment.serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    });
    const unsampled = TRACEPARENT.replace(/01$/, '00');
    await deployment.send({
      key: 'C1',
      value: await deployment.encode({ commandId: 'unsampled', runId: 'unsampled' }),
      headers: { traceparent: unsampled },
    });
    await deployment.publish({ commandId: 'untraced', runId: 'untraced' });
    await deployment.settled();
    await drained(serving);
    expect(collector.requests()).to.equal(0);
    const closed = await deployment.read(deployment.names.closed);
    const traceparentOf = (runId: string) => {
      const event = closed.find(({ headers }) =>
        headers.some(([name, value]) => name === 'ce_subject' && value?.toString() === runId),
      );
      return event?.headers.find(([name]) => name === 'traceparent')?.[1]?.toString();
    };
    expect(traceparentOf('unsampled')).to.equal(unsampled);
    expect(traceparentOf('untraced')).to.equal(undefined);
  });

  it('load nothing of OpenTelemetry if they are off', async () => {
    collector = await startHttpCollector();
    const disabled = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SDK_DISABLED: 'true' };
    for (const env of [{}, disabled]) {
      const loaded = await modulesOf(env);
      expect(loaded.some((file) => file.includes('/kafkajs/'))).to.equal(true);
      // prom-client loads the API, which does nothing by itself.
      expect(loaded.filter((file) => /@opentelemetry\/(?!api\/)|@grpc/.test(file))).to.deep.equal([]);
    }
    expect(collector.requests()).to.equal(0);
    const traced = await modulesOf({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    expect(traced.some((file) => file.includes('@opentelemetry/sdk-trace/'))).to.equal(true);
    expect(traced.filter((file) => file.includes('@grpc/'))).to.deep.equal([]);
  });

  it('make no difference to what replay verify compares', async () => {
    collector = await startHttpCollector();
    const { code, stdout, stderr } = await deployment.runclose('replay', 'verify');
    expect(code, stdout + stderr).to.equal(0);
  });
});
