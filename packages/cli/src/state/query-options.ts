import type { ListQuery } from '@aktis/dashboard';
import { type Command, InvalidArgumentError, Option } from 'commander';

type Filter = NonNullable<ListQuery['filters']>[number];

export interface FilterChoice {
  readonly filter: readonly Filter[];
}

export interface QueryChoice extends FilterChoice {
  readonly limit: number;
  readonly offset: number;
  readonly sort?: string;
  readonly detail?: boolean;
}

export function filterOption(): Option {
  return new Option(
    '-f, --filter <condition>',
    '"field=value", also with != < <= > >= and ~ (contains); nothing after = : the field is absent. ' +
      'May be given several times: all must hold',
  )
    .argParser((text, earlier: readonly Filter[] = []) => [...earlier, parseFilter(text)])
    .default([], 'none');
}

export function addQueryOptions(command: Command): Command {
  return command
    .addOption(filterOption())
    .option('-n, --limit <count>', 'at most so many, up to 10000', wholeNumber(1, 10_000), 100)
    .option('--offset <count>', 'pass over so many first', wholeNumber(0), 0)
    .option('-s, --sort <field>', 'ascending by this field; with - before it descending: --sort=-duration')
    .option('--detail', 'also the fields that cost more to find; prints YAML unless --format is given');
}

/** What travels; whether the fields exist is for the nodes to say. */
export function queryOf({ filter, limit, offset, sort, detail = false }: QueryChoice): ListQuery {
  return { filters: filter, limit, offset, detail, ...(sort !== undefined && { sort }) };
}

/** `state=FAILED`, `duration>500`, `name~load` */
export function parseFilter(text: string): Filter {
  const [, key, operator, value] = /^\s*(\w+)\s*(!=|<=|>=|=|<|>|~)\s*(.*?)\s*$/s.exec(text) ?? [];
  if (key === undefined || operator === undefined || value === undefined) {
    throw new InvalidArgumentError('It must be a field, one of = != < <= > >= ~, and a value: "state=FAILED".');
  }
  return [key, operator === '~' ? 'contains' : operator, value];
}

/** For options that are counts. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return text => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= least && number <= most) return number;
    const upTo = most === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${most}`;
    throw new InvalidArgumentError(`It must be a whole number, at least ${least}${upTo}.`);
  };
}
