import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkAhead } from '../../../src/engine/answers/workAhead.ts';

describe('WorkAhead', () => {
  it('works once it was asked, leaves off at an error, and begins again when it is asked', async () => {
    let begun = 0;
    let finished = 0;
    let fails = false;
    const ahead = new WorkAhead(function* () {
      begun++;
      yield;
      if (fails) throw new Error('no');
      finished++;
    });
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await sleep(10);
    };
    await sleep(250);
    assert.equal(begun, 0);
    ahead.asked();
    ahead.asked();
    await until(() => finished >= 2);
    fails = true;
    const before = begun;
    await until(() => begun > before);
    await sleep(350);
    assert.equal(begun, before + 1);
    fails = false;
    ahead.asked();
    await until(() => begun > before + 2);
  });
});
