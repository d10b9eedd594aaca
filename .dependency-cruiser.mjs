/**
 * Imports point inwards: edges → use cases → domain. Edges never import each other; operations, cli and sdk compose them. Each third-party
 * package has one room, so that replacing it touches one folder. `test/architecture` shows that every rule fires.
 */
/** What every other room may know: the rules, and how records look in their topics. */
const INNER = 'domain|wire';
const USE_CASES = 'processor|replay';
const EDGES = 'kafka|avro|postgres|observability|resilience|scratch';
/** Secrets, certificates and tokens: every edge that opens connections presents them alike. */
const CREDENTIALS = 'credentials';
/** What the commands do, without a terminal. */
const OPERATIONS = 'operations';
const COMPOSERS = 'cli|sdk|testing';

/** Packages, and the only rooms that may import them. */
const ROOMS = {
  kafkajs: { packages: ['kafkajs', 'fzstd', 'snappy'], rooms: 'kafka' },
  lz4: { packages: ['lz4-napi'], rooms: 'kafka|postgres' },
  avro: { packages: ['avsc', '@kafkajs/confluent-schema-registry'], rooms: 'avro' },
  postgres: { packages: ['slonik', '@slonik/[^/]+', 'pg', 'pg-[^/]+'], rooms: 'postgres' },
  opossum: { packages: ['opossum'], rooms: 'resilience' },
  observability: {
    packages: ['pino', 'prom-client', '@grpc/grpc-js', '@opentelemetry/(?!api/)[^/]+'],
    rooms: 'observability',
  },
  tracing: { packages: ['@opentelemetry/api'], rooms: 'observability|sdk' },
  terminal: { packages: ['commander', 'cli-table3', 'cli-progress', 'picocolors'], rooms: 'cli' },
  charts: { packages: ['d3-[^/]+'], rooms: 'operations|cli' },
  zod: { packages: ['zod'], rooms: 'config|postgres|cli' },
};

/**
 * @param {[string, { packages: string[], rooms: string }]} room
 * @returns {import('dependency-cruiser').IForbiddenRuleType}
 */
const ruleOfRoom = ([name, { packages, rooms }]) => ({
  name: `${name}-in-its-room`,
  comment: `${packages.join(', ')} only in src/${rooms}`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/(${rooms})/` },
  to: { path: `(^|/)node_modules/(${packages.join('|')})/` },
});

/** @type {import('dependency-cruiser').IConfiguration} */
const config = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'rooms-of-kafka-have-an-order',
      comment: 'no two rooms of src/kafka need each other, even through different files',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/kafka/' },
      to: { path: '^src/kafka/', circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'a module that nothing imports and that imports nothing is dead',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '\\.json$' },
      to: {},
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      comment: 'the examples import `runclose`, as its users do: it may not be built yet',
      from: {},
      to: { couldNotResolve: true, pathNot: '^runclose(/|$)' },
    },
    {
      name: 'domain-imports-nothing',
      comment: 'not even node:',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'wire-imports-the-domain-alone',
      comment: 'what every room must know about records has no server behind it',
      severity: 'error',
      from: { path: '^src/wire/' },
      to: { path: '^src/', pathNot: `^src/(${INNER})/` },
    },
    {
      name: 'use-cases-import-inwards',
      comment:
        'a use case knows the domain and its own ports, and never a server; a replay decides with the code of the processor',
      severity: 'error',
      from: { path: `^src/(${USE_CASES})/` },
      to: { path: '^src/', pathNot: ['^src/$1/', `^src/(${INNER})/`, '^src/processor/'] },
    },
    {
      name: 'edges-import-inwards',
      comment: 'edges never import each other, nor what composes them',
      severity: 'error',
      from: { path: `^src/(${EDGES})/` },
      to: { path: '^src/', pathNot: ['^src/$1/', `^src/(${USE_CASES}|${CREDENTIALS}|${INNER})/`] },
    },
    {
      name: 'credentials-import-inwards',
      severity: 'error',
      from: { path: `^src/${CREDENTIALS}/` },
      to: { path: '^src/', pathNot: [`^src/${CREDENTIALS}/`, '^src/processor/failure\\.ts$'] },
    },
    {
      name: 'config-imports-no-edge',
      comment: 'configuration is read before anything is built from it',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^src/', pathNot: `^src/(config|${USE_CASES}|${CREDENTIALS}|${INNER})/` },
    },
    {
      name: 'operations-know-no-terminal',
      comment:
        'what a command does can run without the command line: it never imports the words that a person reads',
      severity: 'error',
      from: { path: `^src/${OPERATIONS}/` },
      to: { path: `^src/(${COMPOSERS})/` },
    },
    {
      name: 'sdk-is-no-command',
      comment: 'the command line is a client of the sdk, not the other way round',
      severity: 'error',
      from: { path: '^src/sdk/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'testing-reaches-no-server',
      comment: 'a test of another service needs neither kafkajs nor pg nor slonik; types do not count',
      severity: 'error',
      from: { path: '^src/testing/' },
      to: {
        path: [
          '^src/(postgres|observability|resilience|scratch|config|operations|cli)/',
          '^src/kafka/(client/client\\.ts|(consume|patches|read)/)',
          '^src/sdk/(run-|outcomes\\.ts)',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'records-reach-no-client',
      comment: 'services load runclose/records beside a Kafka client of their own',
      severity: 'error',
      from: { path: '^src/sdk/records\\.ts$' },
      to: {
        path: `(^src/(kafka|postgres|observability|resilience|${CREDENTIALS}|config|${OPERATIONS}|cli)/)|(^|/)node_modules/(?!avsc/)`,
        reachable: true,
      },
    },
    {
      name: 'rooms-are-known',
      comment: `a new folder under src needs a place in these rules`,
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: `^src/(${USE_CASES}|${EDGES}|${CREDENTIALS}|${OPERATIONS}|${COMPOSERS}|config|${INNER})/`,
      },
      to: {},
    },
    {
      name: 'src-stands-alone',
      comment: 'what is shipped imports neither tests nor scripts nor what only development has',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only', 'npm', 'npm-optional', 'npm-peer'],
      },
    },
    ...Object.entries(ROOMS).map(ruleOfRoom),
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^dist/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};

export default config;
