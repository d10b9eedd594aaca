/**
 * What a migration creates, read from its text: a second list, kept by hand, would fall behind. Only statements at the start of a line count,
 * with one column or constraint a line, as all migrations are written. A test compares the names with those of a real database.
 */
export type SchemaObject = {
  readonly kind: 'table' | 'view' | 'function' | 'index' | 'constraint';
  readonly name: string;
  /** The table of an index or constraint. */
  readonly table: string | null;
  /** For an index or constraint: the SQL that creates it again, and that replaces one which is invalid or not unique. */
  readonly mend: string | null;
};

/** @param migration the text of one file */
export const schemaObjectsIn = (migration: string): readonly SchemaObject[] => [
  ...[...migration.matchAll(/^CREATE (TABLE|VIEW|FUNCTION) (\w+)/gm)].map(
    ([, kind = '', name = '']): SchemaObject => ({
      kind: kind.toLowerCase() as 'table' | 'view' | 'function',
      name,
      table: null,
      mend: null,
    }),
  ),
  ...[...migration.matchAll(/^CREATE TABLE (\w+) \(\n(.*?)^\)/gms)].flatMap(([, table = '', body = '']) =>
    body.split('\n').flatMap((line) => constraintsIn(table, line)),
  ),
  ...[...migration.matchAll(/^CREATE UNIQUE INDEX (\w+) ON (\w+) ([^;]+);/gm)].map(
    ([, name = '', table = '', definition = '']): SchemaObject => ({
      kind: 'index',
      name,
      table,
      mend: `DROP INDEX IF EXISTS runclose.${name}; CREATE UNIQUE INDEX ${name} ON runclose.${table} ${definition};`,
    }),
  ),
];

/** The constraints have no name of their own: Postgres gives them these. */
const constraintsIn = (table: string, line: string): readonly SchemaObject[] => {
  const [, column = ''] = /^ {2}([a-z]\w*) /.exec(line) ?? [];
  const [primary, columns = `(${column})`] = /PRIMARY KEY(?: (\(.+\)))?,?$/.exec(line) ?? [];
  const [, check] = /CHECK (\(.+\)),?$/.exec(line) ?? [];
  return [
    ...(primary === undefined ? [] : [constraint(table, `${table}_pkey`, `PRIMARY KEY ${columns}`)]),
    ...(/ UNIQUE,?$/.test(line) ? [constraint(table, `${table}_${column}_key`, `UNIQUE (${column})`)] : []),
    ...(check === undefined ? [] : [constraint(table, `${table}_${column}_check`, `CHECK ${check}`)]),
  ];
};

const constraint = (table: string, name: string, definition: string): SchemaObject => ({
  kind: 'constraint',
  name,
  table,
  mend: `ALTER TABLE runclose.${table} DROP CONSTRAINT IF EXISTS ${name}, ADD CONSTRAINT ${name} ${definition};`,
});
