// process: as much of it as a function can have.
(function (module, builtin, native, state) {
  'use strict';

  const EventEmitter = builtin('events');
  const process = Object.create(EventEmitter.prototype);
  EventEmitter.call(process);
  const begun = native.nanos();

  const hrtime = (before) => {
    const now = native.nanos();
    let [seconds, nanos] = [Number(now / 1000000000n), Number(now % 1000000000n)];
    if (before) {
      seconds -= before[0];
      nanos -= before[1];
      if (nanos < 0) {
        seconds -= 1;
        nanos += 1000000000;
      }
    }
    return [seconds, nanos];
  };
  hrtime.bigint = () => native.nanos();

  const stream = (level) => ({
    isTTY: false,
    write(text, ...more) {
      native.log(level, typeof text === 'string' ? text : native.decode(text, false));
      const callback = more.find((it) => typeof it === 'function');
      if (callback) queueMicrotask(callback);
      return true;
    },
  });

  Object.assign(process, {
    env: native.environment(),
    argv: ['node', '/var/runtime/index.mjs'],
    execArgv: [],
    execPath: '/var/lang/bin/node',
    title: 'node',
    pid: 1,
    ppid: 0,
    platform: 'linux',
    arch: 'x64',
    version: 'v22.0.0',
    versions: { node: '22.0.0', quickjs: '0.16' },
    release: { name: 'node' },
    config: {},
    features: {},
    exitCode: undefined,
    stdout: stream(2),
    stderr: stream(4),
    hrtime,
    cwd: () => state.root,
    uptime: () => Number(native.nanos() - begun) / 1e9,
    nextTick: (callback, ...args) => queueMicrotask(() => callback(...args)),
    emitWarning: (warning) => builtin('console').console.warn(`(node:1) ${warning?.message ?? warning}`),
    memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
    cpuUsage: () => ({ user: Number(native.nanos() - begun) / 1000, system: 0 }),
    umask: () => 18,
    getuid: () => 993,
    getgid: () => 990,
    exit(code = process.exitCode ?? 0) {
      const error = new Error(`RequestId: ${state.requestId} Error: Runtime exited with error: exit status ${code}`);
      error.name = 'Runtime.ExitError';
      error.stack = '';
      state.invocation?.reject(error);
      throw error;
    },
    abort: () => process.exit(134),
    kill: () => process.exit(137),
    binding() {
      throw new Error('process.binding is not there: functions run without an operating system');
    },
  });
  module.exports = process;
  Object.defineProperty(module.exports, 'process', { value: process });
})
