import type { Config } from '../../config/index.ts';
import { type Finding, ok } from './finding.ts';

/** How clients reach the server. What is wrong with it, the settings have said. */
export function examineAddress({ publicUrl, trustProxy }: Config): Finding[] {
  const proxies =
    trustProxy.length === 0 ? 'no proxy is trusted' : `trusted proxies: ${trustProxy.join(', ')}`;
  return [ok('address', `links begin with ${publicUrl}; ${proxies}`)];
}
