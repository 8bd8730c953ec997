// stream: waiting for the end of streams, and several of them in a row.
(function (module, builtin) {
  'use strict';

  const { failure, later, addAbortSignal } = builtin('stream_base');
  const { Readable } = builtin('stream_readable');
  const { PassThrough } = builtin('stream_duplex');

  const isStream = (it) => typeof it?.on === 'function' && (typeof it.pipe === 'function' || typeof it.write === 'function');
  const isIterable = (it) => it != null && (typeof it[Symbol.asyncIterator] === 'function' || typeof it[Symbol.iterator] === 'function');

  /** Calls back once both sides are through, or one of them failed; gives what stops waiting. */
  function finished(stream, options, callback) {
    if (typeof options === 'function') [callback, options] = [options, {}];
    const [readable, writable] = [stream._readableState, stream._writableState];
    const isRead = (options?.readable ?? true) && readable !== undefined && readable.readable !== false;
    const isWritten = (options?.writable ?? true) && writable !== undefined && writable.writable !== false;
    const isClosing = [readable, writable].some((state) => state?.autoDestroy && state.emitClose);
    let isOver = false;
    const end = (error) => {
      if (isOver) return;
      isOver = true;
      if (error) callback.call(stream, error);
      else callback.call(stream);
    };
    const isThrough = () => (!isRead || readable.endEmitted) && (!isWritten || writable.finished);
    const failed = (error) => end(error);
    // One that closes by itself is over when it has.
    const step = () => {
      if (isThrough() && !(isClosing && (readable ? readable.autoDestroy : true) && (writable?.finished ?? true) && (readable?.endEmitted ?? true))) end();
    };
    const closed = () => {
      const error = readable?.errored ?? writable?.errored;
      if (error) end(error);
      else end(isThrough() ? undefined : failure('ERR_STREAM_PREMATURE_CLOSE'));
    };
    const events = { end: step, finish: step, close: closed };
    if (options?.error !== false) events.error = failed;
    for (const [name, listener] of Object.entries(events)) stream.on(name, listener);
    if (readable?.closeEmitted || writable?.closeEmitted) later(closed);
    else if (readable?.errorEmitted || writable?.errorEmitted) later(failed, readable?.errored ?? writable?.errored);
    else if (isThrough()) later(step);
    return () => {
      isOver = true;
      for (const [name, listener] of Object.entries(events)) stream.removeListener(name, listener);
    };
  }

  async function* iterate(stream, options) {
    let wake = () => {};
    let error;
    function next(resolve) {
      if (this === stream) {
        wake();
        wake = () => {};
      } else {
        wake = resolve;
      }
    }
    stream.on('readable', next);
    const stop = finished(stream, { writable: false }, (failed) => {
      error = failed ?? null;
      wake();
      wake = () => {};
    });
    try {
      for (;;) {
        const chunk = stream.destroyed ? null : stream.read();
        if (chunk !== null) yield chunk;
        else if (error) throw error;
        else if (error === null) return;
        else await new Promise(next);
      }
    } catch (thrown) {
      error = thrown;
      throw thrown;
    } finally {
      if ((error || options?.destroyOnReturn !== false) && (error === undefined || stream._readableState.autoDestroy)) {
        stream.destroy();
      } else {
        stream.removeListener('readable', next);
        stop();
      }
    }
  }

  function from(source, options) {
    if (typeof source === 'string' || source instanceof Uint8Array) {
      return new Readable({
        objectMode: true,
        ...options,
        read() {
          this.push(source);
          this.push(null);
        },
      });
    }
    if (!isIterable(source)) {
      throw Object.assign(new TypeError('The "iterable" argument must be an instance of Iterable.'), { code: 'ERR_INVALID_ARG_TYPE' });
    }
    const iterator = source[Symbol.asyncIterator]?.() ?? source[Symbol.iterator]();
    const made = new Readable({ objectMode: true, highWaterMark: 1, ...options });
    let isReading = false;
    const next = async () => {
      try {
        for (;;) {
          const { value, done } = await iterator.next();
          const chunk = await value;
          if (done) {
            made.push(null);
            return;
          }
          if (chunk === null) throw failure('ERR_STREAM_NULL_VALUES');
          if (!made.push(chunk)) break;
        }
        isReading = false;
      } catch (error) {
        made.destroy(error);
      }
    };
    made._read = () => {
      if (isReading) return;
      isReading = true;
      next();
    };
    made._destroy = (error, callback) => {
      const close = async () => {
        if (error && typeof iterator.throw === 'function') {
          const { value, done } = await iterator.throw(error);
          await value;
          if (done) return;
        }
        await (await iterator.return?.())?.value;
      };
      close().then(() => later(callback, error), (failed) => later(callback, failed ?? error));
    };
    return made;
  }

  /** Writes what an iterable gives, at the pace of the stream. */
  async function pump(source, to, isEnded) {
    let failed = null;
    let wake = () => {};
    const onDrain = () => wake();
    to.on('drain', onDrain);
    const stop = finished(to, { readable: false }, (error) => {
      failed = error ?? null;
      wake();
    });
    try {
      for await (const chunk of source) {
        if (failed) throw failed;
        if (to.destroyed) throw failure('ERR_STREAM_PREMATURE_CLOSE');
        if (!to.write(chunk)) await new Promise((resolve) => { wake = resolve; if (!to.writableNeedDrain) resolve(); });
      }
      if (isEnded) to.end();
    } finally {
      stop();
      to.removeListener('drain', onDrain);
    }
  }

  function run(stages, options, callback) {
    if (stages.length === 1 && Array.isArray(stages[0])) stages = stages[0];
    if (stages.length < 2) throw failure('ERR_MISSING_ARGS', 'streams');
    const streams = [];
    const controller = new AbortController();
    let [left, failed, value] = [1, null, undefined];
    const over = (error) => {
      left -= 1;
      // What ended because another stage failed says only that it ended early.
      if (error && (!failed || failed.code === 'ERR_STREAM_PREMATURE_CLOSE')) failed = error;
      if (error) {
        controller.abort();
        for (const stream of streams) {
          stream.on('error', () => {});
          if (!stream.destroyed && !isOver(stream)) stream.destroy(error);
        }
      }
      if (left === 0) later(() => callback(failed ?? undefined, value));
    };
    const wait = (promise) => {
      left += 1;
      promise.then(() => over(), over);
    };
    const watch = (stream, which) => {
      streams.push(stream);
      left += 1;
      finished(stream, which, over);
    };
    const last = stages.length - 1;
    const abort = () => over(Object.assign(new Error('The operation was aborted', { cause: options.signal.reason }), { name: 'AbortError', code: 'ABORT_ERR' }));
    if (options?.signal?.aborted) later(abort);
    else if (options?.signal) options.signal.addEventListener('abort', () => { left += 1; abort(); });
    let current;
    stages.forEach((stage, at) => {
      const isEnded = at < last || options?.end !== false;
      if (typeof stage === 'function') {
        current = at === 0 ? stage({ signal: controller.signal }) : stage(asIterable(current), { signal: controller.signal });
        if (at === last) {
          const isResult = typeof current?.then === 'function';
          wait(isResult ? current.then((it) => { value = it; }) : exhaust(current));
        }
      } else if (!isStream(stage)) {
        current = stage;
      } else {
        watch(stage, { readable: at < last, writable: at > 0 });
        if (at > 0 && isStream(current)) connect(current, stage, isEnded);
        else if (at > 0) wait(pump(current, stage, isEnded));
        current = stage;
      }
    });
    if (!options?.signal?.aborted) over();
    return isStream(stages[last]) ? stages[last] : new PassThrough();
  }

  const isOver = (it) => (it._readableState?.endEmitted ?? true) && (it._writableState?.finished ?? true);
  const asIterable = (it) => (isStream(it) && !it[Symbol.asyncIterator] ? Readable.from(it) : it);
  const connect = (source, to, isEnded) => source.pipe(to, { end: isEnded });

  async function exhaust(iterable) {
    for await (const _ of iterable);
  }

  function pipeline(...stages) {
    const callback = stages.pop();
    if (typeof callback !== 'function') {
      throw Object.assign(new TypeError('The "streams[stages.length - 1]" property must be of type function.'), { code: 'ERR_INVALID_ARG_TYPE' });
    }
    return run(stages, {}, callback);
  }

  const isOptions = (it) => typeof it === 'object' && it !== null && !isStream(it) && !isIterable(it);
  const promises = {
    pipeline: (...stages) => new Promise((resolve, reject) => {
      const options = isOptions(stages.at(-1)) ? stages.pop() : {};
      run(stages, options, (error, value) => (error ? reject(error) : resolve(value)));
    }),
    finished: (stream, options) => new Promise((resolve, reject) => {
      if (options?.signal) addAbortSignal(options.signal, stream);
      finished(stream, options ?? {}, (error) => (error ? reject(error) : resolve()));
    }),
  };

  module.exports = { finished, pipeline, promises, iterate, from };
})
