const SLOWEST = 12;

/** Where the time went: each tier's sum over its files, and the slowest files. */
export const timeSpent = (seconds: Readonly<Record<string, number>>): string[] => {
  const files = Object.entries(seconds).sort(([, a], [, b]) => b - a);
  const tiers = new Map<string, number>();
  for (const [file, spent] of files) {
    const tier = file.split('/')[1] ?? '';
    tiers.set(tier, (tiers.get(tier) ?? 0) + spent);
  }
  const line = (spent: number, title: string): string => `${spent.toFixed(1).padStart(8)} s  ${title}`;
  return [
    'Where the time went (files run side by side, so the sums exceed the elapsed time):',
    ...[...tiers].map(([tier, spent]) => line(spent, `${tier}, all its files`)),
    ...files.slice(0, SLOWEST).map(([file, spent]) => line(spent, file)),
  ];
};
