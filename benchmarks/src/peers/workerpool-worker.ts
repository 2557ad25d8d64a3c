import workerpool from 'workerpool';
import { add, count, ends } from './numbers.ts';

workerpool.worker({ add, count, ends });
