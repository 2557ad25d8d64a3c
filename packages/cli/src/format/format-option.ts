import { Option } from 'commander';
import { toYaml } from './yaml.ts';

export type Format = 'table' | 'json' | 'yaml';

export function formatOption(): Option {
  return new Option('--format <format>', 'how to print').choices(['table', 'json', 'yaml']).default('table');
}

/** Prints plain data; `table` makes what people read of it. */
export function print<T>(value: T, format: Format, table: (value: T) => string): void {
  console.log(format === 'table' ? table(value) : format === 'json' ? JSON.stringify(value, null, 2) : toYaml(value));
}
