import { remote } from './aktis.ts';

@remote({ maxRestart: 1 })
class Decorated {
  @remote({ numReturn: 2 }) pair(): [number, string] {
    return [1, 'a'];
  }
}

const Wrapped = remote(class Wrapped {}, { maxRestart: 1 });
const task = remote(function task() {}, { numCpu: 1 });

Wrapped.remote();
task.remote();

export { Decorated };
