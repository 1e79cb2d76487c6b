// The list of causes, in the order in which a verdict names them where several are equally grave. Adding one is one file and one line here.
import type { Cause } from './cause.ts';
import { divergence } from './causes/divergence.ts';
import { dominatingDiscriminator } from './causes/dominating-discriminator.ts';
import { ignoredCode } from './causes/ignored-code.ts';
import { lostModes } from './causes/lost-modes.ts';
import { memorisation } from './causes/memorisation.ts';
import { modeCollapse } from './causes/mode-collapse.ts';
import { overfittedDiscriminator } from './causes/overfitted-discriminator.ts';
import { paddedLatents } from './causes/padded-latents.ts';
import { partialCollapse } from './causes/partial-collapse.ts';
import { poorData } from './causes/poor-data.ts';
import { poorSamples } from './causes/poor-samples.ts';
import { posteriorCollapse } from './causes/posterior-collapse.ts';
import { priorMismatch } from './causes/prior-mismatch.ts';
import { rotatingModes } from './causes/rotating-modes.ts';
import { unusedCodes } from './causes/unused-codes.ts';

export const causes: readonly Cause[] = [
  divergence,
  posteriorCollapse,
  unusedCodes,
  ignoredCode,
  rotatingModes,
  modeCollapse,
  memorisation,
  paddedLatents,
  partialCollapse,
  priorMismatch,
  lostModes,
  poorSamples,
  overfittedDiscriminator,
  dominatingDiscriminator,
  poorData,
];
