/**
 * A loopback address that no other process of the tests listens at. A port that was given back is still
 * free there a moment later: at 127.0.0.1 the system may have handed it to somebody else by then.
 */
export const OWN_LOOPBACK: string = [
  127,
  // Above those that tests know by name. A process's number has 22 bits at the most.
  64 + ((process.pid >> 16) & 63),
  (process.pid >> 8) & 255,
  process.pid & 255,
].join('.');
