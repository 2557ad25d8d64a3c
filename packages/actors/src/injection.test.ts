import { container, inject, injectAll, injectable } from 'tsyringe';
import { container as exported } from './container.ts';
import { construct, service } from './injection.ts';
import { InjectionError } from './injection-error.ts';
import { remote } from './remote.ts';

interface Clock {
  now(): number;
}

class Repository {
  find(): string {
    return 'found';
  }
}

beforeEach(() => container.clearInstances());
afterEach(() => container.reset());

describe('parameters marked with @inject', () => {
  class Account {
    readonly all: unknown[];
    constructor(
      readonly start: number,
      @inject(Repository) readonly repository: Repository,
      readonly label: string,
      @inject('Clock') readonly clock: Clock,
      ...rest: unknown[]
    ) {
      this.all = rest;
    }
  }

  test('come from the container, and the arguments fill the rest in order', () => {
    container.register<Clock>('Clock', { useValue: { now: () => 5 } });
    const account = construct(Account, [100, 'savings', 'x', 'y']);
    expect(account).toBeInstanceOf(Account);
    expect(account.start).toBe(100);
    expect(account.repository.find()).toBe('found');
    expect(account.label).toBe('savings');
    expect(account.clock.now()).toBe(5);
    expect(account.all).toEqual(['x', 'y']);
  });

  test('without registration name token, parameter, class and what to do', () => {
    expect(() => construct(Account, [1, 'a'])).toThrow(InjectionError);
    expect(() => construct(Account, [1, 'a'])).toThrow(
      "Cannot inject 'Clock' as parameter 'clock' of class Account: nothing is registered for it in the container of this " +
        "worker. Register providers in a module that every worker imports: init({ runtimeEnv: { setup: import.meta.resolve('./container.js') } })",
    );
  });

  test('keep the error of a provider that throws as cause', () => {
    const cause = new Error('no clock today');
    container.register<Clock>('Clock', {
      useFactory: () => {
        throw cause;
      },
    });
    expect(() => construct(Account, [1, 'a'])).toThrow(expect.objectContaining({ cause }));
  });

  test('are inherited with the constructor', () => {
    class Savings extends Account {}
    container.register<Clock>('Clock', { useValue: { now: () => 7 } });
    expect(construct(Savings, [1, 'a']).clock.now()).toBe(7);
  });

  test('may ask for all that is registered, or for what may be missing', () => {
    class Listener {
      constructor(
        @injectAll('Handler') readonly handlers: unknown[],
        @inject('Tracer', { isOptional: true }) readonly tracer: unknown,
      ) {}
    }
    container.register('Handler', { useValue: 1 });
    container.register('Handler', { useValue: 2 });
    const listener = construct(Listener, []);
    expect(listener.handlers).toEqual([1, 2]);
    expect(listener.tracer).toBeUndefined();
  });
});

describe('without any mark', () => {
  class Ledger {
    entries = 0;
  }

  class Plain {
    constructor(readonly name: string) {}
  }

  test('arguments come first, and classes the container knows fill what they leave open', () => {
    @injectable()
    class Bank {
      constructor(
        readonly start: number,
        readonly ledger: Ledger,
      ) {}
    }
    container.registerSingleton(Ledger);
    const bank = construct(Bank, [5]);
    expect(bank.start).toBe(5);
    expect(bank.ledger).toBeInstanceOf(Ledger);
    const own = new Ledger();
    expect(construct(Bank, [5, own]).ledger).toBe(own);
  });

  test('optional parameters of other classes and of built-in ones stay undefined', () => {
    @remote()
    class Report {
      constructor(
        readonly plain?: Plain,
        readonly date?: Date,
      ) {}
    }
    expect(construct(Report, []).plain).toBeUndefined();
    expect(construct(Report, []).date).toBeUndefined();
  });

  test('a class without metadata gets its arguments', () => {
    expect(construct(Plain, ['x']).name).toBe('x');
  });
});

describe('service', () => {
  class Auditor {
    readonly clock = service<Clock>('Clock');
    readonly repository = service(Repository);
    constructor(readonly level: number) {}
  }

  test('injects into fields', () => {
    container.register<Clock>('Clock', { useValue: { now: () => 9 } });
    const auditor = construct(Auditor, [3]);
    expect(auditor.clock.now()).toBe(9);
    expect(auditor.repository.find()).toBe('found');
    expect(auditor.level).toBe(3);
  });

  test('asks the global container where nothing is being constructed', () => {
    container.register<Clock>('Clock', { useValue: { now: () => 9 } });
    expect(new Auditor(1).clock.now()).toBe(9);
  });

  test('names the class when nothing is registered, and recovers', () => {
    expect(() => construct(Auditor, [3])).toThrow(
      "Cannot inject service('Clock') in class Auditor: nothing is registered",
    );
    expect(() => service('Clock')).toThrow("Cannot inject service('Clock'): nothing is registered");
  });

  test('each actor has a container of its own under that of the worker', () => {
    const own = container.createChildContainer();
    own.register<Clock>('Clock', { useValue: { now: () => 11 } });
    expect(construct(Auditor, [3], own).clock.now()).toBe(11);
  });
});

test('the exported container is that of tsyringe', () => {
  exported.register('Word', { useValue: 'yes' });
  expect(container.resolve('Word')).toBe('yes');
  expect(exported.isRegistered('Word')).toBe(true);
  expect(exported.resolve('Word')).toBe('yes');
  expect('resolve' in exported).toBe(true);
});
