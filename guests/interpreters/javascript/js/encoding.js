// TextEncoder and TextDecoder.
(function (module, builtin, native) {
  'use strict';

  const LABELS = {
    'utf-8': 'utf-8', utf8: 'utf-8', 'unicode-1-1-utf-8': 'utf-8', latin1: 'windows-1252', ascii: 'windows-1252',
    'us-ascii': 'windows-1252', 'iso-8859-1': 'windows-1252', 'windows-1252': 'windows-1252',
    'utf-16le': 'utf-16le', 'utf-16': 'utf-16le', 'ucs-2': 'utf-16le',
  };

  class TextEncoder {
    get encoding() {
      return 'utf-8';
    }
    encode(text = '') {
      return native.encode(String(text).toWellFormed());
    }
    encodeInto(text, to) {
      let read = 0;
      let written = 0;
      for (const char of String(text).toWellFormed()) {
        const bytes = native.encode(char);
        if (written + bytes.length > to.length) break;
        to.set(bytes, written);
        written += bytes.length;
        read += char.length;
      }
      return { read, written };
    }
  }

  function bytesOf(data) {
    if (data === undefined) return new Uint8Array(0);
    if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
    if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const error = new TypeError('The "list" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.');
    error.code = 'ERR_INVALID_ARG_TYPE';
    throw error;
  }

  /** How many bytes at the end begin a character that goes on in the next piece. */
  function unfinished(bytes) {
    for (let back = 1; back <= Math.min(3, bytes.length); back++) {
      const byte = bytes[bytes.length - back];
      if (byte < 0x80) return 0;
      if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
    }
    return 0;
  }

  class TextDecoder {
    #fatal;
    #ignoreBOM;
    #encoding;
    #kept = new Uint8Array(0);
    #isBegun = false;

    constructor(label = 'utf-8', options = {}) {
      this.#encoding = LABELS[String(label).trim().toLowerCase()];
      if (!this.#encoding) {
        const error = new RangeError(`The "${label}" encoding is not supported`);
        error.code = 'ERR_ENCODING_NOT_SUPPORTED';
        throw error;
      }
      this.#fatal = Boolean(options?.fatal);
      this.#ignoreBOM = Boolean(options?.ignoreBOM);
    }
    get encoding() {
      return this.#encoding;
    }
    get fatal() {
      return this.#fatal;
    }
    get ignoreBOM() {
      return this.#ignoreBOM;
    }
    decode(data, options = {}) {
      let bytes = bytesOf(data);
      if (this.#encoding !== 'utf-8') {
        const { Buffer } = builtin('buffer');
        return Buffer.from(bytes).toString(this.#encoding === 'utf-16le' ? 'utf16le' : 'latin1');
      }
      if (this.#kept.length) {
        const whole = new Uint8Array(this.#kept.length + bytes.length);
        whole.set(this.#kept);
        whole.set(bytes, this.#kept.length);
        bytes = whole;
        this.#kept = new Uint8Array(0);
      }
      if (options?.stream) {
        const later = unfinished(bytes);
        this.#kept = bytes.slice(bytes.length - later);
        bytes = bytes.subarray(0, bytes.length - later);
      }
      let text = native.decode(bytes, this.#fatal);
      if (text === null) {
        const error = new TypeError('The encoded data was not valid for encoding utf-8');
        error.code = 'ERR_ENCODING_INVALID_ENCODED_DATA';
        throw error;
      }
      if (!this.#ignoreBOM && !this.#isBegun && text.charCodeAt(0) === 0xfeff) text = text.slice(1);
      this.#isBegun = Boolean(options?.stream);
      return text;
    }
  }

  module.exports = { TextEncoder, TextDecoder };
})
