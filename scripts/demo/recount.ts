import type { RunCloseRejected } from '../../src/domain/records.ts';
import type { TailRecord } from './tail.ts';

export type Recount = {
  /** The number of commands by outcome: `closed`, `duplicate`, `dead-letter`, or the reason of a rejection. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** The faults in words; empty if every command has exactly its outcome. */
  readonly faults: readonly string[];
};

/**
 * Counts commands and outcomes over all records of the five topics. Each outcome names the position of its command, and the count uses
 * nothing else. A command without an outcome is a known duplicate if the same command is earlier in its partition; otherwise it is lost.
 */
export const recount = (records: readonly TailRecord[], topicPrefix: string): Recount => {
  const role = ({ topic }: TailRecord): string => topic.slice(topicPrefix.length);
  const commands = records.filter((record) => role(record) === 'run.close.requested');
  const outputs = outputsBySource(
    records.filter((record) => role(record) !== 'run.close.requested'),
    role,
  );
  const outcomes = new Map<string, number>();
  const faults: string[] = [];
  const seen = new Set<string>();

  for (const command of commands) {
    const source = placeOf(command);
    const content = contentOf(command);
    const found = outputs.get(source) ?? 'nothing';
    const outcome = found === 'nothing' && seen.has(content) ? 'duplicate' : outcomeOf(found);
    if (outcome === undefined) faults.push(`${source} emitted ${found}`);
    else outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    seen.add(content);
    outputs.delete(source);
  }
  for (const [source, found] of outputs) faults.push(`${source} emitted ${found}, but holds no command`);
  return {
    outcomes,
    faults: [...faults, ...closedTwice(records.filter((record) => role(record) === 'run.closed'))],
  };
};

/** Recognises the only outcomes that one command may have. */
const outcomeOf = (found: string): string | undefined => {
  if (found === 'run.closed, run.summary') return 'closed';
  if (found === 'run.close.requested.dlq') return 'dead-letter';
  return /^[A-Z_]+$/.test(found) ? found : undefined;
};

/** The records in the output topics for each command, in words. */
const outputsBySource = (
  records: readonly TailRecord[],
  role: (record: TailRecord) => string,
): Map<string, string> => {
  const found = new Map<string, string[]>();
  for (const record of records) {
    const { headers, value } = record;
    const letter = ['topic', 'partition', 'offset']
      .map((part) => headers[`__connect.errors.${part}`])
      .join('/');
    const source = headers['source-offset'] ?? letter;
    const what = role(record) === 'run.close.rejected' ? (value as RunCloseRejected).reason : role(record);
    found.set(source, [...(found.get(source) ?? []), what]);
  }
  return new Map([...found].map(([source, all]) => [source, all.sort().join(', ')]));
};

const closedTwice = (closed: readonly TailRecord[]): string[] => {
  const runs = closed.map(
    ({ key, headers }) => `run ${String(headers['ce_subject'])} of channel ${String(key)}`,
  );
  return runs.filter((run, index) => runs.indexOf(run) < index).map((run) => `${run} is closed twice`);
};

const placeOf = ({ topic, partition, offset }: TailRecord): string => `${topic}/${partition}/${offset}`;

const contentOf = ({ partition, key, value }: TailRecord): string => JSON.stringify([partition, key, value]);
