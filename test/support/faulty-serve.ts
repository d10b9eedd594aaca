/**
 * `runclose serve` with the bug that the variable `BUG` names. The bug appears at the first record whose key is `bug`. Otherwise this is
 * the product.
 */
import type { MemberOptions } from '../../src/operations/serve/member.ts';
import type { InputBatch } from '../../src/processor/ports/input-record.ts';
import type { PartitionProducer } from '../../src/processor/ports/output.ts';
import { createProcessor, type ProcessorDeps } from '../../src/processor/processor.ts';
import type { Bug } from './bugs.ts';
import { runServeVariant } from './serve-variant.ts';

type CreateHandler = NonNullable<MemberOptions['createHandler']>;

const bug = (): never => {
  throw new TypeError('undefined is not a coffee');
};

const shows = ({ records }: Pick<InputBatch, 'records'>): boolean =>
  records.some(({ key }) => key?.toString() === 'bug');

/** A producer that fails when it should emit an event of the channel `bug`, between the two commits. */
const failing = (producer: PartitionProducer): PartitionProducer => ({
  ...producer,
  publish: async (emissions, end) => {
    const isOurs = emissions.some(
      (emission) => emission.kind === 'event' && emission.key?.toString() === 'bug',
    );
    return isOurs ? bug() : producer.publish(emissions, end);
  },
});

const around = (
  deps: ProcessorDeps,
  how: (handler: ReturnType<CreateHandler>) => Partial<typeof handler>,
) => {
  const handler = createProcessor(deps);
  return { ...handler, ...how(handler) };
};

const HANDLERS: Readonly<Record<Bug, CreateHandler>> = {
  'in the handler': (deps) =>
    around(deps, (handler) => ({
      handle: async (batch, membership) => (shows(batch) ? bug() : handler.handle(batch, membership)),
    })),
  'while it decides': (deps) =>
    createProcessor({
      ...deps,
      codec: {
        ...deps.codec,
        encode: (type, event) => (event.channelId === 'bug' ? bug() : deps.codec.encode(type, event)),
      },
    }),
  'between the two commits': (deps) =>
    createProcessor({
      ...deps,
      output: { fence: async (partition) => failing(await deps.output.fence(partition)) },
    }),
  'that nobody waits for': (deps) =>
    around(deps, (handler) => ({
      handle: (batch, membership) => {
        if (shows(batch)) void Promise.reject(new TypeError('undefined is not a coffee'));
        return handler.handle(batch, membership);
      },
    })),
};

await runServeVariant(import.meta.url, { createHandler: HANDLERS[process.env['BUG'] as Bug] });
