import { sql, type FragmentSqlToken } from 'slonik';
import { z } from 'zod';

/** All rows of a query as one value: a list of objects. For queries that rarely find more than a few rows. */
export const jsonRows = (query: FragmentSqlToken): FragmentSqlToken =>
  sql.fragment`(SELECT coalesce(json_agg(found), '[]') FROM (${query}) AS found)`;

/** A `bytea` in JSON. */
export const jsonBytes = z.string().transform((text) => Buffer.from(text.slice(HEX_PREFIX.length), 'hex'));

const HEX_PREFIX = '\\x';
