import { parseArgs } from 'node:util';

export const PARTS = ['verify', 'emit', 'serve'] as const;
export type PartName = (typeof PARTS)[number];

export type BenchOptions = {
  readonly parts: readonly PartName[];
  readonly size: 'quick' | 'usual' | 'full';
  /** Another version of `serve` to measure in the same run: a commit, or the folder of a compiled checkout. */
  readonly against?: string;
  readonly growth: 'measure' | 'leave out';
  /** What else to do with the measured figures. */
  readonly afterwards: 'nothing' | 'write docs' | 'check ratio' | 'note ratio';
  readonly output: 'table' | 'json';
};

export type Arguments = { readonly kind: 'run'; readonly options: BenchOptions } | { readonly kind: 'help' };

/** Throws for wrong use, with the reason. */
export const readOptions = (args: readonly string[]): Arguments => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      against: { type: 'string' },
      growth: { type: 'boolean', default: false },
      docs: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      'note-ratio': { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  const parts = positionals.map((name) => {
    const part = PARTS.find((each) => each === name);
    if (part === undefined) throw new Error(`there is no ${name} to measure, only ${PARTS.join(', ')}`);
    return part;
  });
  const [afterwards = 'nothing', ...others] = [
    ...(values.docs ? (['write docs'] as const) : []),
    ...(values.check ? (['check ratio'] as const) : []),
    ...(values['note-ratio'] ? (['note ratio'] as const) : []),
  ];
  if (others.length > 0)
    throw new Error('--docs, --check and --note-ratio exclude each other: give one of them');
  if ((afterwards !== 'nothing' || values.growth) && parts.join() !== 'serve')
    throw new Error('--growth, --docs, --check and --note-ratio work only with serve');
  return {
    kind: 'run',
    options: {
      growth: values.growth || values.docs ? 'measure' : 'leave out',
      afterwards,
      parts: parts.length === 0 ? PARTS : parts,
      size: values.quick ? 'quick' : values.full ? 'full' : 'usual',
      ...(values.against !== undefined && { against: values.against }),
      output: values.json ? 'json' : 'table',
    },
  };
};

export const HELP = `\
npm run bench -- verify                  "replay verify" on files of 10,000 and 100,000 commands
npm run bench -- verify --full --json    1,000,000 as well, with the figures for a machine
npm run bench -- emit                    "replay emit" of 200,000 commands' events, on the stack
npm run bench -- serve                   "serve" on a backlog of 200,000 commands, on servers of its own
npm run bench -- serve --quick --against main    40,000 commands, beside the same by another commit
npm run bench -- serve --docs            everything about "serve", written to docs/performance.md

Times mean nothing by themselves, because machines and their load differ. So each figure is compared with one
that was taken in the same run: speed with reading the same file with avsc alone on one thread, memory with the
memory for the smallest file, and emitting with writing the same records in plain transactions.

  --quick          fewer commands, in a minute: the ratios are less exact
  --full           longer histories too; three rounds of "serve"
  --against WHAT   measures another version of "serve" in the same run, in turns: a commit, or the folder of
                   a compiled checkout
  --growth         measures what a command costs as channels, history, orders, partitions and members grow, how much
                   memory a long backlog takes, and how long a start takes; the pictures are in .stack/bench
  --docs           with --growth, writes docs/performance.md, its pictures and docs/capacity.md
  --check          with --quick, fails if the ratio of "serve" to the ceiling fell by a third; up to three tries
  --note-ratio     with --quick, notes the ratio that --check compares with
  --json           prints the figures as one JSON object
  --help           this

Exit codes: 0 done; 1 it could not run; 2 the ratio fell; 64 wrong use; 130 interrupted, with nothing left behind.
`;
