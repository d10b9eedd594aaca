import { type Interceptor, type QueryResultRow, SchemaValidationError } from 'slonik';

/** slonik types rows by the query's zod schema, but does not check them. This interceptor does. Rows of `sql.unsafe` are not checked. */
export const checkRows: Interceptor = {
  name: 'row-check',
  transformRow: ({ resultParser }, query, row) => {
    const parsed = resultParser?.safeParse(row);
    if (parsed === undefined) return row;
    if (!parsed.success) throw new SchemaValidationError(query, row, parsed.error.issues);
    return parsed.data as QueryResultRow;
  },
};
