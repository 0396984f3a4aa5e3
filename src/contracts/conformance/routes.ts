import assert from 'node:assert/strict';
import { endpointsOf, guardedEndpointsOf, mountedRoutes, PASSWORD } from './endpoints.ts';
import type { Suite } from './suite.ts';

export function routes({ driver, guarantee }: Suite): void {
  guarantee('every mounted route is known to the driver, and no other is', async (client) => {
    assert.deepEqual([...endpointsOf(driver).keys()].toSorted(), mountedRoutes(client, driver).toSorted());
  });

  guarantee(
    'what an endpoint takes is a kind that the driver knows, and every kind but the dead is taken',
    async () => {
      const taken = new Set(guardedEndpointsOf(driver).flatMap(([, { takes }]) => takes));
      const known = [PASSWORD, ...Object.keys(driver.kinds)];
      assert.deepEqual(
        [...taken].filter((name) => !known.includes(name)),
        [],
      );
      const useless = Object.entries(driver.kinds).filter(
        ([name, { provedAt }]) => provedAt !== '' && !taken.has(name),
      );
      assert.deepEqual(useless, []);
    },
  );
}
