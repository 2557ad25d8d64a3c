export {
  cancelOptions,
  getActorOptions,
  getOptions,
  killOptions,
  waitOptions,
} from './call-options.ts';
export { actorOptions, methodOptions, taskOptions } from './definition-options.ts';
export { initOptions, placementBundles, placementGroupOptions } from './session-options.ts';
