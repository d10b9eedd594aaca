import type { LogRecord } from '../../src/kafka/log-record.ts';
import type { TopicRole } from '../../src/kafka/topic-names.ts';

/** What stands in the five topics, read-committed. */
export type Topics = Readonly<Record<TopicRole, readonly LogRecord[]>>;

export type Recount = {
  /** How many commands led to what. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** What should not be, in words; empty when every command has exactly its outcome. */
  readonly faults: readonly string[];
};

export type Outcome = 'closed' | 'rejected' | 'dead-letter' | 'duplicate';

/**
 * Counts commands in and outcomes out by one thing only: where each outcome says that its command stands. A command without any
 * is a known duplicate if the same record, byte for byte, stands before it in its partition; else it is lost.
 */
export const recount = (topics: Topics): Recount => {
  const outputs = outputsBySource(topics);
  const outcomes = { closed: 0, rejected: 0, 'dead-letter': 0, duplicate: 0 };
  const faults: string[] = [];
  const seen = new Set<string>();

  for (const command of topics.requested) {
    const source = placeOf(command);
    const found = outputs.get(source) ?? [];
    const outcome =
      OUTCOMES[found.join(' and ')] ?? (found.length === 0 && seen.has(contentOf(command)) && 'duplicate');
    if (outcome !== false) outcomes[outcome] += 1;
    else faults.push(found.length === 0 ? `${source} is lost` : `${source} led to ${found.join(' and ')}`);
    seen.add(contentOf(command));
    outputs.delete(source);
  }
  for (const [source, found] of outputs)
    faults.push(`${found.join(' and ')} of ${source}, where no command stands`);
  return { outcomes, faults: [...faults, ...closedTwice(topics.closed)] };
};

/** The only things that one command may lead to. */
const OUTCOMES: Readonly<Record<string, Outcome>> = {
  'closed and summary': 'closed',
  rejected: 'rejected',
  deadLetters: 'dead-letter',
};

const outputsBySource = ({ closed, summary, rejected, deadLetters }: Topics): Map<string, string[]> => {
  const outputs = new Map<string, string[]>();
  const add = (source: string, role: TopicRole): void =>
    void outputs.set(source, [...(outputs.get(source) ?? []), role]);
  for (const event of closed) add(header(event, 'source-offset'), 'closed');
  for (const event of summary) add(header(event, 'source-offset'), 'summary');
  for (const event of rejected) add(header(event, 'source-offset'), 'rejected');
  for (const letter of deadLetters) {
    add(
      ['topic', 'partition', 'offset'].map((it) => header(letter, `__connect.errors.${it}`)).join('/'),
      'deadLetters',
    );
  }
  return outputs;
};

const closedTwice = (closed: readonly LogRecord[]): string[] => {
  const runs = closed.map((event) => `run ${header(event, 'ce_subject')} of channel ${String(event.key)}`);
  return runs.filter((run, index) => runs.indexOf(run) < index).map((run) => `${run} is closed twice`);
};

const placeOf = ({ topic, partition, offset }: LogRecord): string => `${topic}/${partition}/${offset}`;

const contentOf = ({ partition, key, value }: LogRecord): string =>
  `${partition} ${String(key)} ${value?.toString('base64') ?? 'null'}`;

const header = ({ headers }: LogRecord, name: string): string =>
  headers.findLast(([each]) => each === name)?.[1]?.toString() ?? '';
