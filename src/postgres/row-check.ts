import { type Interceptor, type QueryResultRow, SchemaValidationError } from 'slonik';

/** slonik gives rows the type of the query's zod schema; this makes it true. `sql.unsafe` rows pass as they are. */
export const checkRows: Interceptor = {
  name: 'row-check',
  transformRow: ({ resultParser }, query, row) => {
    const parsed = resultParser?.safeParse(row);
    if (parsed === undefined) return row;
    if (!parsed.success) throw new SchemaValidationError(query, row, parsed.error.issues);
    return parsed.data as QueryResultRow;
  },
};
