/**
 * Proves that bytes are exactly one value of a writer's type, before avsc reads them. avsc trusts its input, and reads past the end without
 * an error. So one wrong byte in the count of an array would make avsc loop, or allocate memory for billions of items.
 */
import avro from 'avsc';
import type { Type } from 'avsc';
import { LongOutOfRange, readLong } from './long.ts';

/** Both throw `Malformed`. */
export type BoundsCheck = {
  /** Checks that the bytes from `start` to the end of the buffer are exactly one value. */
  readonly one: (buf: Buffer, start: number) => void;
  /** Returns the end of the value that begins at `start`. */
  readonly end: (buf: Buffer, start: number) => number;
};

/** Bytes that are no value of the type. The message names the path and the position, never a value. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
  readonly problem: string;
  readonly path: string;

  constructor(problem: string, path = '') {
    super(path === '' ? problem : `${path}: ${problem}`);
    this.problem = problem;
    this.path = path;
  }
}

const VISITS_PER_BYTE = 16;
const SPARE_VISITS = 1024;

export const createBoundsCheck = (type: Type): BoundsCheck => {
  const step = stepOf(type, new Map());
  const begin = (buf: Buffer, pos: number): Walk => ({
    buf,
    pos,
    depth: 0,
    visits: SPARE_VISITS + VISITS_PER_BYTE * (buf.length - pos),
  });
  return {
    one: (buf, start) => {
      const walk = begin(buf, start);
      step(walk);
      if (walk.pos < buf.length) throw new Malformed(`trailing bytes: ${String(buf.length - walk.pos)}`);
    },
    end: (buf, start) => {
      const walk = begin(buf, start);
      step(walk);
      return walk.pos;
    },
  };
};

type Walk = { readonly buf: Buffer; pos: number; depth: number; visits: number };
type Step = (walk: Walk) => void;

/** Without these limits, recursive types would overflow the stack, and items of zero bytes would make short records loop for long. */
const MAX_DEPTH = 64;

const stepOf = (type: Type, known: Map<Type, Step>): Step => {
  const { types } = avro;
  if (type instanceof types.StringType || type instanceof types.BytesType) return text;
  if (type instanceof types.LongType) return long;
  if (type instanceof types.IntType) return int;
  if (type instanceof types.BooleanType) return boolean;
  if (type instanceof types.NullType) return () => undefined;
  if (type instanceof types.FloatType) return bytesOf(4);
  if (type instanceof types.DoubleType) return bytesOf(8);
  if (type instanceof types.FixedType) return bytesOf(type.size);
  if (type instanceof types.EnumType) return indexBelow(type.symbols.length);
  if (type instanceof types.ArrayType) return blocksOf(stepOf(type.itemsType, known));
  if (type instanceof types.MapType) return blocksOf(inTurn([text, stepOf(type.valuesType as Type, known)]));
  if (type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType) {
    return oneOf(type.types.map((branch) => stepOf(branch, known)));
  }
  if (type instanceof types.RecordType) return recordOf(type, known);
  throw new TypeError(`no bounds are known for the Avro type ${type.typeName}`);
};

const recordOf = (type: avro.types.RecordType, known: Map<Type, Step>): Step => {
  const earlier = known.get(type);
  if (earlier !== undefined) return earlier;
  const names = type.fields.map((field) => field.name);
  const steps: Step[] = [];
  const record: Step = (walk) => {
    if (++walk.depth > MAX_DEPTH) throw new Malformed(`records nested more than ${String(MAX_DEPTH)} deep`);
    visit(walk);
    let i = 0;
    try {
      for (; i < steps.length; i++) (steps[i] as Step)(walk);
    } catch (error) {
      throw within(names[i] as string, error);
    }
    walk.depth--;
  };
  known.set(type, record);
  for (const field of type.fields) steps.push(stepOf(field.type, known));
  return record;
};

/** Arrays and maps are blocks: a count, then that many items. After a negative count comes the block's size in bytes. */
const blocksOf =
  (item: Step): Step =>
  (walk) => {
    let items = 0;
    for (;;) {
      const count = size(walk);
      if (count === 0) return;
      const end = count < 0 ? size(walk) + walk.pos : undefined;
      for (let itemsLeft = Math.abs(count); itemsLeft > 0; itemsLeft--, items++) {
        visit(walk);
        try {
          item(walk);
        } catch (error) {
          throw within(`[${String(items)}]`, error);
        }
      }
      if (end !== undefined && end !== walk.pos)
        throw new Malformed('a block whose size differs from the size it states');
    }
  };

const inTurn =
  (steps: readonly Step[]): Step =>
  (walk) => {
    for (const step of steps) step(walk);
  };

const oneOf =
  (branches: readonly Step[]): Step =>
  (walk) => {
    const index = size(walk);
    const branch = branches[index];
    if (branch === undefined)
      throw new Malformed(`no branch ${String(index)} in a union of ${String(branches.length)}`);
    branch(walk);
  };

const indexBelow =
  (limit: number): Step =>
  (walk) => {
    const index = size(walk);
    if (index < 0 || index >= limit)
      throw new Malformed(`no symbol ${String(index)} in an enum of ${String(limit)}`);
  };

const bytesOf =
  (length: number): Step =>
  (walk) => {
    advance(walk, length);
  };

const text: Step = (walk) => {
  const length = size(walk);
  if (length < 0) throw new Malformed('a negative length');
  advance(walk, length);
};

const long: Step = (walk) => {
  size(walk);
};

const int: Step = (walk) => {
  const value = size(walk);
  if (value !== (value | 0)) throw new Malformed('an int beyond 32 bits');
};

const boolean: Step = (walk) => {
  const byte = walk.buf[walk.pos];
  advance(walk, 1);
  if (byte !== 0 && byte !== 1) throw new Malformed('a boolean that is neither 0 nor 1');
};

const size = (walk: Walk): number => {
  const { buf, pos } = walk;
  if (pos < buf.length) {
    const byte = buf[pos] as number;
    if (byte < 0x80) {
      walk.pos = pos + 1;
      return (byte >> 1) ^ -(byte & 1);
    }
  }
  try {
    const value = readLong(walk);
    if (walk.pos <= buf.length) return value;
  } catch (error) {
    if (!(error instanceof LongOutOfRange)) throw error;
    throw new Malformed(error.message);
  }
  throw new Malformed('truncated');
};

const advance = (walk: Walk, length: number): void => {
  walk.pos += length;
  if (walk.pos > walk.buf.length) throw new Malformed('truncated');
};

const visit = (walk: Walk): void => {
  if (--walk.visits < 0) throw new Malformed('more values than its bytes can hold');
};

const within = (segment: string, error: unknown): unknown => {
  if (!(error instanceof Malformed)) return error;
  const separator = error.path === '' || error.path.startsWith('[') ? '' : '.';
  return new Malformed(error.problem, `${segment}${separator}${error.path}`);
};
