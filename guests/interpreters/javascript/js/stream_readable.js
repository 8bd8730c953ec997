// stream: Readable, which flows, or is read, or is iterated.
(function (module, builtin) {
  'use strict';

  const EventEmitter = builtin('events');
  const { Buffer } = builtin('buffer');
  const { Stream, failure, later, common, destroy, fail, construct, addAbortSignal, getters } = builtin('stream_base');

  function Readable(options) {
    if (!(this instanceof Readable)) return new Readable(options);
    Readable.begin(this, options ?? {}, false);
    construct(this, () => maybeReadMore(this));
  }
  Object.setPrototypeOf(Readable.prototype, Stream.prototype);
  Object.setPrototypeOf(Readable, Stream);

  Readable.begin = (stream, options, isDuplex) => {
    stream._readableState = Object.assign(common(options, isDuplex, 'readable'), {
      buffer: [], flowing: null, ended: false, endEmitted: false, reading: false, sync: true, needReadable: false,
      emittedReadable: false, readableListening: false, resumeScheduled: false, readingMore: false, didRead: false,
      pipes: [], waiting: new Set(), decoder: null, encoding: null, readable: true,
    });
    for (const name of ['read', 'destroy', 'construct']) {
      if (typeof options[name] === 'function') stream[`_${name}`] = options[name];
    }
    Stream.call(stream, options);
    if (options.signal) addAbortSignal(options.signal, stream);
    if (options.encoding) stream.setEncoding(options.encoding);
  };

  function add(stream, chunk, encoding, isFirst) {
    const state = stream._readableState;
    if (chunk === null) {
      state.reading = false;
      if (!state.ended) endOfInput(stream, state);
      return false;
    }
    if (!state.objectMode) {
      if (typeof chunk === 'string') chunk = Buffer.from(chunk, encoding);
      else if (ArrayBuffer.isView(chunk)) chunk = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      else {
        fail(stream, failure('ERR_INVALID_ARG_TYPE', 'chunk', chunk));
        return false;
      }
    }
    if (isFirst) {
      if (state.endEmitted) fail(stream, failure('ERR_STREAM_UNSHIFT_AFTER_END_EVENT'));
      else if (!state.destroyed && !state.errored) put(stream, state, state.decoder ? state.decoder.write(chunk) : chunk, true);
    } else if (state.ended) {
      fail(stream, failure('ERR_STREAM_PUSH_AFTER_EOF'));
    } else if (state.destroyed || state.errored) {
      return false;
    } else {
      state.reading = false;
      if (state.decoder) chunk = state.decoder.write(chunk);
      if (state.objectMode || chunk.length > 0) put(stream, state, chunk, false);
      else maybeReadMore(stream);
    }
    return !state.ended && (state.length < state.highWaterMark || state.length === 0);
  }

  function put(stream, state, chunk, isFirst) {
    if (state.flowing && state.length === 0 && !state.sync && stream.listenerCount('data') > 0) {
      state.didRead = true;
      stream.emit('data', chunk);
    } else {
      state.length += state.objectMode ? 1 : chunk.length;
      if (isFirst) state.buffer.unshift(chunk);
      else state.buffer.push(chunk);
      if (state.needReadable) emitReadable(stream);
    }
    maybeReadMore(stream);
  }

  function endOfInput(stream, state) {
    const rest = state.decoder?.end();
    if (rest) {
      state.buffer.push(rest);
      state.length += state.objectMode ? 1 : rest.length;
    }
    state.ended = true;
    if (state.sync) {
      emitReadable(stream);
    } else {
      state.needReadable = false;
      state.emittedReadable = true;
      emitReadableNow(stream);
    }
  }

  function emitReadable(stream) {
    const state = stream._readableState;
    state.needReadable = false;
    if (state.emittedReadable) return;
    state.emittedReadable = true;
    later(emitReadableNow, stream);
  }

  function emitReadableNow(stream) {
    const state = stream._readableState;
    if (!state.destroyed && !state.errored && (state.length > 0 || state.ended)) {
      stream.emit('readable');
      state.emittedReadable = false;
    }
    state.needReadable = !state.flowing && !state.ended && state.length <= state.highWaterMark;
    flow(stream);
  }

  function maybeReadMore(stream) {
    const state = stream._readableState;
    if (state.readingMore || !state.constructed) return;
    state.readingMore = true;
    later(() => {
      while (!state.reading && !state.ended && (state.length < state.highWaterMark || (state.flowing && state.length === 0))) {
        const before = state.length;
        stream.read(0);
        if (before === state.length) break;
      }
      state.readingMore = false;
    });
  }

  function flow(stream) {
    while (stream._readableState.flowing && stream.read() !== null);
  }

  /** How much a call of `read` gives. */
  function amount(n, state) {
    if (n <= 0 || (state.length === 0 && state.ended)) return 0;
    if (state.objectMode) return 1;
    if (Number.isNaN(n)) return state.flowing && state.length > 0 ? state.buffer[0].length : state.length;
    if (n <= state.length) return n;
    return state.ended ? state.length : 0;
  }

  function take(state, n) {
    if (state.objectMode) return state.buffer.shift();
    if (n === state.buffer[0].length) return state.buffer.shift();
    const whole = state.buffer.length === 1 ? state.buffer[0] : state.decoder ? state.buffer.join('') : Buffer.concat(state.buffer);
    state.buffer = n < whole.length ? [whole.slice(n)] : [];
    return n < whole.length ? whole.slice(0, n) : whole;
  }

  function fill(stream, state) {
    state.reading = true;
    state.sync = true;
    if (state.length === 0) state.needReadable = true;
    try {
      stream._read(state.highWaterMark);
    } catch (error) {
      fail(stream, error);
    }
    state.sync = false;
  }

  function end(stream) {
    const state = stream._readableState;
    if (state.endEmitted) return;
    state.ended = true;
    later(() => {
      if (state.errored || state.closeEmitted || state.endEmitted || state.length > 0) return;
      state.endEmitted = true;
      stream.emit('end');
      const writable = stream._writableState;
      if (writable && stream.allowHalfOpen === false && !writable.ending) later(() => stream.end());
      else if (state.autoDestroy && (!writable || (writable.autoDestroy && (writable.finished || writable.writable === false)))) stream.destroy();
    });
  }

  function resume(stream) {
    const state = stream._readableState;
    if (state.resumeScheduled) return;
    state.resumeScheduled = true;
    later(() => {
      if (!state.reading) stream.read(0);
      state.resumeScheduled = false;
      stream.emit('resume');
      flow(stream);
      if (state.flowing && !state.reading) stream.read(0);
    });
  }

  function listen(stream, name) {
    const state = stream._readableState;
    if (name === 'data') {
      state.readableListening = stream.listenerCount('readable') > 0;
      if (state.flowing !== false) stream.resume();
    } else if (name === 'readable' && !state.endEmitted && !state.readableListening) {
      state.readableListening = state.needReadable = true;
      state.flowing = false;
      state.emittedReadable = false;
      if (state.length > 0 || state.ended) emitReadable(stream);
      else if (!state.reading) later(() => stream.read(0));
    }
  }

  function unlisten(stream, name) {
    if (name !== 'readable' && name !== undefined) return;
    later(() => {
      const state = stream._readableState;
      state.readableListening = stream.listenerCount('readable') > 0;
      if (state.resumeScheduled) state.flowing = true;
      else if (stream.listenerCount('data') > 0 && state.flowing !== null) stream.resume();
      else if (!state.readableListening) state.flowing = null;
    });
  }

  Object.assign(Readable.prototype, {
    destroy,
    _destroy(error, callback) {
      callback(error);
    },
    _read() {
      throw failure('ERR_METHOD_NOT_IMPLEMENTED', '_read()');
    },
    push(chunk, encoding) {
      return add(this, chunk, encoding, false);
    },
    unshift(chunk, encoding) {
      return add(this, chunk, encoding, true);
    },
    read(size) {
      const state = this._readableState;
      const n = size === undefined ? NaN : Number.parseInt(size, 10);
      if (n > state.highWaterMark) state.highWaterMark = n;
      if (n !== 0) state.emittedReadable = false;
      if (n === 0 && state.needReadable && ((state.highWaterMark !== 0 ? state.length >= state.highWaterMark : state.length > 0) || state.ended)) {
        if (state.length === 0 && state.ended) end(this);
        else emitReadable(this);
        return null;
      }
      let wanted = amount(n, state);
      if (wanted === 0 && state.ended) {
        if (state.length === 0) end(this);
        return null;
      }
      const isLow = state.needReadable || state.length === 0 || state.length - wanted < state.highWaterMark;
      if (isLow && !state.ended && !state.reading && !state.destroyed && !state.errored && state.constructed) {
        fill(this, state);
        if (!state.reading) wanted = amount(n, state);
      }
      const chunk = wanted > 0 && state.length > 0 ? take(state, wanted) : null;
      if (chunk === null) {
        state.needReadable = state.length <= state.highWaterMark;
        wanted = 0;
      }
      state.length -= wanted;
      if (state.length === 0) {
        if (!state.ended) state.needReadable = true;
        if (n !== wanted && state.ended) end(this);
      }
      if (chunk !== null && !state.errored && !state.closeEmitted) {
        state.didRead = true;
        this.emit('data', chunk);
      }
      return chunk;
    },
    on(name, listener) {
      EventEmitter.prototype.on.call(this, name, listener);
      listen(this, name);
      return this;
    },
    removeListener(name, listener) {
      EventEmitter.prototype.removeListener.call(this, name, listener);
      unlisten(this, name);
      return this;
    },
    removeAllListeners(name) {
      EventEmitter.prototype.removeAllListeners.call(this, name);
      unlisten(this, name);
      return this;
    },
    pause() {
      if (this._readableState.flowing !== false) {
        this._readableState.flowing = false;
        this.emit('pause');
      }
      this._readableState.isPaused = true;
      return this;
    },
    resume() {
      const state = this._readableState;
      if (!state.flowing) {
        state.flowing = !state.readableListening;
        resume(this);
      }
      state.isPaused = false;
      return this;
    },
    isPaused() {
      return this._readableState.isPaused === true || this._readableState.flowing === false;
    },
    setEncoding(name) {
      const state = this._readableState;
      state.decoder = new (builtin('string_decoder').StringDecoder)(name ?? 'utf8');
      state.encoding = state.decoder.encoding;
      const text = state.buffer.map((chunk) => state.decoder.write(chunk)).join('');
      state.buffer = text ? [text] : [];
      state.length = text.length;
      return this;
    },
    pipe(to, options) {
      const state = this._readableState;
      const pause = () => {
        state.waiting.add(to);
        this.pause();
      };
      const pipe = {
        to,
        data: (chunk) => {
          if (to.write(chunk) === false) pause();
        },
        drain: () => {
          if (state.waiting.delete(to) && state.waiting.size === 0 && state.pipes.length > 0) this.resume();
        },
        stop: () => this.unpipe(to),
        failed: (error) => {
          this.unpipe(to);
          if (to.listenerCount('error') > 0) return;
          if (to._writableState?.errorEmitted === false) to.destroy(error);
          else to.emit('error', error);
        },
        end: () => to.end(),
      };
      pipe.isEnded = options?.end !== false && to !== globalThis.process?.stdout && to !== globalThis.process?.stderr;
      state.pipes.push(pipe);
      const after = pipe.isEnded ? pipe.end : pipe.stop;
      pipe.after = after;
      if (state.endEmitted) later(after);
      else this.once('end', after);
      this.on('data', pipe.data);
      to.on?.('drain', pipe.drain);
      to.prependListener?.('error', pipe.failed);
      to.once?.('close', pipe.stop);
      to.once?.('finish', pipe.stop);
      to.emit?.('pipe', this);
      if (to.writableNeedDrain === true) pause();
      else if (!state.flowing) this.resume();
      return to;
    },
    unpipe(to) {
      const state = this._readableState;
      for (const pipe of state.pipes.filter((it) => to === undefined || it.to === to)) {
        state.pipes.splice(state.pipes.indexOf(pipe), 1);
        this.removeListener('data', pipe.data);
        this.removeListener('end', pipe.after);
        pipe.to.removeListener?.('drain', pipe.drain);
        pipe.to.removeListener?.('error', pipe.failed);
        pipe.to.removeListener?.('close', pipe.stop);
        pipe.to.removeListener?.('finish', pipe.stop);
        if (state.waiting.delete(pipe.to) && state.pipes.length > 0) this.resume();
        if (state.pipes.length === 0) this.pause();
        pipe.to.emit?.('unpipe', this, { hasUnpiped: false });
      }
      return this;
    },
  });
  Readable.prototype.addListener = Readable.prototype.on;
  Readable.prototype.off = Readable.prototype.removeListener;

  getters(Readable.prototype, '_readableState', {
    readableFlowing: 'flowing', readableLength: 'length', readableHighWaterMark: 'highWaterMark', readableObjectMode: 'objectMode',
    readableEncoding: 'encoding', readableEnded: 'endEmitted', readableDidRead: 'didRead', errored: 'errored', closed: 'closed',
    readableAborted: (state) => Boolean((state.destroyed || state.errored) && !state.endEmitted),
    readable: (state) => state.readable !== false && !state.destroyed && !state.errorEmitted && !state.endEmitted,
    destroyed: (state, stream) => state.destroyed || Boolean(stream._writableState?.destroyed),
  });

  module.exports = { Readable };
})
