/** For tests: 127.0.0.1 to 127.0.0.9 stand for the public Internet; nothing else may be reached. */
import type { AddressPolicy } from '../addresses.ts';

export const loopbackPolicy = (ports: readonly number[] = []): AddressPolicy => ({
  allowsAddress: (ip) => /^127\.0\.0\.[1-9]$/.test(ip),
  allowsPort: (port) => ports.includes(port),
});
