export {
  cancelOptions,
  getActorOptions,
  getOptions,
  killOptions,
  type WaitSettings,
  waitOptions,
} from './call-options.ts';
export { closestName } from './closest-name.ts';
export { actorOptions, methodOptions, taskOptions } from './definition-options.ts';
export { initOptions, placementBundles, placementGroupOptions } from './session-options.ts';
