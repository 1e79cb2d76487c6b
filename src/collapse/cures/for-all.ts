// What one may change about any model, and advice about the data.
import type { ParamValues } from '../../base/params.ts';
import { numberOf, type Cure } from '../cure.ts';

const rates = (params: ParamValues, factor: number): ParamValues =>
  Object.fromEntries(
    Object.entries(params).flatMap(([name, value]) =>
      /^model\..*learningRate$/i.test(name) && typeof value === 'number' ? [[name, factor * value]] : [],
    ),
  );

export const slower: Cure = {
  id: 'slower',
  title: 'A third of the learning rate',
  why: 'Steps were too large for the slope that was measured. With smaller ones the loss falls again, only more slowly.',
  from: 'checkpoint',
  changes: ({ params }) => rates(params, 1 / 3),
};

export const clipped: Cure = {
  id: 'clip-gradients',
  title: 'Clip the gradient',
  why: 'A single extreme batch can throw the weights far off. Longer gradients are cut to a set length and keep their direction.',
  paper: 'Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063',
  from: 'checkpoint',
  changes: ({ params, model }) =>
    model === 'vae' && numberOf(params, 'model.gradientClip') === 0 ? { 'model.gradientClip': 100 } : undefined,
};

export const longer: Cure = {
  id: 'longer',
  title: 'Train on',
  why: 'Samples of a young run are on their way to the data. While they become more like it from look to look, more steps may be all it takes; where they stand still, steps alone hardly help.',
  from: 'checkpoint',
  changes: () => ({}),
};

export const narrowerNet: Cure = {
  id: 'smaller-net',
  title: 'A smaller net',
  why: 'A net of half the width has not the room to know every row by heart. It must lean on what rows have in common, and on their codes.',
  from: 'start',
  changes: ({ params }): ParamValues | undefined => {
    const [width, channels] = [numberOf(params, 'net.width'), numberOf(params, 'net.channels')];
    if (width >= 16) return { 'net.width': Math.round(width / 2) };
    return channels >= 8 ? { 'net.channels': Math.round(channels / 2) } : undefined;
  },
};

export const augmentData: Cure = {
  id: 'augment-data',
  title: 'Augment the data',
  why: 'Rows are shifted and turned a little each time they are looked at. Few rows then teach like more, and none is seen twice the same.',
  paper: 'Shorten & Khoshgoftaar 2019',
  from: 'checkpoint',
  changes: ({ params, rows }): ParamValues | undefined => {
    const isOn = Object.entries(params).some(([name, value]) => name.startsWith('augment.') && value !== 0 && value !== false);
    if (isOn || !('augment.noise' in params)) return undefined;
    return rows === 'picture' ? { 'augment.shift': 0.08, 'augment.rotate': 8 } : { 'augment.noise': 0.1 };
  },
};

export const earlierCheckpoint: Cure = {
  id: 'stop-earlier',
  title: 'Take an earlier checkpoint',
  why: 'Copying sets in late, after the samples have become good. The last checkpoint before it is kept, and no further training is needed.',
  from: 'checkpoint',
  changes: () => ({}),
};

export const moreData: Cure = {
  id: 'more-data',
  title: 'Collect more data',
  why: 'Nothing replaces rows that are not there. Even a few hundred more of the rare kinds help more than any setting.',
  from: 'start',
  changes: () => ({}),
};

export const withoutDuplicates: Cure = {
  id: 'remove-duplicates',
  title: 'Remove the copies',
  why: 'What is repeated is learnt by heart and sampled too often. Keep one row of each set of copies and open the data again.',
  paper: 'Lee et al. 2022, arXiv:2107.06499',
  from: 'start',
  changes: () => ({}),
};

export const balance: Cure = {
  id: 'balance-classes',
  title: 'Balance the classes',
  why: 'A class that is hardly there is hardly learnt. Add rows of the rare classes or leave out some of the others.',
  from: 'start',
  changes: () => ({}),
};
