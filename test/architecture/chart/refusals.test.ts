import { expect } from 'chai';
import { KUBERNETES_VERSIONS } from '../../../scripts/chart/schemas.ts';
import { plainSettings, secretSettings } from '../../../scripts/generate/chart-settings.ts';
import { loadConfig } from '../../../src/config/config.ts';
import { openChart, podsIn, type Chart, type Values } from '../../support/chart/render.ts';
import { MINIMAL, SWITCHES } from '../../support/chart/switches.ts';

type Refusal = {
  readonly what: string;
  readonly values: Values;
  readonly says: readonly (string | RegExp)[];
};

const { config, secrets } = MINIMAL;

/** What is wrong, and what has to be named besides, so that somebody can mend it. */
const REFUSALS: readonly Refusal[] = [
  {
    what: 'nothing at all, and names everything that is missing at once',
    values: {},
    says: [
      'KAFKA_BROKERS is missing: set config.KAFKA_BROKERS',
      'SCHEMA_REGISTRY_URL is missing: set config.SCHEMA_REGISTRY_URL',
      'DATABASE_URL is missing: set secrets.DATABASE_URL (secret: the name of a Secret, key: its key)',
    ],
  },
  { what: 'an unknown value', values: { ...MINIMAL, replicas: 3 }, says: ["'replicas' not allowed"] },
  {
    what: 'an unknown value further down',
    values: { ...MINIMAL, keda: { enabeld: true } },
    says: ['/keda', "'enabeld' not allowed"],
  },
  {
    what: 'an unknown setting',
    values: { ...MINIMAL, config: { ...config, KAFKA_BROKER: 'kafka:9092' } },
    says: ['/config', "'KAFKA_BROKER' not allowed"],
  },
  {
    what: 'a password among the settings',
    values: { ...MINIMAL, config: { ...config, KAFKA_SASL_PASSWORD: 'secret' } },
    says: ['/config', "'KAFKA_SASL_PASSWORD' not allowed"],
  },
  {
    what: 'a password in the address of the database',
    values: { config: { ...config, DATABASE_URL: 'postgres://runclose:kept-secret@db/runclose' } },
    says: ['config.DATABASE_URL contains a password', 'secrets'],
  },
  {
    what: 'the password of a key in the address of the database',
    values: {
      config: { ...config, DATABASE_URL: 'postgres://runclose@db/runclose?sslpassword=kept-secret' },
    },
    says: ['config.DATABASE_URL contains a password'],
  },
  {
    what: 'a password in the second address of the registry',
    values: {
      ...MINIMAL,
      config: { ...config, SCHEMA_REGISTRY_URL: 'https://one:8081,https://runclose:kept-secret@two' },
    },
    says: ['config.SCHEMA_REGISTRY_URL contains a password'],
  },
  {
    what: 'a plain secret besides the settings',
    values: { ...MINIMAL, extraEnv: [{ name: 'KAFKA_SASL_PASSWORD', value: 'kept-secret' }] },
    says: ['extraEnv.KAFKA_SASL_PASSWORD is a plain secret', 'set secrets.KAFKA_SASL_PASSWORD (secret:'],
  },
  {
    what: 'the address of the database with a password besides the settings',
    values: { config, extraEnv: [{ name: 'DATABASE_URL', value: 'postgres://me:kept-secret@db/runclose' }] },
    says: ['extraEnv.DATABASE_URL is a plain secret', 'set secrets.DATABASE_URL (secret:'],
  },
  {
    what: 'a secret in an address that no Secret can hold',
    values: {
      ...MINIMAL,
      config: { ...config, OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel:4318?token=kept-secret' },
    },
    says: ['config.OTEL_EXPORTER_OTLP_ENDPOINT contains a password', 'remove it from the URL'],
  },
  {
    what: 'a variable that is no text',
    values: { ...MINIMAL, extraEnv: [{ name: 'GREETING', value: true }] },
    says: ['/extraEnv/0/value', 'want string'],
  },
  {
    what: 'a setting outside of its range',
    values: { ...MINIMAL, config: { ...config, HTTP_PORT: 70_000 } },
    says: ['/config/HTTP_PORT'],
  },
  {
    what: 'a setting outside of its range, written as a text',
    values: { ...MINIMAL, owner: { config: { HTTP_PORT: '70000' } } },
    says: ['owner.config.HTTP_PORT is 70000: it must be a whole number from 1 to 65535'],
  },
  {
    what: 'a time to drain that YAML would take for an octal number',
    values: { ...MINIMAL, config: { ...config, SHUTDOWN_TIMEOUT_SECONDS: '060' } },
    says: ['/config/SHUTDOWN_TIMEOUT_SECONDS'],
  },
  {
    what: 'a password that ends the name of the host too early',
    values: { config: { ...config, DATABASE_URL: 'postgres://runclose:kept-secret/1@db/runclose' } },
    says: ['config.DATABASE_URL contains a password', 'set secrets.DATABASE_URL'],
  },
  {
    what: 'a private key behind a certificate',
    values: {
      ...MINIMAL,
      config: { ...config, KAFKA_SSL_CERT: '-----BEGIN PRIVATE KEY-----\nkept-secret' },
    },
    says: ['config.KAFKA_SSL_CERT contains a password or a private key', 'set secrets.KAFKA_SSL_CERT'],
  },
  {
    what: 'a variable besides the settings that is there twice',
    values: { ...MINIMAL, extraEnv: [{ name: 'TZ', value: 'UTC' }, { name: 'TZ' }] },
    says: ['extraEnv sets TZ twice'],
  },
  {
    what: 'a variable with two values',
    values: { ...MINIMAL, extraEnv: [{ name: 'ZONE', value: 'a', valueFrom: { fieldRef: {} } }] },
    says: ['extraEnv.ZONE has a value and a valueFrom'],
  },
  {
    what: 'a variable besides the file of the same setting',
    values: {
      ...MINIMAL,
      extraEnv: [{ name: 'DATABASE_URL', valueFrom: { secretKeyRef: { name: 'old', key: 'url' } } }],
    },
    says: ['extraEnv.DATABASE_URL and secrets.DATABASE_URL are both set: keep one of them'],
  },
  {
    what: 'a tag in the name of the image, which no node could fetch',
    values: { ...MINIMAL, image: { repository: 'registry.example/runclose:1.0' } },
    says: ['/image/repository'],
  },
  {
    what: 'a digest as the tag',
    values: { ...MINIMAL, image: { tag: `sha256:${'0'.repeat(64)}` } },
    says: ['/image/tag'],
  },
  {
    what: 'a probe that is to ask something else',
    values: { ...MINIMAL, livenessProbe: { enabled: false }, readinessProbe: { httpGet: { path: '/' } } },
    says: ['/livenessProbe', "'enabled' not allowed", '/readinessProbe', "'httpGet' not allowed"],
  },
  {
    what: 'a rule of a NetworkPolicy instead of a peer',
    values: {
      ...MINIMAL,
      networkPolicy: { enabled: true, ingress: [{ from: [{ podSelector: {} }] }, {}], egress: [{}] },
    },
    says: ['/networkPolicy/ingress/0', "'from' not allowed", '/networkPolicy/ingress/1'],
  },
  {
    what: 'more than all instances down at once',
    values: { ...MINIMAL, podDisruptionBudget: { maxUnavailable: '150%' } },
    says: ['/podDisruptionBudget/maxUnavailable'],
  },
  {
    what: 'a choice that there is not',
    values: { ...MINIMAL, config: { ...config, LOG_LEVEL: 'loud' } },
    says: ['/config/LOG_LEVEL', 'debug'],
  },
  {
    what: 'a setting that is given twice',
    values: { config: { ...config, DATABASE_URL: 'postgres://runclose@db/runclose' }, secrets },
    says: ['config.DATABASE_URL and secrets.DATABASE_URL are both set'],
  },
  {
    what: 'a secret with two sources',
    values: { ...MINIMAL, secrets: { DATABASE_URL: { secret: 'one', configMap: 'two' } } },
    says: ['secrets.DATABASE_URL names 2 sources: set exactly one of secret, configMap, vault, csi'],
  },
  {
    what: 'a secret of the owner without a source',
    values: { ...MINIMAL, owner: { secrets: { DATABASE_URL: { key: 'url' } } } },
    says: ['owner.secrets.DATABASE_URL names 0 sources'],
  },
  {
    what: 'a secret from Vault without a role',
    values: { config, secrets: { DATABASE_URL: { vault: 'kv/data/runclose' } } },
    says: ['secrets.DATABASE_URL comes from Vault: set vault.role'],
  },
  {
    what: 'a file of the CSI driver as a variable',
    values: { config, secrets: { DATABASE_URL: { csi: 'runclose', env: true } } },
    says: ['secrets.DATABASE_URL.env is only for a secret or a configMap'],
  },
  {
    what: 'an owner that logs in with the password of serve',
    values: {
      config,
      secrets: { ...secrets, DATABASE_PASSWORD: { secret: 'runclose' } },
      owner: { secrets: { DATABASE_URL: { secret: 'runclose-owner' } } },
    },
    says: [
      'owner has its own DATABASE_URL, but uses the DATABASE_PASSWORD of serve: set owner.secrets.DATABASE_PASSWORD',
    ],
  },
  {
    what: 'half a login of each kind of pod',
    values: {
      config: { ...config, KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512', KAFKA_SASL_USERNAME: 'runclose' },
      secrets: {
        ...secrets,
        DATABASE_SSL_KEY: { secret: 'client', key: 'tls.key' },
      },
      owner: {
        secrets: { KAFKA_SASL_PASSWORD: { secret: 'owner' }, SCHEMA_REGISTRY_PASSWORD: { secret: 'owner' } },
      },
      operator: { config: { KAFKA_SASL_MECHANISM: '' } },
    },
    says: [
      'KAFKA_SASL_MECHANISM of serve needs KAFKA_SASL_PASSWORD: set secrets.KAFKA_SASL_PASSWORD',
      'DATABASE_SSL_KEY of serve needs DATABASE_SSL_CERT: set secrets.DATABASE_SSL_CERT',
      'SCHEMA_REGISTRY_PASSWORD of owner needs SCHEMA_REGISTRY_USERNAME: set owner.config.SCHEMA_REGISTRY_USERNAME',
      'KAFKA_SASL_USERNAME of operator needs KAFKA_SASL_MECHANISM: set operator.config.KAFKA_SASL_MECHANISM',
    ],
  },
  {
    what: 'a bundle of certificates that lies nowhere',
    values: { ...MINIMAL, caBundle: { key: 'ca.crt' } },
    says: ['caBundle names no source, or two: set exactly one of secret and configMap'],
  },
  {
    what: 'a variable besides the settings that changes what the chart goes by',
    values: { ...MINIMAL, extraEnv: [{ name: 'HTTP_PORT', value: '9000' }] },
    says: ['extraEnv sets HTTP_PORT', 'set config.HTTP_PORT'],
  },
  {
    what: 'an address that probes from outside the pod cannot reach',
    values: { config: { ...config, HTTP_HOST: '127.0.0.1' }, secrets },
    says: ['config.HTTP_HOST is 127.0.0.1', 'would never become ready', 'networkPolicy'],
  },
  {
    what: 'KEDA without the brokers that it has to ask',
    values: {
      config: { SCHEMA_REGISTRY_URL: 'http://registry:8081' },
      secrets,
      extraEnv: [{ name: 'KAFKA_BROKERS', value: 'kafka:9092' }],
      keda: { enabled: true },
    },
    says: ['KEDA asks Kafka itself: set config.KAFKA_BROKERS'],
  },
  {
    what: 'two autoscalers',
    values: { ...MINIMAL, keda: { enabled: true }, autoscaling: { enabled: true } },
    says: ['keda.enabled and autoscaling.enabled are both true'],
  },
  {
    what: 'more instances of KEDA than partitions',
    values: { ...MINIMAL, keda: { enabled: true, maxReplicaCount: 7 } },
    says: ['keda.maxReplicaCount is 7', 'the 6 partitions', 'config.TOPIC_PARTITIONS'],
  },
  {
    what: 'more instances of an autoscaler than partitions',
    values: {
      config: { ...config, TOPIC_PARTITIONS: '3' },
      secrets,
      autoscaling: { enabled: true, maxReplicas: 4 },
    },
    says: ['autoscaling.maxReplicas is 4', 'the 3 partitions'],
  },
  {
    what: 'more workers of an autoscaler than partitions',
    values: {
      ...MINIMAL,
      resources: { limits: { cpu: '2500m' } },
      autoscaling: { enabled: true, maxReplicas: 4 },
    },
    says: ['autoscaling.maxReplicas is 4', 'each instance has 2 workers', 'the 6 partitions'],
  },
  {
    what: 'more workers of KEDA than partitions',
    values: { config: { ...config, SERVE_WORKERS: 3 }, secrets, keda: { enabled: true, maxReplicaCount: 3 } },
    says: ['keda.maxReplicaCount is 3', 'each instance has 3 workers', 'the 6 partitions'],
  },
  {
    what: 'more workers than connections',
    values: { config: { ...config, DATABASE_POOL_SIZE: 2 }, secrets, resources: { limits: { cpu: 4 } } },
    says: ['config.DATABASE_POOL_SIZE is 2', 'each of the 4 workers'],
  },
  {
    what: 'bounds of an autoscaler that are the wrong way round',
    values: { ...MINIMAL, keda: { enabled: true, minReplicaCount: 5, maxReplicaCount: 4 } },
    says: ['keda.minReplicaCount is above keda.maxReplicaCount'],
  },
  {
    what: 'KEDA without a login that it can read',
    values: { ...SWITCHES['csi-driver'], keda: { enabled: true } },
    says: [/KEDA's own client needs KAFKA_SASL_PASSWORD.*keda\.authenticationName/],
  },
  {
    what: 'a network policy that cuts off every server',
    values: { ...MINIMAL, networkPolicy: { enabled: true } },
    says: ['networkPolicy.enabled cuts off every server', 'networkPolicy.egress'],
  },
  {
    what: 'a digest that is none',
    values: { ...MINIMAL, image: { digest: 'latest' } },
    says: ['/image/digest'],
  },
];

describe('The chart refuses', function () {
  this.timeout(300_000);

  let chart: Chart;
  before(async () => (chart = await openChart()));

  for (const { what, values, says } of REFUSALS) {
    it(what, async () => {
      const complaint = await chart.render(values).then(
        () => 'nothing',
        (error: unknown) => String(error),
      );
      for (const part of says)
        if (typeof part === 'string') expect(complaint).to.contain(part);
        else expect(complaint).to.match(part);
      expect(complaint).not.to.contain('kept-secret');
    });
  }

  it('what the program refuses by itself in a setting of `config`', async () => {
    const patterned = plainSettings.filter(({ values }) => values.kind === 'text' && values.pattern);
    expect(patterned).to.have.length.above(5);
    const wrong = Object.fromEntries(patterned.map(({ variable }) => [variable, 'wrong, and too']));
    for (const values of [{ config: wrong }, { ...MINIMAL, owner: { config: wrong } }]) {
      const complaint = await chart.render(values).then(
        () => 'nothing',
        (error: unknown) => String(error),
      );
      for (const { variable } of patterned) {
        expect(() => loadConfig({ [variable]: 'wrong, and too' })).to.throw(variable);
        expect(complaint).to.contain(`config/${variable}': 'wrong, and too' does not match pattern`);
      }
    }
  });

  it('no variable that Kubernetes fills in from a Secret', async () => {
    const extraEnv = [
      { name: 'LOGIN', valueFrom: { secretKeyRef: { name: 'runclose', key: 'login' } } },
      { name: 'DATABASE_URL', value: 'postgres://runclose:$(LOGIN)@db/runclose' },
      { name: 'KAFKA_SASL_PASSWORD', value: '$(LOGIN)' },
    ];
    const login = { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'runclose' };
    expect(await chart.render({ config: { ...config, ...login }, extraEnv })).not.to.be.empty;
  });

  it('no value that the program or Kubernetes takes, though it looks unusual', async () => {
    const values: readonly Values[] = [
      { ...MINIMAL, config: { ...config, LOG_LEVEL: 'INFO' } },
      {
        config: { ...config, KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512', KAFKA_SASL_USERNAME: 'runclose' },
        secrets: { ...secrets, KAFKA_SASL_PASSWORD: { secret: 'kafka' } },
      },
      // The test asks nothing of the registry.
      {
        config: { ...config, SCHEMA_REGISTRY_USERNAME: 'runclose' },
        secrets: { ...secrets, SCHEMA_REGISTRY_PASSWORD: { secret: 'registry' } },
        operator: { secrets: { SCHEMA_REGISTRY_PASSWORD: {} } },
      },
      { ...MINIMAL, image: { repository: 'Registry.example:5000/team__a/run-close' } },
      { ...MINIMAL, image: { repository: '[fd00::1]:5000/runclose', tag: `v1@sha256:${'0'.repeat(64)}` } },
      { config: { ...config, DATABASE_URL: 'postgres://me@[fd00::1]:5432/run?application_name=a:b' } },
      { config: { ...config, DATABASE_URL: 'postgres://db-1:5432,db-2:5432/runclose' } },
      {
        ...MINIMAL,
        config: { ...config, SCHEMA_REGISTRY_URL: 'http://one:8081, https://[fd00::1]:8081/a:b' },
      },
      { ...MINIMAL, livenessProbe: { successThreshold: 1, terminationGracePeriodSeconds: 60 } },
      { ...MINIMAL, podDisruptionBudget: { maxUnavailable: '100%' } },
    ];
    for (const it of values) expect(await chart.render(it), JSON.stringify(it)).not.to.be.empty;
  });

  it('no path of a secret that one of the extra volumes holds', async () => {
    const paths = Object.fromEntries(
      secretSettings.map(({ variable }) => [`${variable}_FILE`, `/kept/${variable}`]),
    );
    const [pod] = podsIn(
      await chart.render({ config: { ...config, KAFKA_SASL_MECHANISM: 'plain', ...paths } }),
    ).filter(([name]) => name.startsWith('Deployment'));
    const env = pod![1].containers[0]!.env!.map(({ name, value }) => [name, value]);
    expect(env).to.deep.include.members(Object.entries(paths));
  });

  it('a Kubernetes older than the oldest that its objects are checked against', async () => {
    const [oldest] = KUBERNETES_VERSIONS;
    expect(await chart.renderFor(`${oldest}.0`, MINIMAL)).not.to.be.empty;
    const complaint = await chart.renderFor('1.28.15', MINIMAL).then(
      () => 'nothing',
      (error: unknown) => String(error),
    );
    expect(complaint).to.contain(`Kubernetes is v1.28.15: the chart needs ${oldest} or later`);
  });
});
