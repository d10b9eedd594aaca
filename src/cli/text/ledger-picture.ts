import { scaleBand, scaleLinear } from 'd3-scale';
import { ago } from '../../domain/words/ago.ts';
import { createNames } from '../../domain/words/names.ts';
import { fullBarOf } from './ledger.ts';
import type { ChannelView } from '../../operations/fairness/channel-view.ts';
import { balance, fairShare, runs } from './runs.ts';
import { oneLine } from '../../domain/visible-text.ts';
import { wrapped } from './width.ts';

const WIDTH = 760;
const ROW = 28;
const TOP = 56;
const NAMES = 240;
const NUMBERS = 250;

/** Draws a channel's ledger. Each person has a bar to the left (owes runs) or to the right (is ahead). Needs no font, script or style. */
export const ledgerPicture = (view: ChannelView): string => {
  const { channelId, lines, sequence } = view;
  const nameOf = createNames(lines);
  const fullBar = fullBarOf(lines);
  const height = TOP + ROW * lines.length + 12;
  const x = scaleLinear([-fullBar, fullBar], [NAMES, WIDTH - NUMBERS]);
  const y = scaleBand(
    lines.map(({ userId }) => userId),
    [TOP, TOP + ROW * lines.length],
  ).paddingInner(0.3);
  const even = x(0);
  const rows = lines.map((line) => {
    const top = y(line.userId) ?? 0;
    const middle = top + y.bandwidth() / 2;
    const end = x(line.balance);
    const name = nameOf(line);
    const who =
      name === line.userId || name.endsWith(` (${line.userId})`) ? name : `${name} (${line.userId})`;
    const numbers = `made ${String(line.served)} · fair share ${runs(fairShare(line))} · ${balance(line.balance)}`;
    return `<g><title>${text(`${who}: ${numbers}, last went: ${ago(sequence, line)}`)}</title>
<text x="${String(NAMES - 12)}" y="${px(middle)}" text-anchor="end" dominant-baseline="middle">${text(short(who))}</text>
<rect x="${px(Math.min(even, end))}" y="${px(top)}" width="${px(Math.abs(end - even))}" height="${px(y.bandwidth())}" fill="${line.balance < 0 ? '#b3541e' : '#2a7f62'}"/>
<text x="${String(WIDTH - NUMBERS + 12)}" y="${px(middle)}" dominant-baseline="middle">${text(numbers)}</text></g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(height)}" width="${String(WIDTH)}" height="${String(height)}" font-family="system-ui, sans-serif" font-size="13" role="img">
<title>${text(`Runs made against fair share in ${channelId}`)}</title>
<rect width="100%" height="100%" fill="#fff"/>
<text x="12" y="22" font-size="15" font-weight="bold">${text(`Runs made against fair share in ${channelId}`)}</text>
<text x="${px(even - 8)}" y="44" text-anchor="end" fill="#b3541e">owes runs</text>
<text x="${px(even + 8)}" y="44" fill="#2a7f62">is ahead</text>
<line x1="${px(even)}" x2="${px(even)}" y1="${String(TOP - 6)}" y2="${String(height - 6)}" stroke="#333"/>
${rows.join('\n')}
</svg>
`;
};

const MAX_NAME_COLUMNS = 30;

const short = (name: string): string => {
  const [first = '', second] = wrapped(name, MAX_NAME_COLUMNS);
  return second === undefined ? first : `${first}…`;
};

const px = (value: number): string => String(Math.round(value * 10) / 10);

const text = (value: string): string =>
  oneLine(value).replace(/[&<>"]/g, (character) => `&#${String(character.charCodeAt(0))};`);
