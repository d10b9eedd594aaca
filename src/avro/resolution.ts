/**
 * Schema resolution as Avro's specification defines it. avsc alone is stricter, so this module adds two points:
 * - Names of records match without their namespaces.
 * - A writer's union can be read if at least one of its branches can. Only a value of another branch is an error.
 */
import avro from 'avsc';
import type { Type } from 'avsc';
import { attempt } from './attempt.ts';
import { Malformed } from './bounds-check.ts';

type Resolver = ReturnType<Type['createResolver']>;

/** Reads a value that `writer` has written as a value of `reader`. Throws if no value of the writer can be read. */
export const resolverBetween = (reader: Type, writer: Type): Resolver =>
  reader.createResolver(writer, { ignoreNamespaces: true });

/** These methods are internals of avsc, whose version is pinned. */
type Reading = { _read(tap: { pos: number }): unknown };

const prototype = avro.Type.prototype as {
  createResolver(this: Type, writer: Type, options?: object): unknown;
};
const createResolver = prototype.createResolver;

prototype.createResolver = function (writer, options: { ignoreNamespaces?: boolean } = {}) {
  const { types } = avro;
  // avsc hands its options on to the types inside. A caller that asks avsc itself, for example to check a new schema, gets avsc's own
  // answer.
  if (options.ignoreNamespaces !== true) return createResolver.call(this, writer, options);
  if (!(writer instanceof types.UnwrappedUnionType || writer instanceof types.WrappedUnionType))
    return createResolver.call(this, writer, options);
  const branches = writer.types.map((branch) => readingOf(this, branch, options));
  if (branches.every((branch) => branch === null))
    throw new TypeError(`no branch of the union can be read as ${this.typeName}`);
  const read = (tap: Tap): unknown => {
    const branch = branches[tap.readLong()];
    if (branch === null || branch === undefined)
      throw new Malformed(`a branch of a union that cannot be read as ${String(this.branchName)}`);
    return branch._read(tap);
  };
  const resolver = {
    _readerType: this,
    _read: read,
    _peek: (tap: Tap) => {
      const { pos } = tap;
      const value = read(tap);
      tap.pos = pos;
      return value;
    },
  };
  return resolver;
};

type Tap = { pos: number; readLong(): number };

const readingOf = (reader: Type, branch: Type, options: object): Reading | null =>
  attempt(() => prototype.createResolver.call(reader, branch, options) as Reading) ?? null;
