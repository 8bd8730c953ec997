// crypto: digests, HMAC and random values. The digests are those of the interpreter's own library.
(function (module, builtin, native) {
  'use strict';

  const { Buffer } = builtin('buffer');
  const NAMES = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'];

  function coded(code, Kind, text) {
    return Object.assign(new Kind(text), { code });
  }

  const canonical = (name) => String(name).toLowerCase().replace(/^rsa-/, '').replace(/^sha-/, 'sha');

  class Digest {
    #name;
    #key;
    #parts = [];
    #isDone = false;

    constructor(name, key) {
      this.#name = canonical(name);
      this.#key = key;
      if (!NAMES.includes(this.#name)) {
        if (key === null) throw new Error('Digest method not supported');
        throw coded('ERR_CRYPTO_INVALID_DIGEST', Error, `Invalid digest: ${name}`);
      }
    }
    update(data, encoding) {
      if (this.#isDone) throw coded('ERR_CRYPTO_HASH_FINALIZED', Error, 'Digest already called');
      if (typeof data !== 'string' && !ArrayBuffer.isView(data)) {
        throw coded('ERR_INVALID_ARG_TYPE', TypeError,
          'The "data" argument must be of type string or an instance of Buffer, TypedArray, or DataView.');
      }
      this.#parts.push(bytesOf(data, encoding));
      return this;
    }
    digest(encoding) {
      if (this.#isDone) throw coded('ERR_CRYPTO_HASH_FINALIZED', Error, 'Digest already called');
      this.#isDone = true;
      const data = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
      const made = Buffer.from(native.digest(this.#name, this.#key, data).buffer);
      return encoding && encoding !== 'buffer' ? made.toString(encoding) : made;
    }
    copy() {
      const made = new Digest(this.#name, this.#key);
      made.#parts = [...this.#parts];
      return made;
    }
  }

  /** The bytes as they are now: later changes of them are none of the digest. */
  function bytesOf(data, encoding) {
    if (typeof data === 'string') return Buffer.from(data, encoding);
    if (data instanceof ArrayBuffer) return Buffer.from(data.slice(0));
    return Uint8Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  function randomBytes(count, callback) {
    const parts = [];
    for (let left = count; left > 0; left -= 65536) parts.push(native.random(Math.min(left, 65536)));
    const made = Buffer.concat(parts);
    if (!callback) return made;
    queueMicrotask(() => callback(null, made));
    return undefined;
  }

  function randomUUID() {
    const bytes = native.random(16);
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = native.toHex(bytes);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }

  function randomInt(...args) {
    const callback = typeof args.at(-1) === 'function' ? args.pop() : null;
    const [min, max] = args.length > 1 ? args : [0, args[0]];
    if (!(Number.isSafeInteger(min) && Number.isSafeInteger(max) && max > min)) {
      throw coded('ERR_OUT_OF_RANGE', RangeError, `The value of "max" is out of range. Received ${max}`);
    }
    // As many of the values as fit the range evenly.
    const range = max - min;
    const limit = 2 ** 48 - (2 ** 48 % range);
    let drawn;
    do drawn = randomBytes(6).readUIntBE(0, 6); while (drawn >= limit);
    const value = min + (drawn % range);
    if (callback) queueMicrotask(() => callback(null, value));
    return callback ? undefined : value;
  }

  function getRandomValues(array) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    bytes.set(randomBytes(bytes.length));
    return array;
  }

  function timingSafeEqual(one, other) {
    if (one.byteLength !== other.byteLength) {
      throw coded('ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', RangeError, 'Input buffers must have the same byte length');
    }
    const [a, b] = [bytesOf(one), bytesOf(other)];
    let difference = 0;
    for (let at = 0; at < a.length; at++) difference |= a[at] ^ b[at];
    return difference === 0;
  }

  const subtle = {
    async digest(algorithm, data) {
      const name = canonical(algorithm?.name ?? algorithm);
      if (!NAMES.includes(name) || name === 'md5' || name === 'sha224') {
        throw new (builtin('web').DOMException)('Unrecognized algorithm name', 'NotSupportedError');
      }
      return native.digest(name, null, bytesOf(data)).buffer;
    },
  };
  const webcrypto = { getRandomValues, randomUUID, subtle };
  const keyOf = (key) => bytesOf(key);

  module.exports = {
    createHash: (name) => new Digest(name, null),
    createHmac: (name, key) => new Digest(name, keyOf(key)),
    hash: (name, data, encoding = 'hex') => new Digest(name, null).update(data).digest(encoding),
    getHashes: () => [...NAMES],
    randomBytes,
    pseudoRandomBytes: randomBytes,
    randomUUID,
    randomInt,
    getRandomValues,
    randomFillSync: getRandomValues,
    timingSafeEqual,
    webcrypto,
    subtle,
    constants: {},
  };
  // The global of this name is the one of the web, and libraries ask it for the rest.
  Object.defineProperty(module.exports, 'crypto', { value: webcrypto });
})
