import { expect } from 'chai';
import { flameGraph, mostOwnTime, type CpuProfile } from '../../../../scripts/bench/pictures/flame-graph.ts';
import { lineChart } from '../../../../scripts/bench/pictures/line-chart.ts';

describe('The pictures of the benchmarks', () => {
  const call = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 });
  const profile: CpuProfile = {
    nodes: [
      { id: 1, callFrame: call('(root)'), children: [2, 3, 5] },
      { id: 2, callFrame: call('(idle)') },
      { id: 3, callFrame: call('decide', 'file:///somewhere/dist/domain/decide.js'), children: [4] },
      { id: 4, callFrame: call('encode', 'file:///somewhere/node_modules/avsc/lib/types.js') },
      { id: 5, callFrame: call('decide', 'file:///somewhere/dist/domain/decide.js') },
    ],
    samples: [2, 3, 4, 5],
    timeDeltas: [1000, 50, 30, 20],
  };

  it('show in a flame graph each function as wide as its share of the time that was not idle', () => {
    const svg = flameGraph(profile, 'A profile');
    expect(svg).to.include('<title>decide domain/decide.js:10 100.0 %</title>');
    expect(svg).to.include('<title>encode avsc/lib/types.js:10 30.0 %</title><rect width="360.0"');
    expect(svg).to.not.include('idle');
  });

  it('rank functions by what they take themselves', () => {
    expect(mostOwnTime(profile, 2)).to.deep.equal([
      { name: 'decide domain/decide.js:10', share: 0.7 },
      { name: 'encode avsc/lib/types.js:10', share: 0.3 },
    ]);
  });

  it('draw a line for each column, with its name at its end', () => {
    const rows = [
      { channels: 100, 'its µs': 300, 'Kafka µs': 100 },
      { channels: 100_000, 'its µs': 320, 'Kafka µs': 100 },
    ];
    const svg = lineChart(rows, {
      title: 'By channels',
      along: 'channels',
      scale: 'log',
      lines: ['its µs', 'Kafka µs'],
      unit: 'CPU µs',
    });
    expect(svg.match(/<polyline/g)).to.have.length(2);
    for (const words of ['its µs</text>', 'Kafka µs</text>', '>100,000</text>'])
      expect(svg).to.include(words);
    expect(svg).to.not.match(/NaN|undefined/);
  });
});
