/** What `import 'bn-lens'` gives an experiment file. */
export type { DomainDeclaration, SplitDeclaration } from './data/domainDeclaration.ts';
export { rescale } from './data/preprocess/rescale.ts';
export { resize } from './data/preprocess/resize.ts';
export type { FloatImage, PreprocessStep } from './data/preprocess/step.ts';
export type {
  DataSource,
  ImageDecoder,
  OpenSource,
  RawImage,
  SourceContext,
} from './data/source.ts';
export { idx } from './data/sources/idx.ts';
export { imageFolder, type ImageFolderOptions } from './data/sources/imageFolder.ts';
export {
  defineExperiment,
  type DefinedExperiment,
  type ExperimentDeclaration,
  type FlagsDeclaration,
  type ModelBuilder,
  type ModelContext,
  type RecordDeclaration,
  type TrainDeclaration,
} from './experiment/declaration.ts';
export {
  cosineDecay,
  dannDecay,
  stepDecay,
  warmup,
  type LearningRate,
  type LearningRateSchedule,
} from './nn/optimizers/schedules.ts';
export {
  adam,
  adamW,
  sgd,
  type AdamSpec,
  type AdamWSpec,
  type OptimizerSpec,
  type SgdSpec,
} from './nn/optimizers/specs.ts';
export type { DomainKind } from './protocol/run.ts';
export type { StrategiesDeclaration } from './strategies/declaration.ts';
