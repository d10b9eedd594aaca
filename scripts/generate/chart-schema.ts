import type { Setting } from '../../src/config/settings.ts';
import { fileOf, hiddenSettings, isUrl, plainSettings, rangeOf, secretSettings } from './chart-settings.ts';
import { type Value, valuesIn } from './chart-values.ts';

type Schema = Readonly<Record<string, unknown>>;

/** helm/runclose/values.schema.json: every value, with limits that a default cannot express. Unknown keys are refused. */
export const chartSchema = (values: string): string =>
  JSON.stringify({
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...closedObject({
      ...properties(valuesIn(values)),
      // Helm passes it to every subchart.
      global: { type: 'object' },
    }),
    required: neverNull(valuesIn(values)),
    definitions: {
      config: closedObject(
        Object.fromEntries([
          ...plainSettings.flatMap(settingSchemas),
          // A secret itself must not stand there, but its path may.
          ...hiddenSettings.flatMap(fileSchemas),
        ]),
      ),
      secrets: closedObject(
        Object.fromEntries(
          secretSettings.map(({ variable }) => [variable, { $ref: '#/definitions/source' }]),
        ),
      ),
      source: closedObject({
        ...Object.fromEntries(
          ['secret', 'configMap', 'vault', 'csi', 'serviceAccountToken', 'key', 'template'].map((name) => [
            name,
            NAME,
          ]),
        ),
        env: { type: 'boolean' },
      }),
      texts: { type: 'object', additionalProperties: { type: 'string' } },
    },
  });

const closedObject = (schemas: Readonly<Record<string, unknown>>): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties: schemas,
});

const NAME: Schema = { type: 'string', minLength: 1 };
const COUNT: Schema = { type: 'integer', minimum: 0 };
const POSITIVE: Schema = { type: 'integer', minimum: 1 };
const CONFIG: Schema = { $ref: '#/definitions/config' };
const SECRETS: Schema = { $ref: '#/definitions/secrets' };
const TEXTS: Schema = { $ref: '#/definitions/texts' };
const ARGS: Schema = { type: 'array', items: { type: 'string' } };
const OBJECTS: Schema = { type: 'array', items: { type: 'object' } };
const PATIENCE = {
  initialDelaySeconds: COUNT,
  periodSeconds: POSITIVE,
  timeoutSeconds: POSITIVE,
  failureThreshold: POSITIVE,
};

/** Schemas by the value's path, or by the last part of the path. */
const SCHEMAS: Readonly<Record<string, Schema>> = {
  config: CONFIG,
  secrets: SECRETS,
  caBundle: closedObject({ secret: NAME, configMap: NAME, key: NAME }),
  // The API server takes any text, and no pod would start: the kubelet refuses a name in which a tag follows a tag.
  'image.repository': {
    type: 'string',
    pattern: '^([A-Za-z0-9.-]+:[0-9]+/|\\[[0-9a-fA-F:]+\\](:[0-9]+)?/|[A-Za-z0-9.-]+/)?[a-z0-9._/-]+$',
  },
  'image.tag': { type: 'string', pattern: '^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?)?$' },
  'image.digest': { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
  'image.pullPolicy': { enum: ['Always', 'IfNotPresent', 'Never'] },
  // Kubernetes takes only texts, although YAML has numbers and truth values.
  extraEnv: {
    type: 'array',
    items: {
      ...closedObject({ name: NAME, value: { type: 'string' }, valueFrom: { type: 'object' } }),
      required: ['name'],
    },
  },
  topologySpreadConstraints: { type: ['array', 'null'], items: { type: 'object' } },
  fullnameOverride: { type: 'string', pattern: '^([a-z]([-a-z0-9]*[a-z0-9])?)?$' },
  maxUnavailable: { type: ['integer', 'string'], pattern: '^([0-9]|[1-9][0-9]|100)%$', minimum: 0 },
  // The chart itself says what is asked.
  livenessProbe: closedObject({
    ...PATIENCE,
    successThreshold: { type: 'integer', enum: [1] },
    terminationGracePeriodSeconds: POSITIVE,
  }),
  readinessProbe: closedObject({ ...PATIENCE, successThreshold: POSITIVE }),
  'networkPolicy.ingress': {
    type: 'array',
    items: {
      ...closedObject({
        podSelector: { type: 'object' },
        namespaceSelector: { type: 'object' },
        ipBlock: { type: 'object' },
      }),
      minProperties: 1,
    },
  },
  'networkPolicy.egress': { type: 'array', items: closedObject({ to: OBJECTS, ports: OBJECTS }) },
  annotations: TEXTS,
  labels: TEXTS,
  commonLabels: TEXTS,
  podLabels: TEXTS,
  podAnnotations: TEXTS,
  nodeSelector: TEXTS,
  args: ARGS,
  schedule: NAME,
  timeZone: NAME,
  maxReplicaCount: POSITIVE,
  minReplicas: POSITIVE,
  maxReplicas: POSITIVE,
  lagSeconds: POSITIVE,
  certificateDays: POSITIVE,
  lagThreshold: POSITIVE,
  pollingInterval: POSITIVE,
  activeDeadlineSeconds: POSITIVE,
  targetCPUUtilizationPercentage: { type: ['integer', 'null'], minimum: 1 },
};

const properties = (values: readonly Value[]): Readonly<Record<string, Schema>> =>
  Object.fromEntries(
    values.map((value) => {
      const { path, comment } = value;
      const description = comment === '' ? {} : { description: comment };
      return [lastPart(path), { ...schemaOf(value), ...description }];
    }),
  );

const schemaOf = ({ path, value, children }: Value): Schema => {
  const known = SCHEMAS[path] ?? SCHEMAS[lastPart(path)];
  if (known !== undefined) return known;
  if (children !== undefined) return { ...closedObject(properties(children)), required: neverNull(children) };
  if (Array.isArray(value)) return OBJECTS;
  if (typeof value === 'number') return COUNT;
  return { type: typeof value };
};

/** Helm removes a value that the user sets to null. Templates handle that if the value may be empty by default. */
const neverNull = (values: readonly Value[]): readonly string[] =>
  values
    .filter(({ value, children, path }) => {
      const isFilled =
        typeof value === 'number' ||
        typeof value === 'boolean' ||
        (typeof value === 'string' && value !== '');
      return children === undefined
        ? isFilled && !MAY_BE_NULL.includes(path)
        : !HAS_NO_DEFAULTS.includes(path);
    })
    .map(({ path }) => lastPart(path));

const MAY_BE_NULL = ['nodeOptions', 'autoscaling.targetCPUUtilizationPercentage'];
/** Every setting in these values is empty by default. */
const HAS_NO_DEFAULTS = ['config'];

const lastPart = (path: string): string => path.slice(path.lastIndexOf('.') + 1);

const settingSchemas = (setting: Setting): readonly (readonly [string, Schema])[] => [
  [setting.variable, settingSchema(setting)],
  ...fileSchemas(setting),
];

const fileSchemas = ({ variable, fromFile }: Setting): readonly (readonly [string, Schema])[] =>
  fromFile === undefined ? [] : [[fileOf(variable), { type: 'string', pattern: '^(/.*)?$' }]];

/** An empty text leaves the setting out. Helm shows a text that does not match: a template checks a URL that may have a password. */
const settingSchema = (setting: Setting): Schema => {
  const { values } = setting;
  switch (values.kind) {
    case 'text':
      return values.pattern === undefined
        ? { type: 'string' }
        : { type: 'string', pattern: `^$|${values.pattern}${isUrl(setting) ? '|@' : ''}` };
    case 'choice': {
      // The program takes both cases, and the brokers' documents write them in capitals.
      const capitals = values.choices.map((choice) => choice.toUpperCase());
      const truths = values.choices.includes('true') ? [true, false] : [];
      return { enum: ['', ...values.choices, ...capitals, ...truths] };
    }
    case 'number': {
      const { min, max } = rangeOf(setting) ?? values;
      const number = { type: 'integer', minimum: min, maximum: max };
      // Without zeros in front: YAML and the templates would take the number for an octal one, and the program would not.
      return { anyOf: [number, { type: 'string', pattern: '^(0|[1-9][0-9]{0,8})?$' }] };
    }
  }
};
