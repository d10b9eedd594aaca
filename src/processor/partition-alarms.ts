import type { Alarm } from './alarm.ts';
import type { MissingOutput } from './ports/input-log.ts';

export const missingOutputsAlarm = (missing: readonly MissingOutput[]): Alarm => {
  const counts = missing.map(({ topic, partitions }) => `${topic} has ${String(partitions)}`).join(', ');
  return {
    code: 'OUTPUT_PARTITION_MISSING',
    message: `the outputs have too few partitions: ${counts}; run \`runclose setup --repartition\``,
  };
};

/** The alarm, with the partition that it is about. */
export const alarmIn = (topic: string, partition: number, { code, message }: Alarm): Alarm => ({
  code,
  message: `${topic}/${String(partition)}: ${message}`,
});
