import { type Finding, found, ok } from '../findings.ts';

/** The releases of the servers. Opening a connection refuses Postgres before 14. */
export type VersionsFacts = {
  readonly postgres: string | null;
  /** By broker. `release` is null if the broker does not tell it. */
  readonly kafka: readonly {
    readonly nodeId: string;
    readonly release: string | null;
    readonly isTooOld: boolean;
  }[];
};

export const checkVersions = ({ postgres, kafka }: VersionsFacts): readonly Finding[] => {
  const releases = [...new Set(kafka.map(({ release }) => release))].map(
    (it) => it ?? 'of an unknown release',
  );
  const inWords = [
    ...(postgres === null ? [] : [`PostgreSQL ${postgres}`]),
    `Kafka ${releases.join(', ')}`,
  ].join(', ');
  const old = kafka.filter(({ isTooOld }) => isTooOld);
  return old.length === 0
    ? [ok('versions', inWords)]
    : [
        found(
          'versions',
          'kafka-too-old',
          old.map(({ nodeId, release }) => `broker ${nodeId} is Kafka ${String(release)}`).join(', '),
          { advice: 'upgrade the brokers to Apache Kafka 3.6 or later' },
        ),
      ];
};
