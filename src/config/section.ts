import type { z } from 'zod';
import type { Secret } from '../credentials/secret.ts';
import type { ConfigProblem } from './config-error.ts';

/** What the variables hold, unset ones left out. */
export type Texts<Name extends string = string> = { readonly [N in Name]?: string };

/** A `pem` may also be the path of a file itself, as clients of Kafka and Postgres expect. */
export type Secrets<Name extends string = string> = { readonly [N in Name]?: 'text' | 'pem' };

/** By variable: the secret's text, or a function that reads its file again. */
export type Renewable<Name extends string = string> = { readonly [N in Name]?: Secret };

/** What a section's variables hold. */
export type Reading = {
  readonly texts: Texts;
  /** The same secrets for later connections: secrets in files are read again. */
  readonly secrets: Readonly<Record<string, Secret>>;
  /** By the variable whose text is unknown because of the problem. */
  readonly problems: ReadonlyMap<string, ConfigProblem>;
};

/** The variables that belong together, and the settings made of them. */
export type Section<Shape extends z.ZodRawShape, Settings> = {
  readonly variables: Shape;
  /** What each variable is for, in Markdown: for the documents, the chart, and `runclose config`. */
  readonly meanings: { readonly [N in keyof Shape & string]: string };
  /** Variables that may come from the file that `<NAME>_FILE` names. */
  readonly secrets: Secrets<keyof Shape & string>;
  /** Adds texts that other texts refer to, such as a file that a URL names. */
  expand?(reading: Reading): Reading;
  /** What is wrong between variables, judged by the text they hold, so that it is told along with wrong values. */
  conflicts?(texts: Texts<keyof Shape & string>): readonly ConfigProblem[];
  settings(values: z.output<z.ZodObject<Shape>>, secrets: Renewable<keyof Shape & string>): Settings;
};

/** Infers the types of a section. */
export const section = <Shape extends z.ZodRawShape, Settings>(it: Section<Shape, Settings>): typeof it => it;

export type SettingsOf<S> = S extends { settings(values: never, secrets: never): infer Settings }
  ? Settings
  : never;

type Present<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The object without its undefined properties: clients tell an absent setting from an undefined one. */
export const present = <T extends object>(object: T): Present<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Present<T>;
