import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { javaCommand } from '../../stack/java.ts';
import { kafkaClassPath } from '../../stack/kafka-jars.ts';

const TOOL = 'org.apache.kafka.tools.TransactionsCommand';
/** Longer than any transaction here may take. */
const MINUTES = '1';

/** The transactions that Kafka's own tool calls hanging, one line each. */
export const findHanging = async (brokers: string, brokerIds: readonly number[]): Promise<string[]> => {
  const hanging: string[] = [];
  for (const brokerId of brokerIds) {
    const { stdout } = await promisify(execFile)(javaCommand(), [
      ...['-Xmx96m', '-XX:+UseSerialGC', '-Dlog4j2.level=ERROR', '-cp', kafkaClassPath, TOOL],
      ...['--bootstrap-server', brokers, 'find-hanging', '--broker-id', String(brokerId)],
      ...['--max-transaction-timeout', MINUTES],
    ]);
    // The first line names the columns.
    hanging.push(
      ...stdout
        .split('\n')
        .slice(1)
        .filter((line) => line.trim() !== ''),
    );
  }
  return hanging;
};
