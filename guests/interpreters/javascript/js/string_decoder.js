// string_decoder: text out of pieces of bytes.
(function (module, builtin) {
  'use strict';

  class StringDecoder {
    #decoder = null;
    constructor(encoding = 'utf8') {
      this.encoding = encoding;
      if (/^utf-?8$/i.test(encoding)) this.#decoder = new (builtin('encoding').TextDecoder)('utf-8', { ignoreBOM: true });
    }
    write(bytes) {
      if (this.#decoder) return this.#decoder.decode(bytes, { stream: true });
      return builtin('buffer').Buffer.from(bytes).toString(this.encoding);
    }
    end(bytes) {
      const text = bytes ? this.write(bytes) : '';
      return this.#decoder ? text + this.#decoder.decode() : text;
    }
  }
  module.exports = { StringDecoder };
})
