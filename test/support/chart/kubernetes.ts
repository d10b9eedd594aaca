/** Judges manifests as a strict API server would. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { obtainCustomResources, obtainKubernetesSchemas } from '../../../scripts/chart/schemas.ts';
import type { Container, Manifest, PodSpec } from './render.ts';

export type Judge = {
  /** The faults of the manifest, for each version of Kubernetes. */
  faultsIn(manifest: Manifest): readonly string[];
};

type Schema = { [keyword: string]: unknown };

const never = new AbortController().signal;
const silent = { say: () => undefined, update: () => undefined };
const deps = { progress: silent, signal: never };

export const openJudge = async (): Promise<Judge> => {
  const [folders, definitions] = [await obtainKubernetesSchemas(deps), await obtainCustomResources(deps)];
  const custom = new Map(definitions.flatMap((file) => schemasIn(readFileSync(file, 'utf8'))));
  const validators = Object.entries(folders).map(([version, folder]) => {
    const ajv = new Ajv.default({
      strict: false,
      validateFormats: false,
      validateSchema: false,
      allErrors: true,
    });
    ajv.addSchema(
      JSON.parse(readFileSync(join(folder, '_definitions.json'), 'utf8')) as Schema,
      '/api/_definitions.json',
    );
    return { version, ajv, validate: new Map<string, ReturnType<typeof ajv.compile>>(), folder };
  });
  return {
    faultsIn: (manifest) =>
      validators.flatMap(({ version, ajv, validate, folder }) => {
        const { apiVersion, kind } = manifest;
        const schema = custom.get(`${apiVersion} ${kind}`) ?? builtIn(folder, manifest);
        if (schema === undefined) return [`Kubernetes ${version} knows no ${kind} of ${apiVersion}`];
        const key = `${apiVersion} ${kind}`;
        const compiled = validate.get(key) ?? ajv.compile(schema);
        validate.set(key, compiled);
        if (compiled(manifest)) return [];
        return (compiled.errors ?? []).map(
          ({ instancePath, dataPath, message, params }: Fault) =>
            `Kubernetes ${version}: ${kind}${instancePath ?? dataPath ?? ''} ${message ?? ''} ${JSON.stringify(params)}`,
        );
      }),
  };
};

type Fault = { instancePath?: string; dataPath?: string; message?: string; params?: unknown };

const builtIn = (folder: string, { apiVersion, kind }: Manifest): Schema | undefined => {
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const parts = [kind.toLowerCase(), group.split('.')[0], version].filter(Boolean);
  const file = join(folder, `${parts.join('-')}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Schema) : undefined;
};

type Definition = {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
};

const schemasIn = (text: string): (readonly [string, Schema])[] => {
  const { spec } = parse(text) as Definition;
  return spec.versions.map(
    ({ name, schema }) =>
      [`${spec.group}/${name} ${spec.names.kind}`, strict(schema.openAPIV3Schema)] as const,
  );
};

/** Refuses unknown fields, which an API server drops, so that a typing mistake is noticed. */
const strict = (schema: Schema): Schema => {
  const result: Schema = { ...schema };
  if (isSchema(schema['properties'])) {
    result['properties'] = Object.fromEntries(
      Object.entries(schema['properties']).map(([name, property]) => [name, strict(property as Schema)]),
    );
    const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
    if (schema['additionalProperties'] === undefined && !isOpen) result['additionalProperties'] = false;
  }
  if (isSchema(schema['additionalProperties']))
    result['additionalProperties'] = strict(schema['additionalProperties']);
  // A pattern of Go with a flag inside, which JavaScript cannot read.
  if (String(schema['pattern']).includes('(?i)')) delete result['pattern'];
  if (isSchema(schema['items'])) result['items'] = strict(schema['items']);
  // The metadata of every object, whose schema only the API server knows.
  if (isSchema(schema['properties']) && 'apiVersion' in schema['properties'])
    (result['properties'] as Schema)['metadata'] = { type: 'object' };
  return result;
};

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NAME = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)$/;

/**
 * Faults that an API server finds although the schema allows them: names of labels and annotations, and two elements of a list with the
 * same name.
 */
export const beyondSchemas = (value: unknown, path = ''): readonly string[] => {
  if (typeof value !== 'object' || value === null) return [];
  const faults: string[] = [];
  if (Array.isArray(value)) {
    for (const key of ['name', 'mountPath']) {
      const names = value.flatMap((element) => (isSchema(element) && key in element ? [element[key]] : []));
      // The sources of a projected volume and KEDA's references may repeat a name, because other fields tell them apart.
      const mayRepeat =
        /(TargetRef|\.sources|\.env\.\d+)$/.test(path) || (key === 'name' && path.endsWith('volumeMounts'));
      if (new Set(names).size < names.length && !mayRepeat) faults.push(`${path} has a ${key} twice`);
    }
  }
  for (const [key, field] of Object.entries(value)) {
    const at = `${path}.${key}`;
    if (/\.(labels|matchLabels)$/.test(path) && !NAME.test(String(field)))
      faults.push(`${at} is no label: ${String(field)}`);
    if (/\.(labels|matchLabels|annotations)$/.test(path) && !NAME.test(key.split('/').at(-1) ?? ''))
      faults.push(`${at} is no name`);
    faults.push(...beyondSchemas(field, at));
  }
  return faults;
};

const RESTRICTED_VOLUMES = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** The pod's violations of the Pod Security Standard `restricted`. */
export const againstRestricted = (pod: PodSpec): readonly string[] => {
  const forbidden = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => field in pod);
  const volumes = (pod.volumes ?? []).flatMap((volume) =>
    Object.keys(volume).filter((key) => key !== 'name' && !RESTRICTED_VOLUMES.includes(key)),
  );
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  return [
    ...forbidden,
    ...volumes,
    ...containers.flatMap((container) => againstContainer(container, pod.securityContext ?? {})),
  ];
};

const againstContainer = (
  { name, securityContext = {} }: Container,
  ofPod: Readonly<Record<string, unknown>>,
): readonly string[] => {
  const effective = { ...ofPod, ...securityContext };
  const capabilities = securityContext['capabilities'] as { drop?: string[]; add?: string[] } | undefined;
  const seccomp = effective['seccompProfile'] as { type?: string } | undefined;
  const rules: Readonly<Record<string, boolean>> = {
    'may escalate its rights': securityContext['allowPrivilegeEscalation'] !== false,
    'is privileged': securityContext['privileged'] === true,
    'keeps capabilities': capabilities?.drop?.includes('ALL') !== true,
    'adds capabilities': (capabilities?.add ?? []).some((capability) => capability !== 'NET_BIND_SERVICE'),
    'may be root': effective['runAsNonRoot'] !== true || effective['runAsUser'] === 0,
    'has no seccomp profile': !['RuntimeDefault', 'Localhost'].includes(seccomp?.type ?? ''),
  };
  return Object.entries(rules).flatMap(([rule, isBroken]) => (isBroken ? [`${name} ${rule}`] : []));
};
