import { finetuning } from './finetuning.ts';

/**
 * Pre-trains on the synthetic domains, then fine-tunes on the real ones with BatchNorm frozen, as
 * detectors are fine-tuned in small batches (torchvision's FrozenBatchNorm2d): γ and β stay and do
 * not decay, the moving statistics of the pre-training normalize and stay. The real images are thus
 * normalized with the synthetic ones' statistics.
 *
 * Uses the labels of the synthetic domains, then those of the real ones.
 */
export const finetuneFrozen = finetuning('finetune-frozen', {
  parametersTrained: false,
  parametersDecayed: false,
  statisticsUsed: 'moving',
  statisticsUpdated: false,
});
