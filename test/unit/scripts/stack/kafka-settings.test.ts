import { expect } from 'chai';
import { kafkaSettings } from '../../../../scripts/stack/kafka-settings.ts';

const settingsOf = (id: number, brokers: number, controllerPorts: readonly number[]): string[] =>
  kafkaSettings({
    node: { id, brokers, controllerPorts, linkedThrough: [] },
    ports: [9000 + id, 9100 + id],
    data: '/data',
  }).split('\n');

describe('The settings of a broker', () => {
  it('make it a controller as well, if it is one', () => {
    const settings = settingsOf(1, 2, [9101]);
    expect(settings).to.include.members([
      'process.roles=broker,controller',
      'controller.quorum.voters=1@127.0.0.1:9101',
      'listeners=CLIENTS://127.0.0.1:9001,CONTROLLER://127.0.0.1:9101',
    ]);
  });

  it('make it a mere broker otherwise: if it stops, the others still choose leaders', () => {
    const settings = settingsOf(2, 2, [9101]);
    expect(settings).to.include.members([
      'process.roles=broker',
      'controller.quorum.voters=1@127.0.0.1:9101',
      'listeners=CLIENTS://127.0.0.1:9002',
      'default.replication.factor=2',
      'min.insync.replicas=1',
    ]);
  });

  it('keep three copies of everything on three brokers', () => {
    const settings = settingsOf(3, 3, [9101, 9102, 9103]);
    expect(settings).to.include.members([
      'process.roles=broker,controller',
      'default.replication.factor=3',
      'min.insync.replicas=2',
    ]);
  });
});
