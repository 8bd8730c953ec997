// Buffer: bytes as Node has them.
(function (module, builtin, native) {
  'use strict';

  const inspect = Symbol.for('nodejs.util.inspect.custom');

  function coded(code, Kind, text) {
    return Object.assign(new Kind(text), { code });
  }

  const ENCODINGS = {
    utf8: {
      bytes: (text) => native.encode(text.isWellFormed() ? text : text.toWellFormed()),
      text: (bytes) => native.decode(bytes, false),
    },
    base64: { bytes: native.fromBase64, text: (bytes) => native.toBase64(bytes, false) },
    base64url: { bytes: native.fromBase64, text: (bytes) => native.toBase64(bytes, true) },
    hex: {
      bytes(text) {
        const digits = /^(?:[0-9a-fA-F]{2})*/.exec(text)[0];
        const bytes = new Uint8Array(digits.length / 2);
        for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16);
        return bytes;
      },
      text: native.toHex,
    },
    latin1: {
      bytes: (text) => Uint8Array.from(text, (char) => char.charCodeAt(0)),
      text: (bytes) => chars(bytes, (byte) => byte),
    },
    ascii: {
      bytes: (text) => Uint8Array.from(text, (char) => char.charCodeAt(0)),
      text: (bytes) => chars(bytes, (byte) => byte & 127),
    },
    utf16le: {
      bytes(text) {
        const bytes = new Uint8Array(2 * text.length);
        for (let at = 0; at < text.length; at++) {
          const unit = text.charCodeAt(at);
          bytes[2 * at] = unit & 255;
          bytes[2 * at + 1] = unit >> 8;
        }
        return bytes;
      },
      text(bytes) {
        let made = '';
        for (let at = 0; at + 1 < bytes.length; at += 2) made += String.fromCharCode(bytes[at] | (bytes[at + 1] << 8));
        return made;
      },
    },
  };
  const ALIASES = { 'utf-8': 'utf8', binary: 'latin1', ucs2: 'utf16le', 'ucs-2': 'utf16le', 'utf-16le': 'utf16le' };

  function chars(bytes, unit) {
    let text = '';
    for (let at = 0; at < bytes.length; at += 4096) {
      text += String.fromCharCode(...Array.from(bytes.subarray(at, at + 4096), unit));
    }
    return text;
  }

  function named(name) {
    const lower = String(name ?? 'utf8').toLowerCase();
    return ENCODINGS[ALIASES[lower] ?? lower];
  }

  function encoding(name) {
    const found = named(name);
    if (!found) throw coded('ERR_UNKNOWN_ENCODING', TypeError, `Unknown encoding: ${name}`);
    return found;
  }

  /** The same memory as a Buffer. */
  function wrap(bytes) {
    return Object.setPrototypeOf(bytes, Buffer.prototype);
  }

  function bytesOf(value, name) {
    if (typeof value === 'string') return encoding(name).bytes(value);
    if (value instanceof Uint8Array) return value;
    if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    throw coded('ERR_INVALID_ARG_TYPE', TypeError,
      `The argument must be of type string or an instance of Buffer or Uint8Array. Received ${String(value)}`);
  }

  function size(length) {
    if (typeof length !== 'number') {
      throw coded('ERR_INVALID_ARG_TYPE', TypeError, `The "size" argument must be of type number. Received ${String(length)}`);
    }
    if (!(length >= 0 && length <= 2 ** 31 - 1)) {
      throw coded('ERR_OUT_OF_RANGE', RangeError, `The value of "size" is out of range. Received ${length}`);
    }
    return length;
  }

  function Buffer(value, second, third) {
    return typeof value === 'number' ? Buffer.alloc(value) : Buffer.from(value, second, third);
  }
  Object.setPrototypeOf(Buffer, Uint8Array);
  Buffer.prototype = Object.create(Uint8Array.prototype, {
    constructor: { value: Buffer, writable: true, configurable: true },
  });

  Object.assign(Buffer, {
    poolSize: 8192,
    from(value, second, third) {
      if (typeof value === 'string') return wrap(encoding(second).bytes(value));
      if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return wrap(new Uint8Array(value, second, third));
      if (ArrayBuffer.isView(value) || Array.isArray(value)) return wrap(Uint8Array.from(value));
      if (value?.type === 'Buffer' && Array.isArray(value.data)) return wrap(Uint8Array.from(value.data));
      const own = value?.valueOf?.();
      if (own !== undefined && own !== null && own !== value) return Buffer.from(own, second, third);
      if (typeof value?.length === 'number') return wrap(Uint8Array.from(value));
      throw coded('ERR_INVALID_ARG_TYPE', TypeError, 'The first argument must be of type string or an instance of Buffer, ' +
        `ArrayBuffer, or Array or an Array-like Object. Received ${String(value)}`);
    },
    alloc(length, fill, name) {
      const made = wrap(new Uint8Array(size(length)));
      return fill === undefined || fill === 0 ? made : made.fill(fill, name);
    },
    allocUnsafe: (length) => Buffer.alloc(length),
    allocUnsafeSlow: (length) => Buffer.alloc(length),
    concat(list, length = list.reduce((sum, it) => sum + it.length, 0)) {
      const made = Buffer.alloc(length);
      let at = 0;
      for (const part of list) {
        if (at >= length) break;
        made.set(part.length > length - at ? part.subarray(0, length - at) : part, at);
        at += part.length;
      }
      return made;
    },
    isBuffer: (value) => value instanceof Buffer,
    isEncoding: (name) => typeof name === 'string' && named(name) !== undefined,
    byteLength: (value, name) => (typeof value === 'string' ? encoding(name).bytes(value).length : value.byteLength),
    compare(one, other) {
      const length = Math.min(one.length, other.length);
      for (let at = 0; at < length; at++) {
        if (one[at] !== other[at]) return one[at] < other[at] ? -1 : 1;
      }
      return Math.sign(one.length - other.length);
    },
  });

  const methods = {
    toString(name, start = 0, end = this.length) {
      const part = start <= 0 && end >= this.length ? this : this.subarray(Math.max(0, start), Math.max(0, end));
      return encoding(name).text(part);
    },
    toLocaleString(name, start, end) {
      return this.toString(name, start, end);
    },
    toJSON() {
      return { type: 'Buffer', data: Array.from(this) };
    },
    equals(other) {
      return this.length === other.length && Buffer.compare(this, other) === 0;
    },
    compare(other, start = 0, end = other.length, from = 0, to = this.length) {
      return Buffer.compare(this.subarray(from, to), other.subarray(start, end));
    },
    subarray(start, end) {
      return wrap(Uint8Array.prototype.subarray.call(this, start, end));
    },
    slice(start, end) {
      return this.subarray(start, end);
    },
    write(text, offset, length, name) {
      if (typeof offset === 'string') return this.write(text, 0, this.length, offset);
      if (typeof length === 'string') return this.write(text, offset, this.length - offset, length);
      const at = offset ?? 0;
      const bytes = encoding(name).bytes(text).subarray(0, Math.min(length ?? this.length, this.length - at));
      this.set(bytes, at);
      return bytes.length;
    },
    copy(to, at = 0, start = 0, end = this.length) {
      const part = Uint8Array.prototype.subarray.call(this, start, Math.min(end, start + to.length - at));
      to.set(part, at);
      return part.length;
    },
    fill(value, start, end, name) {
      if (typeof start === 'string') return this.fill(value, 0, this.length, start);
      if (typeof end === 'string') return this.fill(value, start, this.length, end);
      if (typeof value === 'number' || typeof value === 'boolean') {
        return Uint8Array.prototype.fill.call(this, Number(value) & 255, start, end);
      }
      const bytes = bytesOf(value, name);
      const last = end ?? this.length;
      if (bytes.length === 0) return Uint8Array.prototype.fill.call(this, 0, start, end);
      for (let at = start ?? 0, from = 0; at < last; at++, from++) this[at] = bytes[from % bytes.length];
      return this;
    },
    indexOf(value, from = 0, name) {
      if (typeof value === 'number') return Uint8Array.prototype.indexOf.call(this, value & 255, from);
      if (typeof from === 'string') return this.indexOf(value, 0, from);
      const wanted = bytesOf(value, name);
      const begin = from < 0 ? Math.max(0, this.length + from) : from;
      for (let at = begin; at + wanted.length <= this.length; at++) {
        let same = 0;
        while (same < wanted.length && this[at + same] === wanted[same]) same++;
        if (same === wanted.length) return at;
      }
      return -1;
    },
    lastIndexOf(value, from = this.length, name) {
      if (typeof value === 'number') return Uint8Array.prototype.lastIndexOf.call(this, value & 255, from);
      const wanted = bytesOf(value, name);
      for (let at = Math.min(from, this.length - wanted.length); at >= 0; at--) {
        if (this.subarray(at, at + wanted.length).equals(wanted)) return at;
      }
      return -1;
    },
    includes(value, from, name) {
      return this.indexOf(value, from, name) !== -1;
    },
    swap16() {
      for (let at = 0; at + 1 < this.length; at += 2) [this[at], this[at + 1]] = [this[at + 1], this[at]];
      return this;
    },
    readUIntBE(at, length) {
      return uint(this, at, length, false);
    },
    readUIntLE(at, length) {
      return uint(this, at, length, true);
    },
    readIntBE(at, length) {
      return signed(uint(this, at, length, false), length);
    },
    readIntLE(at, length) {
      return signed(uint(this, at, length, true), length);
    },
    writeUIntBE(value, at, length) {
      for (let i = length - 1, left = value; i >= 0; i--, left = Math.floor(left / 256)) this[at + i] = left & 255;
      return at + length;
    },
    writeUIntLE(value, at, length) {
      for (let i = 0, left = value; i < length; i++, left = Math.floor(left / 256)) this[at + i] = left & 255;
      return at + length;
    },
    [inspect]() {
      const shown = native.toHex(this.subarray(0, 50)).replace(/..(?=.)/g, '$& ');
      const left = this.length - 50;
      return `<Buffer${shown ? ` ${shown}` : ''}${left > 0 ? ` ... ${left} more byte${left > 1 ? 's' : ''}` : ''}>`;
    },
  };

  function within(buffer, at, length) {
    if (at >= 0 && at + length <= buffer.length) return;
    throw coded('ERR_OUT_OF_RANGE', RangeError,
      `The value of "offset" is out of range. It must be >= 0 and <= ${buffer.length - length}. Received ${at}`);
  }

  function uint(buffer, at, length, isLittle) {
    within(buffer, at, length);
    let value = 0;
    for (let i = 0; i < length; i++) value = value * 256 + buffer[isLittle ? at + length - 1 - i : at + i];
    return value;
  }

  const signed = (value, length) => (value >= 2 ** (8 * length - 1) ? value - 2 ** (8 * length) : value);

  const view = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const NUMBERS = [
    ['UInt8', 'Uint8', 1], ['Int8', 'Int8', 1], ['UInt16', 'Uint16', 2], ['Int16', 'Int16', 2], ['UInt32', 'Uint32', 4],
    ['Int32', 'Int32', 4], ['Float', 'Float32', 4], ['Double', 'Float64', 8], ['BigUInt64', 'BigUint64', 8],
    ['BigInt64', 'BigInt64', 8],
  ];
  for (const [name, kind, length] of NUMBERS) {
    for (const end of length === 1 ? [''] : ['BE', 'LE']) {
      const read = function (at = 0) {
        within(this, at, length);
        return view(this)[`get${kind}`](at, end === 'LE');
      };
      const write = function (value, at = 0) {
        within(this, at, length);
        view(this)[`set${kind}`](at, value, end === 'LE');
        return at + length;
      };
      for (const alias of name.includes('UInt') ? [name, name.replace('UInt', 'Uint')] : [name]) {
        methods[`read${alias}${end}`] = read;
        methods[`write${alias}${end}`] = write;
      }
    }
  }
  for (const name of Reflect.ownKeys(methods)) {
    Object.defineProperty(Buffer.prototype, name, { value: methods[name], writable: true, configurable: true });
  }
  Object.defineProperty(Buffer.prototype, 'parent', { get() { return this.buffer; } });

  function atob(text) {
    const clean = String(text).replace(/[\t\n\f\r ]/g, '');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(clean) || clean.replace(/=+$/, '').length % 4 === 1) {
      throw new (builtin('web').DOMException)('The string to be decoded is not correctly encoded.', 'InvalidCharacterError');
    }
    return Buffer.from(clean, 'base64').toString('latin1');
  }

  function btoa(text) {
    if (/[^\u0000-\u00ff]/.test(text)) {
      throw new (builtin('web').DOMException)('Invalid character', 'InvalidCharacterError');
    }
    return Buffer.from(String(text), 'latin1').toString('base64');
  }

  class Blob {
    #bytes;
    constructor(parts = [], { type = '' } = {}) {
      const bytes = parts.map((part) => (part instanceof Blob ? part.#bytes
        : part instanceof ArrayBuffer ? Buffer.from(part) : typeof part === 'string' ? Buffer.from(part) : Buffer.from(bytesOf(part))));
      this.#bytes = Buffer.concat(bytes);
      this.type = type;
    }
    get size() {
      return this.#bytes.length;
    }
    async text() {
      return this.#bytes.toString();
    }
    async arrayBuffer() {
      return Uint8Array.from(this.#bytes).buffer;
    }
  }

  module.exports = {
    Buffer, Blob, atob, btoa, kMaxLength: 2 ** 31 - 1, constants: { MAX_LENGTH: 2 ** 31 - 1, MAX_STRING_LENGTH: 2 ** 29 - 24 },
  };
})
