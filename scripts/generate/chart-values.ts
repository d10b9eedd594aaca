import { isCollection, isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { plainSettings } from './chart-settings.ts';

const BEGIN = '  # (settings: made from src/config by `npm run generate`)\n';
const END = '# (end of settings)\n';

/** values.yaml with the current settings. */
export const chartValues = (values: string): string => {
  const [from, to] = [values.indexOf(BEGIN), values.indexOf(END)];
  if (from < 0 || to < from)
    throw new Error('helm/runclose/values.yaml lacks the markers around its settings');
  const settings = plainSettings.map(
    ({ variable, meaning, byDefault, isRequired }) =>
      `  # ${sentence(meaning)}${isRequired ? ' Required.' : ''}${byDefault === undefined ? '' : ` Default: ${byDefault}.`}\n  ${variable}: ''\n`,
  );
  return `${values.slice(0, from)}${BEGIN}${settings.join('')}${values.slice(to)}`;
};

export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

export type Value = {
  readonly path: string;
  readonly comment: string;
  readonly value: unknown;
  /** Undefined if the chart treats this as one value: a scalar, a list, or a map that goes to Kubernetes unchanged. */
  readonly children: readonly Value[] | undefined;
};

/** Maps for Kubernetes, which the chart passes on unchanged. */
const AS_KUBERNETES_WRITES =
  /(^|\.)(resources|livenessProbe|readinessProbe|podSecurityContext|securityContext|behavior)$/;

export const valuesIn = (text: string): readonly Value[] => {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new Error('helm/runclose/values.yaml is not a map');
  return childrenOf(contents, '');
};

const childrenOf = (map: YAMLMap, above: string): readonly Value[] =>
  map.items.map((pair, index) => {
    const key = String(isScalar(pair.key) ? pair.key.value : pair.key);
    const path = above === '' ? key : `${above}.${key}`;
    // The comment before a map's first key belongs to the map.
    const before =
      (isScalar(pair.key) ? pair.key.commentBefore : undefined) ?? (index === 0 ? map.commentBefore : '');
    const { value } = pair;
    const isOpen = isMap(value) && value.items.length > 0 && !AS_KUBERNETES_WRITES.test(path);
    return {
      path,
      comment: textOf(before ?? ''),
      value: (isScalar(value) || isCollection(value) ? value.toJSON() : null) as unknown,
      children: isOpen ? childrenOf(value, path) : undefined,
    };
  });

/** The last paragraph of a comment: earlier ones are about the file. */
const textOf = (comment: string): string =>
  (comment.split(/\n\s*\n/).at(-1) ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => !/^\(.*\)$/.test(line))
    .join(' ');
