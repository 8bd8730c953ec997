// zlib: packing and unpacking of gzip and deflate, of whole values; what is packed need not be what Node packs.
(function (module, builtin, native) {
  'use strict';

  const { Buffer } = builtin('buffer');
  const MAX = 64 * 1024 * 1024;
  const GZIP = 0;
  const ZLIB = 1;
  const RAW = 2;

  const constants = {
    Z_NO_FLUSH: 0, Z_PARTIAL_FLUSH: 1, Z_SYNC_FLUSH: 2, Z_FULL_FLUSH: 3, Z_FINISH: 4, Z_BLOCK: 5, Z_OK: 0, Z_STREAM_END: 1,
    Z_NEED_DICT: 2, Z_ERRNO: -1, Z_STREAM_ERROR: -2, Z_DATA_ERROR: -3, Z_MEM_ERROR: -4, Z_BUF_ERROR: -5, Z_VERSION_ERROR: -6,
    Z_NO_COMPRESSION: 0, Z_BEST_SPEED: 1, Z_BEST_COMPRESSION: 9, Z_DEFAULT_COMPRESSION: -1, Z_FILTERED: 1, Z_HUFFMAN_ONLY: 2,
    Z_RLE: 3, Z_FIXED: 4, Z_DEFAULT_STRATEGY: 0, Z_MIN_WINDOWBITS: 8, Z_MAX_WINDOWBITS: 15, Z_DEFAULT_WINDOWBITS: 15,
    Z_MIN_CHUNK: 64, Z_MAX_CHUNK: Infinity, Z_DEFAULT_CHUNK: 16384, Z_MIN_MEMLEVEL: 1, Z_MAX_MEMLEVEL: 9,
    Z_DEFAULT_MEMLEVEL: 8, Z_MIN_LEVEL: -1, Z_MAX_LEVEL: 9, Z_DEFAULT_LEVEL: -1,
  };

  const failed = (Kind, code, text, more) => Object.assign(new Kind(text), { code, ...more });

  function bytesOf(data) {
    if (typeof data === 'string') return Buffer.from(data);
    if (data instanceof Uint8Array) return data;
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
    throw failed(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "buffer" argument must be of type string or an instance of Buffer, TypedArray, DataView, or ArrayBuffer.');
  }

  function check(options) {
    if (options?.dictionary !== undefined) {
      throw failed(Error, 'ERR_FEATURE_UNAVAILABLE', 'The option "dictionary" is not available: this interpreter packs without dictionaries.');
    }
    const level = options?.level ?? constants.Z_DEFAULT_LEVEL;
    if (typeof level !== 'number') {
      throw failed(TypeError, 'ERR_INVALID_ARG_TYPE', `The "options.level" property must be of type number. Received ${typeof level}`);
    }
    if (!(level >= -1 && level <= 9)) {
      throw failed(RangeError, 'ERR_OUT_OF_RANGE', `The value of "options.level" is out of range. It must be >= -1 and <= 9. Received ${level}`);
    }
    return level === -1 ? 6 : Math.trunc(level);
  }

  function pack(kind) {
    return (data, options) => {
      const level = check(options);
      const bytes = bytesOf(data);
      const most = Math.min(options?.maxOutputLength ?? MAX, MAX);
      const tooLarge = (size) => failed(RangeError, 'ERR_BUFFER_TOO_LARGE', `Cannot create a Buffer larger than ${size} bytes`);
      if (bytes.length > MAX) throw tooLarge(MAX);
      const made = native.deflate(kind, level, bytes);
      if (!made) throw failed(Error, 'Z_MEM_ERROR', 'insufficient memory', { errno: constants.Z_MEM_ERROR });
      if (options?.maxOutputLength !== undefined && made.length > most) throw tooLarge(most);
      return Buffer.from(made.buffer);
    };
  }

  function unpack(kindOf) {
    return (data, options) => {
      check(options);
      const bytes = bytesOf(data);
      const made = native.inflate(kindOf(bytes), bytes, options?.maxOutputLength ?? MAX);
      if (made) return Buffer.from(made.buffer);
      throw failed(Error, 'Z_DATA_ERROR', 'incorrect header check', { errno: constants.Z_DATA_ERROR });
    };
  }

  const sync = {
    Gzip: pack(GZIP),
    Deflate: pack(ZLIB),
    DeflateRaw: pack(RAW),
    Gunzip: unpack(() => GZIP),
    Inflate: unpack(() => ZLIB),
    InflateRaw: unpack(() => RAW),
    Unzip: unpack((bytes) => (bytes[0] === 31 ? GZIP : ZLIB)),
  };

  /** A Transform that collects what it is given, and answers when that is all. */
  function streaming(name, work) {
    const { Transform } = builtin('stream');
    const Kind = function (options) {
      if (!(this instanceof Kind)) return new Kind(options);
      check(options);
      Transform.call(this, options);
      const chunks = [];
      let size = 0;
      this._transform = (chunk, _encoding, callback) => {
        chunks.push(chunk);
        size += chunk.length;
        this.bytesWritten = size;
        callback(size > MAX ? failed(RangeError, 'ERR_BUFFER_TOO_LARGE', `Cannot create a Buffer larger than ${MAX} bytes`) : null);
      };
      this._flush = (callback) => {
        let made;
        try {
          made = work(Buffer.concat(chunks.splice(0)), options);
        } catch (error) {
          callback(error);
          return;
        }
        callback(null, made);
      };
      this.bytesWritten = 0;
    };
    Object.defineProperty(Kind, 'name', { value: name });
    Object.setPrototypeOf(Kind, Transform);
    Object.setPrototypeOf(Kind.prototype, Transform.prototype);
    Object.assign(Kind.prototype, {
      // Nothing is ready before the end.
      flush(_kind, callback = _kind) {
        if (typeof callback === 'function') queueMicrotask(() => callback());
      },
      close(callback) {
        if (callback) this.once('close', callback);
        this.destroy();
      },
    });
    return Kind;
  }

  for (const [name, work] of Object.entries(sync)) {
    const lower = name[0].toLowerCase() + name.slice(1);
    let Kind;
    const kind = () => (Kind ??= streaming(name, work));
    module.exports[`${lower}Sync`] = work;
    module.exports[lower] = (data, options, callback = options) => {
      if (typeof callback !== 'function') throw failed(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "callback" argument must be of type function. Received undefined');
      Promise.resolve().then(() => work(data, typeof options === 'object' ? options : undefined))
        .then((value) => setImmediate(callback, null, value), (error) => setImmediate(callback, error));
    };
    module.exports[`create${name}`] = (options) => new (kind())(options);
    // Streams are looked at only by who wants them.
    Object.defineProperty(module.exports, name, { get: kind, enumerable: true });
  }
  for (const name of ['brotliCompress', 'brotliDecompress', 'brotliCompressSync', 'brotliDecompressSync', 'createBrotliCompress', 'createBrotliDecompress']) {
    module.exports[name] = () => {
      throw failed(Error, 'ERR_FEATURE_UNAVAILABLE', `zlib.${name} is not available: this interpreter packs and unpacks gzip and deflate only.`);
    };
  }
  module.exports.constants = constants;
  Object.assign(module.exports, constants);
})
