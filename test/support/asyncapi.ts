/** The AsyncAPI document as programs read it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { root } from './readme.ts';

export type Headers = {
  readonly required: readonly string[];
  readonly properties: Readonly<
    Record<string, { readonly examples: readonly string[]; readonly enum?: readonly string[] }>
  >;
};

export type Message = {
  readonly name: string;
  readonly headers: Headers;
  readonly payload: object;
  readonly bindings: { readonly kafka: { readonly key: object } };
};

export type Channel = {
  readonly address: string | null;
  readonly messages: Readonly<Record<string, Message>>;
  readonly bindings?: { readonly kafka: { readonly topicConfiguration: Readonly<Record<string, unknown>> } };
};

export type Document = { readonly channels: Readonly<Record<string, Channel>> };

export const readDocument = (): Document =>
  parse(readFileSync(join(root, 'schemas/asyncapi.yaml'), 'utf8')) as Document;

/** The only message of a channel. */
export const messageOf = ({ channels }: Document, channel: string): Message => {
  const [message, ...others] = Object.values(channels[channel]?.messages ?? {});
  if (message === undefined || others.length > 0) throw new Error(`${channel} has no message, or several`);
  return message;
};

/** What JSON Schema finds wrong with a value. */
export const faultsIn = (schema: object, value: unknown): readonly string[] => {
  const validate = new Ajv.default({
    strict: false,
    validateFormats: false,
    validateSchema: false,
    meta: false,
  }).compile(schema);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ dataPath, message = '', params }: { dataPath?: string; message?: string; params?: unknown }) =>
      `${dataPath ?? ''} ${message} ${JSON.stringify(params)}`,
  );
};
