// events: EventEmitter, once and on.
(function (module) {
  'use strict';

  function EventEmitter() {
    this._events ??= new Map();
  }

  const of = (emitter) => (emitter._events ??= new Map());

  function add(emitter, name, listener, isFirst) {
    if (typeof listener !== 'function') {
      const error = new TypeError(`The "listener" argument must be of type function. Received ${String(listener)}`);
      error.code = 'ERR_INVALID_ARG_TYPE';
      throw error;
    }
    const events = of(emitter);
    if (events.has('newListener')) emitter.emit('newListener', name, listener.listener ?? listener);
    const listeners = events.get(name) ?? [];
    events.set(name, isFirst ? [listener, ...listeners] : [...listeners, listener]);
    return emitter;
  }

  function onceOnly(emitter, name, listener) {
    const wrapped = (...args) => {
      emitter.removeListener(name, wrapped);
      return listener.apply(emitter, args);
    };
    wrapped.listener = listener;
    return wrapped;
  }

  Object.assign(EventEmitter.prototype, {
    on(name, listener) {
      return add(this, name, listener, false);
    },
    addListener(name, listener) {
      return add(this, name, listener, false);
    },
    prependListener(name, listener) {
      return add(this, name, listener, true);
    },
    once(name, listener) {
      return this.on(name, onceOnly(this, name, listener));
    },
    prependOnceListener(name, listener) {
      return add(this, name, onceOnly(this, name, listener), true);
    },
    removeListener(name, listener) {
      const listeners = of(this).get(name) ?? [];
      const at = listeners.findLastIndex((it) => it === listener || it.listener === listener);
      if (at >= 0) {
        const left = listeners.toSpliced(at, 1);
        if (left.length) of(this).set(name, left);
        else of(this).delete(name);
        this.emit('removeListener', name, listener);
      }
      return this;
    },
    off(name, listener) {
      return this.removeListener(name, listener);
    },
    removeAllListeners(name) {
      if (name === undefined) of(this).clear();
      else of(this).delete(name);
      return this;
    },
    emit(name, ...args) {
      const listeners = of(this).get(name);
      if (!listeners) {
        if (name !== 'error') return false;
        if (args[0] instanceof Error) throw args[0];
        const error = new Error(`Unhandled error. (${String(args[0])})`);
        error.code = 'ERR_UNHANDLED_ERROR';
        throw error;
      }
      for (const listener of listeners) listener.apply(this, args);
      return true;
    },
    listeners(name) {
      return (of(this).get(name) ?? []).map((it) => it.listener ?? it);
    },
    rawListeners(name) {
      return [...(of(this).get(name) ?? [])];
    },
    listenerCount(name) {
      return (of(this).get(name) ?? []).length;
    },
    eventNames() {
      return [...of(this).keys()];
    },
    setMaxListeners() {
      return this;
    },
    getMaxListeners: () => 10,
  });

  EventEmitter.EventEmitter = EventEmitter;
  EventEmitter.defaultMaxListeners = 10;
  EventEmitter.once = (emitter, name) => new Promise((resolve, reject) => {
    const failed = (error) => {
      emitter.removeListener(name, done);
      reject(error);
    };
    const done = (...args) => {
      emitter.removeListener('error', failed);
      resolve(args);
    };
    emitter.once(name, done);
    if (name !== 'error') emitter.once('error', failed);
  });
  module.exports = EventEmitter;
})
