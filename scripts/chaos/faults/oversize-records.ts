import type { CompressionTypes as Compression, Message } from 'kafkajs';
import { CompressionTypes } from '../../../src/kafka/patches/kafkajs.ts';
import { frame } from '../../../src/wire/frame.ts';
import { writingRepetitions } from '../../../test/support/bombs.ts';
import { schemas } from '../evidence/frames.ts';
import type { Random } from '../random.ts';
import { createOffice } from '../stream/office.ts';
import { BOMB, LARGE_AS_ONE } from '../stream/oversize.ts';
import type { World } from '../world/world.ts';
import type { Fault } from './fault.ts';

/** Publishes only a few, because the checker holds all of them in memory. */
export const oversizeRecords: Fault = {
  kind: 'oversize-records',
  title: 'records published that are larger than they look, good and bad',
  runs: 'alone',
  inject: async (world, random) => {
    const { client, names, partitions, pause } = world;
    const producer = client.producer();
    const partition = random.between(0, partitions - 1);
    const send = (compression: Compression, ...messages: readonly Message[]): Promise<unknown> =>
      producer.send({ topic: names.requested, compression, messages: [...messages] });
    await producer.connect();
    try {
      const timestamp = String(Date.now());
      const bomb = { partition, key: 'bomb', value: BOMB.value(), timestamp };
      await send(CompressionTypes.GZIP, ...Array.from({ length: BOMB.records }, () => bomb));
      const value = LARGE_AS_ONE.value();
      await writingRepetitions(random.pick(['lz4', 'zstd']), LARGE_AS_ONE.pattern, value.length, (codec) =>
        send(codec, { partition, key: 'large', value }),
      );
      await send(CompressionTypes.None, commandWithLargeHeader(world, random));
    } finally {
      await producer.disconnect();
    }
    await pause(1);
  },
};

const LARGE_HEADER_BYTES = 900_000;
/** A channel of its own, so all these commands are in one partition. */
const CHANNEL = 'Clarge';

const commandWithLargeHeader = ({ commandSchemaId }: World, random: Random): Message => {
  const number = random.between(0, 2 ** 31);
  const command = {
    ...createOffice(CHANNEL, random, Date.now()).nextCommand(number),
    commandId: `cmd-large-${number}`,
    runId: `run-large-${number}`,
  };
  return {
    partition: 0,
    key: CHANNEL,
    value: frame(commandSchemaId, schemas['run.close.requested'].type.toBuffer(command)),
    headers: { traceparent: 'x'.repeat(LARGE_HEADER_BYTES) },
  };
};
