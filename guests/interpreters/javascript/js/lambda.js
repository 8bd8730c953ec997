// The runtime: finds the handler, calls it with event and context, and says in Lambda's words what became of it.
(function (module, builtin, native, state) {
  'use strict';

  const timers = builtin('timers');
  const modules = builtin('modules');

  class ImportModuleError extends Error {}
  class HandlerNotFound extends Error {}
  class MalformedHandlerName extends Error {}
  class UserCodeSyntaxError extends Error {}
  class NodeJsExit extends Error {}
  class UnhandledPromiseRejection extends Error {}
  for (const kind of [
    ImportModuleError, HandlerNotFound, MalformedHandlerName, UserCodeSyntaxError, NodeJsExit, UnhandledPromiseRejection,
  ]) {
    Object.defineProperty(kind.prototype, 'name', { value: `Runtime.${kind.name}`, configurable: true, writable: true });
  }

  const NEVER = 'The event loop has nothing left to do, and the Promise that the handler returned was not settled: ' +
    'nothing will settle it. Look for a missing call of resolve or reject.';

  const rejected = new Map();
  let handler = null;
  let loading = null;

  /** A class may not be named as it is shown: its name is put on each error. */
  function raise(Kind, text, like) {
    const error = new Kind(text);
    error.stack = like?.stack ?? `${error.name}: ${text}`;
    return error;
  }

  /** `folder/index.handlers.first` as folder, file and what to look for in it. */
  function split(text) {
    const base = text.slice(text.lastIndexOf('/') + 1);
    const match = base.match(/^([^.]*)\.(.*)$/);
    if (!match) throw raise(MalformedHandlerName, 'Bad handler');
    return [text.slice(0, text.length - base.length), match[1], match[2]];
  }

  async function find(text) {
    if (text.includes('..')) {
      throw raise(MalformedHandlerName, `'${text}' is not a valid handler name. Use absolute paths when specifying ` +
        'root directories in handler names.');
    }
    const [folder, file, path] = split(text);
    let loaded;
    try {
      loaded = await modules.loadMain(folder + file);
    } catch (error) {
      if (error instanceof SyntaxError) throw raise(UserCodeSyntaxError, `SyntaxError: ${error.message}`, error);
      if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
        throw raise(ImportModuleError, `Error: ${error.message}`, error);
      }
      throw error;
    }
    let found = loaded;
    for (const key of path.split('.')) found = found && found[key];
    // What is exported as default only, as CommonJS is seen by importers.
    if (found === undefined && loaded?.default) {
      found = loaded.default;
      for (const key of path.split('.')) found = found && found[key];
    }
    if (!found) throw raise(HandlerNotFound, `${text} is undefined or not exported`);
    if (typeof found !== 'function') throw raise(HandlerNotFound, `${text} is not a function`);
    return found;
  }

  function start(files, text) {
    modules.take(files);
    return pending((settle) => {
      loading = settle;
      find(text).then((found) => {
        handler = found;
        loading = null;
        settle.resolve();
      }, settle.reject);
    });
  }

  /** A promise that `work` settles; an error that nobody catches rejects it. */
  function pending(work) {
    return new Promise((resolve, reject) => {
      let isDone = false;
      const once = (settle) => (value) => {
        if (isDone) return;
        isDone = true;
        state.invocation = null;
        settle(value);
      };
      const settle = { resolve: once(resolve), reject: once(reject), whenIdle: null };
      state.invocation = settle;
      work(settle);
    });
  }

  function contextOf(about, settle) {
    const { deadline, ...told } = about;
    const env = builtin('process').env;
    let isWaiting = true;
    let isDone = false;
    const finish = (error, value) => {
      if (isDone) return;
      isDone = true;
      if (error !== undefined && error !== null) settle.reject(error);
      else settle.resolve(value);
    };
    const context = {
      get callbackWaitsForEmptyEventLoop() {
        return isWaiting;
      },
      set callbackWaitsForEmptyEventLoop(value) {
        isWaiting = value;
      },
      done: finish,
      succeed: (value) => finish(null, value),
      fail: (error) => finish(error ?? 'handled'),
      functionVersion: told.functionVersion,
      functionName: told.functionName,
      memoryLimitInMB: String(told.memoryLimitInMB),
      logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
      clientContext: undefined,
      identity: undefined,
      invokedFunctionArn: told.invokedFunctionArn,
      awsRequestId: told.awsRequestId,
      getRemainingTimeInMillis: () => deadline - Date.now(),
    };
    const callback = (error, value) => {
      if (isDone) return;
      if ((error !== undefined && error !== null) || !isWaiting) {
        finish(error, value);
        return;
      }
      isDone = true;
      settle.whenIdle = () => settle.resolve(value);
    };
    return [context, callback];
  }

  function handle(event, about) {
    state.requestId = about.awsRequestId;
    return pending((settle) => {
      const [context, callback] = contextOf(about, settle);
      let answer;
      try {
        answer = handler(event, context, callback);
      } catch (error) {
        settle.reject(error);
        return;
      }
      if (answer && typeof answer.then === 'function') {
        settle.whenIdle ??= () => settle.reject(raise(NodeJsExit, NEVER));
        answer.then(settle.resolve, settle.reject);
      } else {
        settle.whenIdle ??= () => settle.resolve(null);
      }
    }).then((value) => {
      try {
        return JSON.stringify(value === undefined ? null : value) ?? 'null';
      } catch (error) {
        const text = `Unable to stringify response body: ${error.message}`;
        throw Object.assign(new Error(text), { name: 'Runtime.MarshalError' });
      }
    });
  }

  /** What `failure` shows of any value that was thrown. */
  function told(error) {
    const isError = error instanceof Error ||
      (error && typeof error.name === 'string' && typeof error.message === 'string' && typeof error.stack === 'string');
    if (!isError) return { type: typeof error, message: String(error), stack: [] };
    const stack = String(error.stack ?? `${error.name}: ${error.message}`).split('\n').filter((line) => line);
    return { type: String(error.name), message: String(error.message), stack };
  }

  /** As Lambda writes an error into the log. */
  function logged(error) {
    const { type, message, stack } = told(error);
    if (!(error instanceof Error)) return { errorType: type, errorMessage: message, trace: stack };
    return { errorType: type, errorMessage: message, code: error.code, ...error, stack };
  }

  function failure(call, error) {
    let text;
    try {
      text = JSON.stringify(logged(error), (_key, value) => (value instanceof Error ? logged(value) : value));
    } catch {
      text = JSON.stringify(told(error));
    }
    const prefix = call === 'load' ? 'Uncaught Exception' : 'Invoke Error';
    builtin('console').write(4, 'ERROR', `${prefix} \t${text}`);
    state.invocation = null;
    return told(error);
  }

  /** An error that nobody caught ends the call, or the next one if none runs. */
  function uncaught(error) {
    const settle = state.invocation;
    if (settle) settle.reject(error);
    else state.lost ??= { error };
  }

  function rejection(promise, reason, isHandled) {
    if (isHandled) rejected.delete(promise);
    else rejected.set(promise, reason);
  }

  /** Runs what is due. Gives the milliseconds until there is more to do. */
  function tick() {
    for (const [promise, reason] of rejected) {
      rejected.delete(promise);
      const text = reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason);
      uncaught(raise(UnhandledPromiseRejection, text, reason instanceof Error ? reason : undefined));
    }
    if (!state.invocation) return 0;
    if (state.lost) {
      const { error } = state.lost;
      state.lost = null;
      state.invocation.reject(error);
      return 0;
    }
    const wait = timers.run(uncaught);
    if (wait !== null) return wait;
    const { whenIdle } = state.invocation;
    if (whenIdle) whenIdle();
    else if (loading) loading.reject(raise(NodeJsExit, 'The event loop has nothing left to do, and the module is not loaded: ' +
      'a top-level await waits for a Promise that nothing will settle.'));
    return 0;
  }

  module.exports = { start, handle, failure, uncaught, rejection, tick };
})
