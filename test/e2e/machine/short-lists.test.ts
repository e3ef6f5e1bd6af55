import {describe, expect, test} from 'vitest';
import {ProviderFailure} from '../../../src/machine/provider.js';
import {failing, FakeCloud} from '../../support/machine/fake-cloud.js';

const passing = new ProviderFailure('passing', '503 try later');

describe('an incomplete list', () => {
  test('an incomplete list does not make an old action ours', async () => {
    const cloud = new FakeCloud();
    const old = cloud.begin('old', {begun: cloud.time - 7_200_000});
    cloud.begin('less old', {begun: cloud.time - 3_600_000});
    const all = cloud.provider.actions.bind(cloud.provider);
    let lists = 0;
    const provider = {
      ...cloud.provider,
      actions: async (...about: Parameters<typeof all>) =>
        (await all(...about)).filter(({id}) => lists++ > 1 || id !== old.id),
    };
    Object.assign(cloud, {provider});
    cloud.before = failing('request', 1, passing);
    const {taken} = await cloud.take();
    expect(taken?.action).toBe('102');
  });

  test('an incomplete list does not make an old disk snapshot of the same name the new one', async () => {
    const cloud = new FakeCloud();
    cloud.begin('backup', {begun: cloud.time - 3_600_000});
    cloud.lag = 10_000;
    const all = cloud.provider.diskSnapshots.bind(cloud.provider);
    let lists = 0;
    const images = async () => (lists++ === 0 ? [] : all());
    Object.assign(cloud, {provider: {...cloud.provider, images}});
    const {taken} = await cloud.take({snapshotName: 'backup'});
    expect(taken?.image.id).toBe('image-101');
  });
});
