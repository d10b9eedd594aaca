import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { pom } from '../../scripts/stack/kafka-jars.ts';
import { readPins } from '../../scripts/stack/pinned-artifacts.ts';
import { ARTIFACT } from '../../scripts/stack/registry.ts';

const AGAIN = 'run `npm run pin`';

describe('the artifacts that are fetched if Maven is missing', () => {
  const { kafka, registry, pom: pinnedPom } = readPins();

  it('are those of the pom.xml', () => {
    const text = readFileSync(pom, 'utf8');
    expect(pinnedPom, AGAIN).to.equal(createHash('sha256').update(text).digest('hex'));
    const wanted = [
      ...text.matchAll(
        /<groupId>(.*?)<\/groupId>\s*<artifactId>(.*?)<\/artifactId>\s*<version>(.*?)<\/version>\s*<\/dependency>/g,
      ),
    ].map(([, group = '', name = '', version = '']) =>
      [...group.split('.'), name, version, `${name}-${version}.jar`].join('/'),
    );
    expect(wanted).to.have.length(3);
    expect(
      kafka.map(({ path }) => path),
      AGAIN,
    ).to.include.members(wanted);
  });

  it('are those of the registry', () => {
    const [group = '', name = '', version = '', type = '', classifier = ''] = ARTIFACT.split(':');
    expect(
      registry.map(({ path }) => path),
      AGAIN,
    ).to.deep.equal([
      [...group.split('.'), name, version, `${name}-${version}-${classifier}.${type}`].join('/'),
    ]);
  });

  it('are each known by a checksum, and have names of their own in one folder', () => {
    for (const { sha256, bytes } of [...kafka, ...registry]) {
      expect(sha256).to.match(/^[0-9a-f]{64}$/);
      expect(bytes).to.be.greaterThan(0);
    }
    const names = kafka.map(({ path }) => path.split('/').at(-1));
    expect(new Set(names).size).to.equal(names.length);
  });
});
