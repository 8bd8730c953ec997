// stream: Duplex, Transform and PassThrough.
(function (module, builtin) {
  'use strict';

  const { failure, construct } = builtin('stream_base');
  const { Readable } = builtin('stream_readable');
  const { Writable, methods } = builtin('stream_writable');

  function Duplex(options) {
    if (!(this instanceof Duplex)) return new Duplex(options);
    const given = options ?? {};
    Writable.begin(this, given, true);
    Readable.begin(this, given, true);
    this.allowHalfOpen = given.allowHalfOpen !== false;
    if (given.readable === false) Object.assign(this._readableState, { readable: false, ended: true, endEmitted: true });
    if (given.writable === false) Object.assign(this._writableState, { writable: false, ending: true, ended: true, finished: true });
    construct(this, () => {
      Writable.ready(this);
      if (this._readableState.needReadable) this.read(0);
    });
  }
  Object.setPrototypeOf(Duplex.prototype, Readable.prototype);
  Object.setPrototypeOf(Duplex, Readable);
  Object.assign(Duplex.prototype, methods);
  Writable.getters(Duplex.prototype);

  const WAITING = Symbol('waiting');

  function Transform(options) {
    if (!(this instanceof Transform)) return new Transform(options);
    const given = options ?? {};
    Duplex.call(this, { ...given, read: undefined, write: undefined, writev: undefined });
    this[WAITING] = null;
    this._readableState.sync = false;
    for (const name of ['transform', 'flush']) {
      if (typeof given[name] === 'function') this[`_${name}`] = given[name];
    }
    // One that has an end of its own is flushed before it all the same.
    if (this._final !== final) this.on('prefinish', () => final.call(this));
  }
  Object.setPrototypeOf(Transform.prototype, Duplex.prototype);
  Object.setPrototypeOf(Transform, Duplex);

  function final(callback) {
    const done = (error, data) => {
      if (error) {
        if (callback) callback(error);
        else this.destroy(error);
        return;
      }
      if (data !== null && data !== undefined) this.push(data);
      this.push(null);
      callback?.();
    };
    if (typeof this._flush === 'function' && !this.destroyed) this._flush(done);
    else done();
  }

  Object.assign(Transform.prototype, {
    _final: final,
    _transform() {
      throw failure('ERR_METHOD_NOT_IMPLEMENTED', '_transform()');
    },
    _write(chunk, encoding, callback) {
      const readable = this._readableState;
      const before = readable.length;
      this._transform(chunk, encoding, (error, made) => {
        if (error) {
          callback(error);
          return;
        }
        if (made !== null && made !== undefined) this.push(made);
        const hasRoom = before === readable.length || readable.length < readable.highWaterMark;
        if (this._writableState.ended || hasRoom) callback();
        else this[WAITING] = callback;
      });
    },
    _read() {
      const callback = this[WAITING];
      this[WAITING] = null;
      callback?.();
    },
  });

  function PassThrough(options) {
    if (!(this instanceof PassThrough)) return new PassThrough(options);
    Transform.call(this, options);
  }
  Object.setPrototypeOf(PassThrough.prototype, Transform.prototype);
  Object.setPrototypeOf(PassThrough, Transform);
  PassThrough.prototype._transform = (chunk, _encoding, callback) => callback(null, chunk);

  for (const Kind of [Duplex, Transform, PassThrough]) {
    Object.defineProperty(Kind.prototype, 'constructor', { value: Kind, writable: true, configurable: true });
  }
  module.exports = { Duplex, Transform, PassThrough };
})
