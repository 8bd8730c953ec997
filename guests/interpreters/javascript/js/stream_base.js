// stream: what readable and writable ones have in common: errors, their end, and the oldest kind of stream.
(function (module, builtin) {
  'use strict';

  const EventEmitter = builtin('events');
  const HIGH_WATER_MARK = 64 * 1024;
  const HIGH_WATER_MARK_OBJECTS = 16;

  const TEXTS = {
    ERR_STREAM_WRITE_AFTER_END: () => 'write after end',
    ERR_STREAM_NULL_VALUES: () => 'May not write null values to stream',
    ERR_STREAM_PUSH_AFTER_EOF: () => 'stream.push() after EOF',
    ERR_STREAM_UNSHIFT_AFTER_END_EVENT: () => 'stream.unshift() after end event',
    ERR_STREAM_PREMATURE_CLOSE: () => 'Premature close',
    ERR_STREAM_DESTROYED: (call) => `Cannot call ${call} after a stream was destroyed`,
    ERR_STREAM_ALREADY_FINISHED: (call) => `Cannot call ${call} after a stream was finished`,
    ERR_STREAM_CANNOT_PIPE: () => 'Cannot pipe, not readable',
    ERR_METHOD_NOT_IMPLEMENTED: (name) => `The ${name} method is not implemented`,
    ERR_MULTIPLE_CALLBACK: () => 'Callback called multiple times',
    ERR_MISSING_ARGS: (name) => `The "${name}" argument must be specified`,
    ERR_INVALID_ARG_TYPE: (name, value) => `The "${name}" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received ${
      value === null || value === undefined ? value : `type ${typeof value} (${String(value)})`}`,
  };
  const KINDS = { ERR_STREAM_NULL_VALUES: TypeError, ERR_INVALID_ARG_TYPE: TypeError, ERR_MISSING_ARGS: TypeError };

  function failure(code, ...about) {
    return Object.assign(new (KINDS[code] ?? Error)(TEXTS[code](...about)), { code });
  }

  const later = (work, ...args) => queueMicrotask(() => work(...args));

  /** What the states of both sides begin with; `side` is `readable` or `writable`. */
  function common(options, isDuplex, side) {
    const objectMode = Boolean(options.objectMode || (isDuplex && options[`${side}ObjectMode`]));
    const mark = options.highWaterMark ?? (isDuplex ? options[`${side}HighWaterMark`] : undefined);
    return {
      objectMode,
      highWaterMark: Math.floor(mark ?? (objectMode ? HIGH_WATER_MARK_OBJECTS : HIGH_WATER_MARK)),
      length: 0,
      autoDestroy: options.autoDestroy !== false,
      emitClose: options.emitClose !== false,
      destroyed: false, errored: null, closed: false, closeEmitted: false, errorEmitted: false, constructed: true,
    };
  }

  const sides = (stream) => [stream._readableState, stream._writableState].filter(Boolean);
  const set = (stream, name, value) => sides(stream).forEach((state) => { state[name] = value; });

  function destroy(error, callback) {
    const states = sides(this);
    if (states.some((state) => state.destroyed)) {
      callback?.();
      return this;
    }
    for (const state of states) {
      state.destroyed = true;
      if (error) state.errored ??= error;
    }
    let isDone = false;
    const done = (failed) => {
      if (isDone) return;
      isDone = true;
      const why = failed ?? error;
      for (const state of states) {
        state.closed = true;
        if (why) state.errored ??= why;
      }
      callback?.(why);
      later(() => {
        if (why) tell(this, why);
        set(this, 'closeEmitted', true);
        if (states.some((state) => state.emitClose)) this.emit('close');
      });
    };
    const work = () => {
      try {
        this._destroy(error ?? null, done);
      } catch (thrown) {
        done(thrown);
      }
    };
    if (states.every((state) => state.constructed)) work();
    else this.once(CONSTRUCTED, work);
    return this;
  }

  function tell(stream, error) {
    if (sides(stream).some((state) => state.errorEmitted)) return;
    set(stream, 'errorEmitted', true);
    stream.emit('error', error);
  }

  /** A failure of the stream's own: ends it, unless it was told not to. */
  function fail(stream, error) {
    const states = sides(stream);
    if (states.some((state) => state.destroyed)) return;
    if (states.some((state) => state.autoDestroy)) {
      stream.destroy(error);
      return;
    }
    for (const state of states) state.errored ??= error;
    later(tell, stream, error);
  }

  const CONSTRUCTED = Symbol('constructed');

  /** Runs `_construct`, if there is one, before anything else; `ready` goes on afterwards. */
  function construct(stream, ready) {
    if (typeof stream._construct !== 'function') return;
    set(stream, 'constructed', false);
    later(() => {
      const done = (error) => {
        set(stream, 'constructed', true);
        stream.emit(CONSTRUCTED);
        if (error) fail(stream, error);
        else if (!stream.destroyed) later(ready);
      };
      try {
        stream._construct(done);
      } catch (error) {
        done(error);
      }
    });
  }

  function addAbortSignal(signal, stream) {
    const abort = () => stream.destroy(Object.assign(new Error('The operation was aborted', { cause: signal.reason }), { name: 'AbortError', code: 'ABORT_ERR' }));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
    return stream;
  }

  /** The stream of old, of which all are made: it is piped as it is, without a memory. */
  function Stream(options) {
    EventEmitter.call(this, options);
  }
  Object.setPrototypeOf(Stream.prototype, EventEmitter.prototype);
  Object.setPrototypeOf(Stream, EventEmitter);
  Stream.prototype.pipe = function pipe(to, options) {
    this.on('data', (chunk) => {
      if (to.write(chunk) === false) this.pause?.();
    });
    to.on('drain', () => this.resume?.());
    if (options?.end !== false) this.on('end', () => to.end());
    to.emit('pipe', this);
    return to;
  };

  /** Getters that say what a member of a state is. */
  function getters(prototype, state, names) {
    for (const [name, of] of Object.entries(names)) {
      Object.defineProperty(prototype, name, {
        get() {
          const its = this[state];
          return its === undefined ? undefined : typeof of === 'function' ? of(its, this) : its[of];
        },
        configurable: true,
      });
    }
  }

  module.exports = { Stream, failure, later, common, destroy, fail, construct, addAbortSignal, getters, HIGH_WATER_MARK, HIGH_WATER_MARK_OBJECTS };
})
