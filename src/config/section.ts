import type { z } from 'zod';
import type { Secret } from '../credentials/secret.ts';
import type { ConfigProblem } from './config-error.ts';

/** The texts of the variables that are set. */
export type Texts<Name extends string = string> = { readonly [N in Name]?: string };

/** A `pem` variable may hold the path of a file instead, as clients of Kafka and Postgres do. */
export type Secrets<Name extends string = string> = { readonly [N in Name]?: 'text' | 'pem' };

/** By variable: the secret's text, or a function that reads its file again. */
export type Renewable<Name extends string = string> = { readonly [N in Name]?: Secret };

/** The variables of a section, as read from the environment and from files. */
export type Reading = {
  readonly texts: Texts;
  /** The same secrets for later connections: secrets in files are read again. */
  readonly secrets: Readonly<Record<string, Secret>>;
  /** By variable. The text of such a variable is unknown. */
  readonly problems: ReadonlyMap<string, ConfigProblem>;
};

/** Variables that belong together, and the settings that they make up. */
export type Section<Shape extends z.ZodRawShape, Settings> = {
  readonly variables: Shape;
  /** What each variable is for, in Markdown: for the documents, the chart, and `runclose config`. */
  readonly meanings: { readonly [N in keyof Shape & string]: string };
  /** Variables that may come from the file that `<NAME>_FILE` names. */
  readonly secrets: Secrets<keyof Shape & string>;
  /** Adds texts that other texts refer to, such as a file that a URL names. */
  expand?(reading: Reading): Reading;
  /** Contradictions between variables. Works on texts, so that contradictions are reported together with wrong values. */
  conflicts?(texts: Texts<keyof Shape & string>): readonly ConfigProblem[];
  settings(values: z.output<z.ZodObject<Shape>>, secrets: Renewable<keyof Shape & string>): Settings;
};

/** Only for the types: TypeScript infers them from the argument. */
export const section = <Shape extends z.ZodRawShape, Settings>(
  definition: Section<Shape, Settings>,
): typeof definition => definition;

export type SettingsOf<S> = S extends { settings(values: never, secrets: never): infer Settings }
  ? Settings
  : never;

type Present<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Removes undefined properties: clients treat a setting that is undefined differently from one that is absent. */
export const present = <T extends object>(object: T): Present<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Present<T>;
