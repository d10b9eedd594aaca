import Table from 'cli-table3';
import type { ChaosRecord } from './record.ts';

/** The report for people. */
export const report = (record: ChaosRecord): string =>
  [
    tableOf(
      ['fault', 'planned', 'fired'],
      record.faults.map(({ title, planned, fired }) => [title, planned, fired]),
    ),
    tableOf(
      ['what', 'count'],
      [
        ...Object.entries(record.outcomes),
        ['all, in a second', record.throughput],
        ['partitions taken over', record.takeovers],
        ['seconds to heal', record.secondsToHeal],
        ['most memory of an instance, MB', record.peakMemoryMb],
      ],
    ),
    tableOf(
      ['invariant', '', 'violations'],
      record.invariants.map(({ id, title, violations }) => [id, title, violations]),
    ),
    ...record.notes,
    ...record.invariants.flatMap(({ id, violations, examples }) => [
      ...examples.map((example) => `${id}: ${example}`),
      ...(violations > examples.length ? [`${id}: and ${violations - examples.length} more`] : []),
    ]),
    ...record.faults.flatMap(({ kind, failures }) =>
      failures.map((failure) => `${kind} did not fire: ${failure}`),
    ),
    conclusion(record),
  ].join('\n');

const conclusion = ({ verdict, seed, commands, instances, brokers, seconds }: ChaosRecord): string => {
  const servers = `--instances ${instances} --brokers ${brokers}`;
  const again = `npm run chaos -- --commands ${commands} ${servers} --seed ${seed}`;
  switch (verdict) {
    case 'held':
      return `All invariants held, in ${seconds} s. The same again: ${again}`;
    case 'violated':
      return `Violated. The same stream and faults again: ${again}`;
    case 'faults missing':
      return `A planned fault never fired, or did not end as it should, so this run proves nothing. The same again: ${again}`;
  }
};

const tableOf = (head: string[], rows: (string | number)[][]): string => {
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows);
  return table.toString();
};
