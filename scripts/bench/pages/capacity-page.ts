import { figure } from '../report.ts';
import { type Costs, type Need, needFor } from './capacity.ts';
import { markdownTable } from './markdown.ts';

const RATES = [1_000, 100_000] as const;

export const capacityPage = (costs: Costs): string => {
  const [small, large] = RATES.map((rate) => needFor(rate, costs)) as [Need, Need];
  const row = (what: string, of: (need: Need) => number) => ({
    what,
    [rateOf(small)]: of(small),
    [rateOf(large)]: of(large),
  });
  return `\
# Capacity

\`npm run bench -- serve --docs\` wrote this page from the costs that it measured: see [Performance](performance.md). Do not edit it.
The page says how many machines a load needs, and what breaks first.

## From costs to machines

One command with 5 orders costs ${figure(costs.processor)} µs of CPU time in the processor, ${figure(costs.kafka)} µs in Kafka and ${figure(costs.postgres)} µs in Postgres.
It writes ${figure(costs.tables)} bytes of tables and indexes and ${figure(costs.wal)} bytes of WAL to Postgres, and ${figure(costs.commands + costs.events)} bytes to Kafka.
The number of orders matters most: measure with your own number. Plan for half of what is possible: then latency stays low, and the other half catches up after an outage.

${markdownTable([
  row('members of the group (instances × SERVE_WORKERS)', ({ members }) => members),
  row('partitions, three a member', ({ partitions }) => partitions),
  row('connections to Postgres in use', ({ connections }) => connections),
  row('memory of all members, GB', ({ memoryGb }) => memoryGb),
  row('cores for Kafka, one copy of each record', ({ kafkaCores }) => kafkaCores),
  row('cores for Postgres', ({ postgresCores }) => postgresCores),
  row('WAL, MB a second', ({ walMb }) => walMb),
  row('written to Kafka, MB a second, one copy', ({ kafkaInMb }) => kafkaInMb),
  row('network, MB a second, without copies and subscribers', ({ networkMb }) => networkMb),
  row('Postgres, tables and indexes, GB a day', ({ postgresGb }) => postgresGb),
  row('Kafka, GB a day, one copy', ({ kafkaGb }) => kafkaGb),
])}

Two members are the minimum, so that one can fail. A member keeps one core busy, so give each instance as many cores as \`SERVE_WORKERS\`. Multiply what Kafka writes by the replication factor.
Postgres keeps the bodies of events for 14 days, and decisions without bodies for ever. Kafka keeps commands for 30 days and events for 90, unless you change that.

## What breaks first, and what to change then

| at | what breaks first | what to change |
| --- | --- | --- |
| more than ${figure(Math.floor(costs.aSecond))} commands a second in one instance | its one busy thread: the lag grows, its CPU time stays at one core | \`SERVE_WORKERS\`, or more instances |
| as many members as partitions | a further member stands by | \`TOPIC_PARTITIONS\` and \`runclose setup --repartition\` |
| ${rateOf(small)} | nothing: ${figure(small.members)} members suffice, with ${figure(small.kafkaCores)} cores for Kafka and ${figure(small.postgresCores)} for Postgres | a second instance for availability |
| some 10,000 commands a second | Postgres: the disk under its WAL (${figure((10_000 * costs.wal) / 1e6)} MB a second), then its CPU | a disk for the WAL alone; \`wal_compression\`; more \`max_wal_size\`, since each checkpoint writes whole pages again |
| ${rateOf(large)} | one Postgres primary: ${figure(large.walMb)} MB of WAL a second and ${figure(large.postgresCores)} cores | several installations, each with its own \`TOPIC_PREFIX\`, group and database; publishers choose one by the channel's id. Nothing is shared between channels, so nothing else changes |

## One channel

One channel alone reaches ${figure(costs.oneChannel)} commands a second. Its commands are in one partition, in order. Each decision needs the ledger that the decision before has left, and a batch is one transaction
under that ledger's lock. So one member decides all commands of a channel, one batch after the other: more partitions, members or cores do not help. Only fewer commands do.
`;
};

const rateOf = ({ rate }: Need): string => `${rate.toLocaleString('en')} commands a second`;
