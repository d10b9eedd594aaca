import type { Measured } from '../part.ts';
import { section } from './markdown.ts';

export type Circumstances = {
  readonly node: string;
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGb: number;
  readonly commit: string;
  /** For example `2026-12-01`. */
  readonly day: string;
  readonly minutes: number;
  /** The machine's load at the beginning: other work makes everything slower. */
  readonly load: number;
};

export const performancePage = (measured: readonly Measured[], facts: Circumstances): string => `\
# Performance

\`npm run bench -- serve --docs\` wrote this page. Do not edit it: run the command again, on a machine that does nothing else.

- Machine: ${String(facts.cores)} cores (${facts.cpu}), ${String(facts.memoryGb)} GB; Kafka, Postgres, the registry, the publisher and the processor share them.
- Node ${facts.node}, commit ${facts.commit}, ${facts.day}; it took ${String(facts.minutes)} minutes. Load of the machine at the start: ${facts.load.toFixed(1)}.

Times differ between machines. Ratios differ less: each was taken in one run. [Capacity](capacity.md) turns these figures into machines.

## Method

The benchmark starts Kafka, Postgres and a registry of its own, with their default settings. The measured programs have the options of Node that the chart
sets. Every run has new topics, a new group and a new database. A
backlog is published first: commands with 5 orders, 2,000 channels in random order, 6 partitions. Then the processor starts. Figures are taken between two
moments: a tenth of the backlog is done, and the last look before all of it is done. Progress is the group's committed offsets, so a command counts when its
events are visible. CPU time is the kernel's (\`/proc\`), with all threads and child processes.

- **ceiling** is kafkajs alone, as npm has it, without this project's repairs. For each fetched batch it inserts one row a command with one statement, as many
  bytes as \`serve\` stores; then one transaction with two events a command, of the same bytes and headers as those of \`serve\`, and the group's offset. It decodes
  nothing and decides nothing. Where another setting is faster than that of \`serve\`, it has the faster one: whole fetched batches, both topics in one request.
- **per message** is the usual tutorial: one message at a time, one Postgres transaction each, two sends.
- **bare**, for latency, is the program of the ceiling: consume, one Postgres commit, one Kafka transaction with the offset.
- Latency is the time from the call that publishes a command to the moment at which a reader of committed records gets its \`run.closed\`. Commands are published
  while it is measured.

${measured.map((each) => section(each, 'performance')).join('\n')}`;
