import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { mavenRepository } from '../../../../scripts/stack/maven-repository.ts';

describe('The Maven repository that artifacts come from', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'runclose-test-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const withSettings = (xml: string, env: Record<string, string> = {}) => {
    const file = join(folder, 'settings.xml');
    writeFileSync(file, `<settings>${xml}</settings>`);
    return mavenRepository(env, file);
  };
  const CENTRAL = { url: 'https://repo.maven.apache.org/maven2', headers: {} };
  const mirror = (mirrorOf: string, more = ''): string =>
    `<mirrors><mirror><id>ours</id><mirrorOf>${mirrorOf}</mirrorOf><url>https://maven.example/all/</url>${more}</mirror></mirrors>`;

  it('is Central, unless something else is said', () => {
    expect(mavenRepository({}, join(folder, 'none.xml'))).to.deep.equal(CENTRAL);
    expect(withSettings('')).to.deep.equal(CENTRAL);
  });

  it('is the mirror of Central in the settings of Maven', () => {
    for (const mirrorOf of ['*', 'central', 'external:*', 'other, central', '*,!internal'])
      expect(withSettings(mirror(mirrorOf)).url, mirrorOf).to.equal('https://maven.example/all');
    for (const mirrorOf of ['other', '*,!central', 'external:http:*'])
      expect(withSettings(mirror(mirrorOf)), mirrorOf).to.deep.equal(CENTRAL);
    expect(withSettings(mirror('*', '<blocked>true</blocked>'))).to.deep.equal(CENTRAL);
    expect(withSettings(`<!-- ${mirror('*')} -->`)).to.deep.equal(CENTRAL);
  });

  it('is asked with the account that the settings hold for the mirror', () => {
    const servers =
      '<servers><server><id>other</id><username>no</username></server>' +
      '<server><id>ours</id><username>ana</username><password>${env.SECRET}</password></server></servers>';
    const { headers } = withSettings(servers + mirror('*'), { SECRET: 'a:b' });
    expect(headers).to.deep.equal({ authorization: `Basic ${Buffer.from('ana:a:b').toString('base64')}` });
  });

  it('is what MAVEN_REPOSITORY_URL names, before all', () => {
    const env = { MAVEN_REPOSITORY_URL: 'https://ana:p%40ss@maven.example/m2/' };
    expect(withSettings(mirror('*'), env)).to.deep.equal({
      url: 'https://maven.example/m2',
      headers: { authorization: `Basic ${Buffer.from('ana:p@ss').toString('base64')}` },
    });
  });

  it('is refused without its value if it is not a URL', () => {
    expect(() => withSettings('', { MAVEN_REPOSITORY_URL: 'secret' }))
      .to.throw('MAVEN_REPOSITORY_URL')
      .with.property('message')
      .that.does.not.include('secret');
  });
});
