import { secretSettings } from './chart-settings.ts';
import { sentence, type Value, valuesIn } from './chart-values.ts';

/** helm/runclose/README.md. */
export const chartReadme = (values: string): string =>
  [
    INTRODUCTION,
    '## Values',
    '',
    '| value | meaning | default |',
    '| --- | --- | --- |',
    ...valuesIn(values).flatMap(rows),
    '',
    '## Names in `secrets`',
    '',
    'The names are the same in `owner.secrets` and `operator.secrets`.',
    '',
    '| name | meaning |',
    '| --- | --- |',
    ...secretSettings.map(({ variable, meaning }) => `| \`${variable}\` | ${sentence(meaning)} |`),
    '',
  ].join('\n');

const INTRODUCTION = `<!-- Made from values.yaml and src/config by \`npm run generate\`: do not edit. -->

# RunClose: the Helm chart

This chart installs RunClose beside an existing Kafka, schema registry and PostgreSQL. [docs/deploy.md](../../docs/deploy.md) explains an
installation step by step, [docs/upgrade.md](../../docs/upgrade.md) an upgrade.

\`\`\`yaml
# values of your own
image:
  repository: registry.example/runclose
config:
  KAFKA_BROKERS: kafka-1:9093,kafka-2:9093
  KAFKA_SASL_MECHANISM: scram-sha-512
  KAFKA_SASL_USERNAME: runclose
  SCHEMA_REGISTRY_URL: https://registry:8081
secrets:
  DATABASE_URL: { secret: runclose-serve, key: database-url }
  KAFKA_SASL_PASSWORD: { secret: runclose-serve, key: kafka-password }
  KAFKA_SSL_CA: { configMap: company-ca, key: ca.crt }
owner:
  config:
    KAFKA_SASL_USERNAME: runclose-owner
  secrets:
    DATABASE_URL: { secret: runclose-owner, key: database-url }
    KAFKA_SASL_PASSWORD: { secret: runclose-owner, key: kafka-password }
\`\`\`

The chart creates a Deployment of \`runclose serve\`, a Service for health and metrics, a PodDisruptionBudget, service accounts without a token, a
Job for \`runclose setup\` before each installation and upgrade, and a CronJob for \`runclose purge\`. Off by default: a CronJob for
\`runclose replay verify\`, a KEDA ScaledObject or a HorizontalPodAutoscaler, NetworkPolicies, a ServiceMonitor, a Grafana dashboard, and a
PrometheusRule whose alerts link to [docs/runbook.md](../../docs/runbook.md). All pods meet the Pod Security Standard \`restricted\`.
`;

const rows = (value: Value): readonly string[] => {
  const { path, comment, value: byDefault, children } = value;
  const cell = children === undefined ? `\`${JSON.stringify(byDefault)}\`` : '';
  const row = `| \`${path}\` | ${comment.replaceAll('|', '\\|')} | ${cell} |`;
  return [row, ...(children ?? []).flatMap(rows)];
};
