// Unused codes: a VQ-VAE's encoder chooses few entries of the codebook, and the others, which nothing draws to it, stay out of reach (van den Oord et
// al. 2017; Williams et al. 2020). Judged by the perplexity of the use, exp(−Σ p ln p), beside the codebook's size and beside its own best, and by
// what rows lose by it: where reconstructions hold nearly all of the rows' variance, the codebook is only larger than it need be, and nobody is called.
import { figure, first, now, percent, type Cause, type Finding, type Sign } from '../cause.ts';
import { codebookBounds, codebookLevels, hasCodebook } from '../codebook-levels.ts';
import { averagedCodes, fewerCodes, lowerCommitment, restartCodes, unitCodes } from '../cures/for-codebooks.ts';
import { numberOf } from '../cure.ts';
import { latentBounds } from '../latent-levels.ts';
import { losingCodes } from '../losing.ts';

/** Restarts that come later than this are as good as none. */
const REVIVED_STEPS = 200;

export const unusedCodes: Cause = {
  id: 'unused-codes',
  title: 'Unused codes',
  summary:
    'Few entries of the codebook are ever chosen, and the others are dead: only what is chosen is drawn to the encoder. Rows must share the few that are left, or need no more of them.',
  paper: 'van den Oord, Vinyals & Kavukcuoglu 2017, arXiv:1711.00937; Williams et al. 2020, arXiv:2002.08111',
  health: ({ latent }) => latent?.codebook?.perplexity,
  cures: [restartCodes, averagedCodes, unitCodes, lowerCommitment, fewerCodes],
  judge(history, { noun, params }): Finding | undefined {
    const { step = 0, signs: seen } = now(history) ?? {};
    const latent = seen?.latent;
    // Before the first restarts are due, no code has been given up.
    if (!hasCodebook(latent) || step <= Math.min(REVIVED_STEPS, numberOf(params, 'model.restartAfter'))) return undefined;
    const { codes, perplexity, used, explained } = latent.codebook;
    const { nats } = latent.mutualInformation;
    const { room, isLow, isOne, isEnough } = codebookLevels(latent);
    // Restarts move codes about; what is enough may become less.
    const losing = isEnough
      ? undefined
      : losingCodes(history, codebookBounds.worthNats, ({ codebook }) => codebook && Math.log(codebook.perplexity));
    const sentence = first([
      [isOne, `nearly all ${noun} get the same code, of ${codes} that there are`],
      [isLow && isEnough, `${used} of ${codes} codes are in use, and they are all that the ${noun} need`],
      [isLow, `only ${used} of ${codes} codes are in use, as if ${figure(perplexity)} were used alike`],
      [
        losing !== undefined,
        `fewer and fewer of the codes are used: as if ${figure(perplexity)} were used alike, which was ${figure(Math.exp(losing?.best ?? 0))}`,
      ],
    ]);
    if (sentence === undefined) return undefined;
    const signs: readonly Sign[] = [
      { text: `codes are used as if ${figure(perplexity)} of ${codes} were used alike`, speaksFor: isLow, weight: 3 },
      { text: `${used} of ${codes} are chosen at all`, speaksFor: used < codebookBounds.usedLow * room },
      { text: `a row’s codes say ${figure(nats)} nats about it`, speaksFor: nats < latentBounds.informationLow },
      ...(losing ? [{ text: `fewer are used in each of the last ${losing.looks} looks`, speaksFor: true, weight: 3 }] : []),
      // Codes that nobody needs do no harm: this outweighs all that speaks of their number.
      ...(explained === undefined
        ? []
        : [
            {
              text: `${percent(Math.max(0, explained))} of the rows’ variance is drawn from them`,
              speaksFor: !isEnough,
              weight: 5,
            },
          ]),
    ];
    return {
      state: isOne ? 'collapsed' : 'watch',
      sentence,
      signs,
      ...(losing && !isLow && !isOne ? { looks: losing.looks } : {}),
      ...(isEnough && !isOne ? { cures: [fewerCodes, restartCodes, averagedCodes, unitCodes, lowerCommitment] } : {}),
    };
  },
};
