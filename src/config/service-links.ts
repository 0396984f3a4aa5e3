/**
 * Kubernetes tells every pod about every Service by environment variables named after it. A Service called
 * `latchkey` or `latchkey-db` thus sets `LATCHKEY_PORT=tcp://10.0.0.7:8000` and a dozen more; none of them is
 * an operator's word to us, and taking them for mistakes would keep Latchkey from starting in such a cluster.
 */
export function isServiceLink(name: string, text: string): boolean {
  if (/_SERVICE_(HOST|PORT(_\w+)?)$/.test(name)) return true;
  if (/_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name)) return true;
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text);
}
