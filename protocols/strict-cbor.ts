/**
 * How bytes from outside are read as CBOR: definite lengths, no key twice, nothing that plain data has
 * no word for. Where whole numbers may be above 2^53, who reads says so.
 */
export const STRICT_CBOR = {
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
  strict: true,
  useMaps: false,
} as const;
