// stream: Writable, which takes one chunk after the other.
(function (module, builtin) {
  'use strict';

  const { Buffer } = builtin('buffer');
  const { Stream, failure, later, common, destroy, fail, construct, addAbortSignal, getters } = builtin('stream_base');
  const nothing = () => {};

  function Writable(options) {
    if (!(this instanceof Writable)) return new Writable(options);
    Writable.begin(this, options ?? {}, false);
    construct(this, () => Writable.ready(this));
  }
  Object.setPrototypeOf(Writable.prototype, Stream.prototype);
  Object.setPrototypeOf(Writable, Stream);
  // A Duplex is one, though it inherits from Readable.
  Object.defineProperty(Writable, Symbol.hasInstance, {
    value(it) {
      return Function.prototype[Symbol.hasInstance].call(this, it) || (this === Writable && it?._writableState !== undefined);
    },
  });

  Writable.begin = (stream, options, isDuplex) => {
    stream._writableState = Object.assign(common(options, isDuplex, 'writable'), {
      buffered: [], writing: false, sync: true, corked: 0, needDrain: false, ending: false, ended: false, finished: false,
      prefinished: false, finalCalled: false, pending: 0, current: null, whenFinished: [], isClearing: false, writable: true,
      decodeStrings: options.decodeStrings !== false, defaultEncoding: options.defaultEncoding ?? 'utf8',
    });
    for (const name of ['write', 'writev', 'final', 'destroy', 'construct']) {
      if (typeof options[name] === 'function') stream[`_${name}`] = options[name];
    }
    if (isDuplex) return;
    Stream.call(stream, options);
    if (options.signal) addAbortSignal(options.signal, stream);
  };

  /** What is to be done once `_construct` is through. */
  Writable.ready = (stream) => {
    clear(stream);
    finishMaybe(stream);
  };

  function write(stream, chunk, encoding, callback) {
    const state = stream._writableState;
    if (typeof encoding === 'function') [callback, encoding] = [encoding, undefined];
    encoding ??= state.defaultEncoding;
    callback = typeof callback === 'function' ? callback : nothing;
    if (chunk === null) throw failure('ERR_STREAM_NULL_VALUES');
    if (!state.objectMode) {
      if (typeof chunk === 'string') {
        if (state.decodeStrings) [chunk, encoding] = [Buffer.from(chunk, encoding), 'buffer'];
      } else if (ArrayBuffer.isView(chunk)) {
        chunk = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
        encoding = 'buffer';
      } else {
        throw failure('ERR_INVALID_ARG_TYPE', 'chunk', chunk);
      }
    }
    const error = state.ending ? failure('ERR_STREAM_WRITE_AFTER_END') : state.destroyed ? failure('ERR_STREAM_DESTROYED', 'write') : null;
    if (error) {
      later(callback, error);
      fail(stream, error);
      return error;
    }
    const length = state.objectMode ? 1 : chunk.length;
    state.pending++;
    state.length += length;
    const hasRoom = state.length < state.highWaterMark;
    if (!hasRoom) state.needDrain = true;
    const one = { chunk, encoding, callback, length };
    if (state.writing || state.corked > 0 || state.errored || !state.constructed) state.buffered.push(one);
    else hand(stream, state, one, () => stream._write(chunk, encoding, state.current.done));
    return hasRoom && !state.errored && !state.destroyed;
  }

  function hand(stream, state, one, call) {
    state.current = one;
    state.writing = true;
    state.sync = true;
    one.done = (error) => written(stream, one, error);
    try {
      call();
    } catch (error) {
      one.done(error);
    }
    state.sync = false;
  }

  function written(stream, one, error) {
    const state = stream._writableState;
    if (state.current !== one) {
      fail(stream, failure('ERR_MULTIPLE_CALLBACK'));
      return;
    }
    const { sync } = state;
    state.current = null;
    state.writing = false;
    state.length -= one.length;
    if (error) {
      state.errored ??= error;
      if (stream._readableState) stream._readableState.errored ??= error;
      const told = () => {
        state.pending -= one.count ?? 1;
        one.callback(error);
        giveUp(state);
        fail(stream, error);
      };
      if (sync) later(told);
      else told();
      return;
    }
    if (state.buffered.length > 0) clear(stream);
    if (sync) later(afterWrite, stream, one);
    else afterWrite(stream, one);
  }

  function afterWrite(stream, one) {
    const state = stream._writableState;
    if (!state.ending && !state.destroyed && state.length === 0 && state.needDrain) {
      state.needDrain = false;
      stream.emit('drain');
    }
    state.pending -= one.count ?? 1;
    one.callback(null);
    if (state.destroyed) giveUp(state);
    finishMaybe(stream);
  }

  /** Tells those that wait that they wait in vain. */
  function giveUp(state) {
    if (state.writing) return;
    for (const { callback, length } of state.buffered.splice(0)) {
      state.length -= length;
      callback(state.errored ?? failure('ERR_STREAM_DESTROYED', 'write'));
    }
    for (const callback of state.whenFinished.splice(0)) callback(state.errored ?? failure('ERR_STREAM_DESTROYED', 'end'));
  }

  /** Writes what has waited, as far as each write is through at once. */
  function clear(stream) {
    const state = stream._writableState;
    if (state.corked > 0 || state.isClearing || state.destroyed || !state.constructed) return;
    state.isClearing = true;
    if (typeof stream._writev === 'function' && state.buffered.length > 1 && !state.writing) {
      const all = state.buffered.splice(0);
      const one = {
        length: all.reduce((sum, it) => sum + it.length, 0),
        count: all.length,
        callback: (error) => all.forEach((it) => it.callback(error)),
      };
      hand(stream, state, one, () => stream._writev(all.map(({ chunk, encoding }) => ({ chunk, encoding })), one.done));
    }
    while (state.buffered.length > 0 && !state.writing && !state.errored) {
      const one = state.buffered.shift();
      hand(stream, state, one, () => stream._write(one.chunk, one.encoding, one.done));
    }
    state.isClearing = false;
  }

  function isFinishing(state) {
    return state.ending && !state.destroyed && state.constructed && state.length === 0 && !state.errored && state.buffered.length === 0
      && !state.finished && !state.writing && !state.errorEmitted && !state.closeEmitted;
  }

  function finishMaybe(stream, isSync = false) {
    const state = stream._writableState;
    if (!isFinishing(state)) return;
    if (!state.prefinished && !state.finalCalled) {
      if (typeof stream._final === 'function') {
        state.finalCalled = true;
        state.pending++;
        final(stream, state);
      } else {
        state.prefinished = true;
        stream.emit('prefinish');
      }
    }
    if (state.pending !== 0) return;
    state.pending++;
    const go = () => {
      if (isFinishing(state)) finish(stream, state);
      else state.pending--;
    };
    if (isSync) later(go);
    else go();
  }

  function final(stream, state) {
    let isDone = false;
    const done = (error) => {
      if (isDone) {
        fail(stream, error ?? failure('ERR_MULTIPLE_CALLBACK'));
        return;
      }
      isDone = true;
      state.pending--;
      if (error) {
        state.errored ??= error;
        for (const callback of state.whenFinished.splice(0)) callback(error);
        fail(stream, error);
      } else if (isFinishing(state)) {
        state.prefinished = true;
        stream.emit('prefinish');
        state.pending++;
        later(finish, stream, state);
      }
    };
    try {
      stream._final(done);
    } catch (error) {
      done(error);
    }
  }

  function finish(stream, state) {
    state.pending--;
    if (state.finished || state.destroyed) return;
    state.finished = true;
    for (const callback of state.whenFinished.splice(0)) callback(null);
    stream.emit('finish');
    const readable = stream._readableState;
    if (state.autoDestroy && (!readable || (readable.autoDestroy && (readable.endEmitted || readable.readable === false)))) stream.destroy();
  }

  const methods = {
    _destroy(error, callback) {
      callback(error);
    },
    destroy(error, callback) {
      const state = this._writableState;
      if (!state.destroyed && (state.buffered.length > 0 || state.whenFinished.length > 0)) later(giveUp, state);
      return destroy.call(this, error, callback);
    },
    _write(chunk, encoding, callback) {
      if (typeof this._writev !== 'function') throw failure('ERR_METHOD_NOT_IMPLEMENTED', '_write()');
      this._writev([{ chunk, encoding }], callback);
    },
    write(chunk, encoding, callback) {
      return write(this, chunk, encoding, callback) === true;
    },
    end(chunk, encoding, callback) {
      const state = this._writableState;
      if (typeof chunk === 'function') [callback, chunk, encoding] = [chunk, undefined, undefined];
      else if (typeof encoding === 'function') [callback, encoding] = [encoding, undefined];
      let error = null;
      if (chunk !== null && chunk !== undefined) {
        const made = write(this, chunk, encoding);
        if (made instanceof Error) error = made;
      }
      if (state.corked > 0) {
        state.corked = 1;
        this.uncork();
      }
      if (error === null) {
        if (!state.errored && !state.ending) {
          state.ending = true;
          finishMaybe(this, true);
          state.ended = true;
        } else if (state.finished) {
          error = failure('ERR_STREAM_ALREADY_FINISHED', 'end');
        } else if (state.destroyed) {
          error = failure('ERR_STREAM_DESTROYED', 'end');
        }
      }
      if (typeof callback === 'function') {
        if (error || state.finished) later(callback, error);
        else state.whenFinished.push(callback);
      }
      return this;
    },
    cork() {
      this._writableState.corked++;
    },
    uncork() {
      const state = this._writableState;
      if (state.corked === 0) return;
      state.corked--;
      if (!state.writing) clear(this);
    },
    setDefaultEncoding(name) {
      this._writableState.defaultEncoding = String(name).toLowerCase();
      return this;
    },
  };
  Object.assign(Writable.prototype, methods, {
    pipe() {
      fail(this, failure('ERR_STREAM_CANNOT_PIPE'));
    },
  });

  Writable.getters = (prototype) => getters(prototype, '_writableState', {
    writable: (state) => state.writable !== false && !state.destroyed && !state.errored && !state.ending && !state.ended,
    writableEnded: 'ending', writableFinished: 'finished', writableLength: 'length', writableHighWaterMark: 'highWaterMark',
    writableObjectMode: 'objectMode', writableCorked: 'corked',
    writableNeedDrain: (state) => !state.destroyed && !state.ending && state.needDrain,
    writableAborted: (state) => Boolean((state.destroyed || state.errored) && !state.finished),
  });
  Writable.getters(Writable.prototype);
  getters(Writable.prototype, '_writableState', { destroyed: 'destroyed', errored: 'errored', closed: 'closed' });

  module.exports = { Writable, methods };
})
