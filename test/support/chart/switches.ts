import type { Values } from './render.ts';

export const MINIMAL = {
  config: { KAFKA_BROKERS: 'kafka:9092', SCHEMA_REGISTRY_URL: 'http://registry:8081' },
  secrets: { DATABASE_URL: { secret: 'runclose', key: 'database-url' } },
};

const having = (values: Values): Values => ({ ...MINIMAL, ...values });

const SCRAM = {
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: 'runclose',
};

/** Every switch of the chart, with values that a user would set. */
export const SWITCHES: Readonly<Record<string, Values>> = {
  minimal: MINIMAL,
  secured: {
    image: { repository: 'registry.example/runclose' },
    config: {
      KAFKA_BROKERS: 'kafka-1:9093, kafka-2:9093',
      SCHEMA_REGISTRY_URL: 'https://registry',
      ...SCRAM,
    },
    secrets: {
      DATABASE_URL: { secret: 'runclose-serve', key: 'database-url' },
      KAFKA_SASL_PASSWORD: { secret: 'runclose-serve', key: 'kafka-password' },
      KAFKA_SSL_CA: { configMap: 'company-ca', key: 'ca.crt' },
    },
    owner: {
      config: { KAFKA_SASL_USERNAME: 'runclose-owner' },
      secrets: {
        DATABASE_URL: { secret: 'runclose-owner', key: 'database-url' },
        KAFKA_SASL_PASSWORD: { secret: 'runclose-owner', key: 'kafka-password' },
      },
      serviceAccount: { annotations: { 'cloud.example/role': 'owner' } },
    },
    operator: {
      config: { KAFKA_SASL_USERNAME: 'runclose-operator' },
      secrets: { KAFKA_SASL_PASSWORD: { secret: 'runclose-operator', key: 'kafka-password' } },
    },
    serviceAccount: { annotations: { 'cloud.example/role': 'serve' } },
    verify: { enabled: true },
  },
  'secrets-as-variables': having({
    secrets: {
      DATABASE_URL: { secret: 'runclose', env: true },
      KAFKA_SSL_CA: { configMap: 'company-ca', key: 'ca.crt', env: true },
    },
  }),
  vault: having({
    config: { ...MINIMAL.config, SCHEMA_REGISTRY_USERNAME: 'runclose' },
    secrets: {
      DATABASE_URL: { vault: 'kv/data/runclose', key: 'url' },
      SCHEMA_REGISTRY_PASSWORD: { vault: 'kv-1/runclose', key: 'registry' },
    },
    owner: {
      vaultRole: 'runclose-owner',
      config: { SCHEMA_REGISTRY_USERNAME: '' },
      secrets: {
        SCHEMA_REGISTRY_PASSWORD: {},
        DATABASE_URL: {
          vault: 'database/creds/owner',
          template:
            '{{ with secret "database/creds/owner" }}postgres://{{ .Data.username }}:{{ .Data.password }}@db/runclose{{ end }}',
        },
      },
    },
    vault: {
      role: 'runclose',
      audience: 'vault',
      annotations: {
        'vault.hashicorp.com/namespace': 'team',
        'vault.hashicorp.com/agent-pre-populate-only': 'true',
      },
    },
  }),
  'csi-driver': having({
    config: { ...MINIMAL.config, ...SCRAM, SCHEMA_REGISTRY_USERNAME: 'runclose' },
    secrets: {
      DATABASE_URL: { csi: 'runclose', key: 'database-url' },
      KAFKA_SASL_PASSWORD: { csi: 'runclose' },
      SCHEMA_REGISTRY_PASSWORD: { csi: 'registry', key: 'password' },
    },
  }),
  'service-account-token': {
    config: { ...MINIMAL.config, KAFKA_SASL_MECHANISM: 'oauthbearer', KAFKA_SSL: true },
    secrets: { ...MINIMAL.secrets, KAFKA_SASL_OAUTHBEARER_TOKEN: { serviceAccountToken: 'kafka' } },
  },
  image: having({
    image: {
      repository: 'registry.example/runclose',
      digest: `sha256:${'0'.repeat(64)}`,
      pullPolicy: 'Always',
    },
    imagePullSecrets: [{ name: 'registry' }],
  }),
  'ports-and-times': having({
    config: {
      ...MINIMAL.config,
      HTTP_PORT: 9000,
      STARTUP_TIMEOUT_SECONDS: '300',
      SHUTDOWN_TIMEOUT_SECONDS: 120,
      TOPIC_PREFIX: 'staging.',
      TOPIC_PARTITIONS: 12,
    },
    replicaCount: 12,
    terminationMarginSeconds: 5,
  }),
  keda: {
    config: { ...MINIMAL.config, ...SCRAM, TOPIC_PARTITIONS: 24, TOPIC_PREFIX: 'staging.' },
    secrets: {
      ...MINIMAL.secrets,
      KAFKA_SASL_PASSWORD: { secret: 'runclose', key: 'kafka-password' },
      KAFKA_SSL_CA: { configMap: 'company-ca', key: 'ca.crt' },
    },
    keda: { enabled: true, maxReplicaCount: 24, fallback: { failureThreshold: 3, replicas: 6 } },
  },
  'keda-with-its-own-login': having({
    config: { ...MINIMAL.config, KAFKA_SASL_MECHANISM: 'oauthbearer' },
    secrets: { ...MINIMAL.secrets, KAFKA_SASL_OAUTHBEARER_TOKEN: { secret: 'runclose' } },
    keda: { enabled: true, authenticationName: 'kafka' },
  }),
  'keda-on-aws': {
    config: {
      ...MINIMAL.config,
      KAFKA_SASL_MECHANISM: 'aws-msk-iam',
      KAFKA_SSL: true,
      AWS_REGION: 'eu-central-1',
    },
    secrets: MINIMAL.secrets,
    keda: { enabled: true, authenticationName: 'aws' },
  },
  autoscaling: having({
    autoscaling: {
      enabled: true,
      metrics: [
        {
          type: 'External',
          external: { metric: { name: 'lag' }, target: { type: 'AverageValue', averageValue: '5000' } },
        },
      ],
    },
  }),
  'network-policy': having({
    networkPolicy: {
      enabled: true,
      ingress: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 9093, protocol: 'TCP' }] }],
    },
  }),
  'service-monitor': having({
    serviceMonitor: {
      enabled: true,
      labels: { release: 'prometheus' },
      relabelings: [{ action: 'labeldrop', regex: 'pod' }],
      metricRelabelings: [{ action: 'drop', sourceLabels: ['__name__'], regex: 'nodejs_.*' }],
    },
  }),
  dashboard: having({ dashboard: { enabled: true, annotations: { grafana_folder: 'Coffee' } } }),
  'prometheus-rule': having({
    prometheusRule: {
      enabled: true,
      labels: { release: 'prometheus' },
      runbookUrl: 'https://wiki.example/runclose/runbook',
      lagSeconds: 120,
      certificateDays: 30,
    },
    verify: { enabled: true },
  }),
  'everything-off': having({
    setup: { enabled: false },
    purge: { enabled: false },
    tests: { enabled: false },
    podDisruptionBudget: { enabled: false },
    topologySpreadConstraints: [],
  }),
  'existing-service-accounts': having({
    serviceAccount: { create: false, name: 'runclose' },
    owner: { serviceAccount: { name: 'runclose-owner' } },
    verify: { enabled: true },
  }),
  extras: having({
    commonLabels: { team: 'facilities' },
    podLabels: { 'sidecar.example/inject': 'false' },
    podAnnotations: { 'example.com/note': 'coffee' },
    caBundle: { configMap: 'company-ca' },
    extraEnv: [
      { name: 'TZ', value: 'UTC' },
      { name: 'NODE_OPTIONS', value: '--max-old-space-size=512' },
    ],
    extraEnvFrom: [{ configMapRef: { name: 'more' } }],
    extraVolumes: [{ name: 'tmp', emptyDir: {} }],
    extraVolumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    verify: { enabled: true },
    extraContainers: [sidecar('beside')],
    extraInitContainers: [sidecar('first')],
    priorityClassName: 'high',
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'coffee', operator: 'Exists' }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] }] },
          ],
        },
      },
    },
    topologySpreadConstraints: [
      { topologyKey: 'rack', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} },
    ],
    setup: { args: ['--json'] },
    service: { annotations: { 'example.com/note': 'coffee' } },
  }),
  openshift: having({
    podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null },
  }),
};

function sidecar(name: string): object {
  return {
    name,
    image: 'registry.example/sidecar:1',
    securityContext: {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}
