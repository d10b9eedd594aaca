/** The fields of V8's CPU profile (`node --cpu-prof`) that are used here. */
export type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
};

type Frame = {
  readonly name: string;
  readonly own: number;
  readonly total: number;
  readonly children: readonly Frame[];
};

const WIDTH = 1200;
const ROW = 16;
/** Narrower frames are left out, because nobody could read them or point at them. */
const MIN_WIDTH_PX = 1.2;
/** Modules that load each other make stacks of hundreds of frames. */
const MAX_DEPTH = 40;
const IDLE = '(idle)';

/**
 * Draws an SVG with each function above the functions that it calls. The width of a frame is its share of the time. Pointing at a frame
 * shows its name.
 */
export const flameGraph = (profile: CpuProfile, title: string): string => {
  const root = treeOf(profile);
  const rows: string[] = [];
  let depth = 0;
  const draw = (frame: Frame, x: number, level: number): void => {
    const width = (WIDTH * frame.total) / root.total;
    if (width < MIN_WIDTH_PX || level > MAX_DEPTH) return;
    depth = Math.max(depth, level);
    const share = ((100 * frame.total) / root.total).toFixed(1);
    const name = escapeXml(frame.name);
    const letters = Math.floor(width / 6.2);
    const label = letters < 4 ? '' : `<text x="3" y="12">${escapeXml(frame.name.slice(0, letters))}</text>`;
    rows.push(
      `<g transform="translate(${x.toFixed(1)} ${String(level * ROW)})"><title>${name} ${share} %</title>` +
        `<rect width="${width.toFixed(1)}" height="${String(ROW - 1)}" fill="${colorOf(frame.name)}"/>${label}</g>`,
    );
    let at = x;
    for (const child of frame.children) {
      draw(child, at, level + 1);
      at += (WIDTH * child.total) / root.total;
    }
  };
  draw(root, 0, 0);
  const height = (depth + 1) * ROW;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(height + 24)}" role="img" aria-label="${escapeXml(title)}">` +
    `<style>text{font:10px monospace;fill:#111}.title{font:13px system-ui,sans-serif;fill:#888}</style>` +
    `<text class="title" x="3" y="15">${escapeXml(title)}</text><g transform="translate(0 24)">${rows.join('\n')}</g></svg>\n`
  );
};

export type OwnTime = { readonly name: string; readonly share: number };

/** The functions with the most own time, without the functions that they call, as shares of the time that was not idle. */
export const mostOwnTime = (profile: CpuProfile, count: number): readonly OwnTime[] => {
  const root = treeOf(profile);
  const own = new Map<string, number>();
  const add = (frame: Frame): void => {
    own.set(frame.name, (own.get(frame.name) ?? 0) + frame.own);
    frame.children.forEach(add);
  };
  add(root);
  return [...own]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, time]) => ({ name, share: time / root.total }));
};

/** The tree without idle time. All calls of one function by the same caller are one frame. The widest frames come first. */
const treeOf = ({ nodes, samples, timeDeltas }: CpuProfile): Frame => {
  const own = new Map<number, number>();
  for (const [index, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const build = (name: string, ids: readonly number[]): Frame => {
    const called = new Map<string, number[]>();
    for (const child of ids.flatMap((id) => byId.get(id)?.children ?? [])) {
      const node = byId.get(child);
      if (node === undefined || node.callFrame.functionName === IDLE) continue;
      const callee = nameOf(node.callFrame);
      called.set(callee, [...(called.get(callee) ?? []), child]);
    }
    const children = [...called].map((entry) => build(...entry)).sort((a, b) => b.total - a.total);
    const ownTime = ids.reduce((sum, id) => sum + (own.get(id) ?? 0), 0);
    return { name, own: ownTime, total: children.reduce((sum, { total }) => sum + total, ownTime), children };
  };
  const [root] = nodes;
  return build('all', root === undefined ? [] : [root.id]);
};

/** The function and its file. The path begins with the package or with the folder of this project. */
const nameOf = ({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string => {
  const file = /(?:node_modules\/|dist\/|^node:)(.+)$/.exec(url)?.[1];
  const name = functionName === '' ? 'anonymous' : functionName;
  return file === undefined ? name : `${name} ${file}:${String(lineNumber + 1)}`;
};

/** One hue for each place: packages red, this project blue, Node and the engine grey. */
const colorOf = (name: string): string => {
  if (/ (?:avro|cli|domain|kafka|observability|operations|postgres|processor|resilience|wire)\//.test(name))
    return '#8fb4f0';
  if (name.startsWith('(')) return '#d8d8d8';
  return / \S+\/\S+:\d+$/.test(name) && !/ internal\//.test(name) ? '#f0b08f' : '#cfd6c4';
};

const escapeXml = (plain: string): string =>
  plain.replace(/[&<>"]/g, (character) => `&#${String(character.charCodeAt(0))};`);
