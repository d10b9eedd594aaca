import type { Measured } from '../part.ts';
import type { Result } from './backlog.ts';
import type { Latency } from './latency.ts';

type Latencies = { readonly bare: readonly Latency[]; readonly serve: readonly Latency[] };

/** The targets of this project, next to the measured figures. `least` is a lower bound, `most` an upper bound. */
export const targetsTable = (results: readonly Result[], { bare, serve }: Latencies): Measured => {
  const of = (title: string) => results.find((each) => each.title === title)?.trial;
  const [one, ceiling, two] = [of('serve'), of('ceiling'), of('serve, two instances')];
  const workers = of('serve, two workers');
  const best = Math.max(
    ratio(one?.aSecond, ceiling?.aSecond),
    ratio(workers?.aSecond, of('ceiling, two instances')?.aSecond),
  );
  const earlier = results.find(({ title }) => title.startsWith('serve at '))?.trial;
  const bytes = (trial = one) => (trial === undefined ? undefined : trial.written.tables + trial.written.wal);
  const bareAt100 = bare.find(({ rate }) => rate === 100)?.p50;
  const rows = [
    target('serve as it is best configured / ceiling, configured alike', best, 'least', 0.8),
    target('serve / per message', ratio(one?.aSecond, of('per message')?.aSecond), 'least', 20),
    target('two instances / one', ratio(two?.aSecond, one?.aSecond), 'least', 1.6),
    target(
      'median latency at 100 a second / bare',
      ratio(serve.find(({ rate }) => rate === 100)?.p50, bareAt100),
      'most',
      1.5,
    ),
    target(
      'p99 at half saturation / bare median at 100 a second',
      ratio(serve.at(-1)?.p99, bareAt100),
      'most',
      10,
    ),
    target('resident MB', one?.peakMb, 'most', 300),
    target('seconds from start to first commit', one?.startSeconds, 'most', 2),
  ];
  if (earlier !== undefined)
    rows.push(
      target(
        'CPU time a command / the other version',
        ratio(one?.cpu.processor, earlier.cpu.processor),
        'most',
        0.6,
      ),
      target('bytes written to Postgres / the other version', ratio(bytes(), bytes(earlier)), 'most', 0.5),
    );
  return { part: 'serve: targets', beside: 'all of one run', rows };
};

const ratio = (a: number | undefined, b: number | undefined): number => (a ?? Number.NaN) / (b ?? Number.NaN);

const target = (what: string, measured: number | undefined, bound: 'least' | 'most', wanted: number) => ({
  target: what,
  measured: measured ?? Number.NaN,
  wanted: `at ${bound} ${String(wanted)}`,
});
