// Surveys of runs on their maps. What is found of a step is kept and laid anew on each map that asks; made in the decoder's process.
import { matrix } from '../base/matrix.ts';
import { mapLayers } from '../collapse/map-layers.ts';
import type { DecoderClient } from '../protocol/decoder-api.ts';
import type { EngineApi } from '../protocol/engine-api.ts';
import type { SurveyedRecord } from '../protocol/survey.ts';
import type { RunFolder } from '../runs/run-folder.ts';
import { checkpointNear } from './latent-sample.ts';
import { placesOf, type Maps } from './maps.ts';

export interface SurveysNeeds {
  readonly open: (run: string) => Promise<RunFolder>;
  readonly folderOf: (run: string) => string;
  readonly decoder: () => Promise<DecoderClient>;
  readonly maps: Maps;
}

export interface Surveys extends Pick<EngineApi, 'survey'> {
  forget(run: string): void;
}

/** Steps kept, over all runs: a few megabytes each. */
const KEPT = 8;

export function openSurveys({ open, folderOf, decoder, maps }: SurveysNeeds): Surveys {
  const kept = new Map<string, SurveyedRecord>(); // by run and step, the oldest first
  const keyOf = (run: string, step: number): string => `${step} ${run}`;

  return {
    async survey({ run, step, map, dims, codes, seed }, options) {
      const laidOut = await maps.shown({ run, step, method: map, dims, codes, seed }, options);
      const { rowIds, labels, positions } = laidOut.record;
      const key = keyOf(run, laidOut.record.step);
      const checkpoint = await checkpointNear(await open(run), laidOut.record.step);
      const surveyed =
        kept.get(key) ?? (await (await decoder()).survey({ folder: folderOf(run), step: checkpoint, rowIds }, options));
      kept.set(key, surveyed);
      if (kept.size > KEPT) kept.delete(kept.keys().next().value as string);
      const placesOfCodes = (all: Float32Array): Float32Array =>
        placesOf(laidOut, matrix(all.length / surveyed.latentSize, surveyed.latentSize, all));
      const samples = placesOfCodes(surveyed.sampleCodes);
      const draws = placesOfCodes(surveyed.drawCodes);
      return mapLayers(surveyed, { run, dims, positions, rowIds, labels, samples, draws });
    },
    forget(run) {
      for (const key of [...kept.keys()]) if (key.slice(key.indexOf(' ') + 1) === run) kept.delete(key);
    },
  };
}
