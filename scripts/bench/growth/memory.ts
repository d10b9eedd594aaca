import { root } from '../../stack/folders.ts';
import type { Measured } from '../part.ts';
import { lineChart } from '../pictures/line-chart.ts';
import { serveFrom } from '../serve/contestants.ts';
import { runTrial, type TrialDeps } from '../serve/trial.ts';

const LOOKS = 10;

/** Shows whether one process keeps more and more memory as it works through a long backlog. */
export const measureMemory = async (commands: number, deps: TrialDeps): Promise<Measured> => {
  deps.progress.say(`Memory, over ${String(commands)} commands…`);
  const { samples, peakMb } = await runTrial(serveFrom(root), {
    ...deps,
    workload: { ...deps.workload, commands },
  });
  const rows = Array.from({ length: LOOKS }, (_, index) => {
    const share = (index + 1) / LOOKS;
    const sample = samples.find(({ done }) => done >= share * commands);
    return { 'commands done': Math.round(share * commands), 'resident MB': sample?.residentMb ?? Number.NaN };
  });
  return {
    part: 'growth: memory',
    beside: `resident memory of the processor after this many commands; the most at any moment is ${peakMb.toFixed(0)} MB`,
    picture: {
      file: 'growth-memory.svg',
      svg: lineChart(rows, {
        title: 'Resident memory over a backlog',
        along: 'commands done',
        scale: 'linear',
        lines: ['resident MB'],
        unit: 'MB',
      }),
    },
    rows,
  };
};
