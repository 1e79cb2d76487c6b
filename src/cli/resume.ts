// karst resume: goes on from the newest checkpoint of a run that was paused, interrupted or finished.
import { command } from './command.ts';
import { withEngine } from './engine-session.ts';
import { runReference } from './run-reference.ts';
import { followTraining } from './training-view.ts';

export const resume = command({
  name: 'resume',
  summary: 'goes on training a run from its newest checkpoint',
  positionals: [{ name: 'run', help: 'its folder, or its name in the library' }],
  options: {
    steps: { kind: 'whole', value: 'N', min: 1, help: 'so many steps more; to the run’s own stop otherwise' },
    seconds: { kind: 'number', value: 'S', min: 1e-9, help: 'so many seconds more' },
    set: { kind: 'settings', value: 'A.B=VALUE', help: 'a knob that may move: model.beta=4, model.learningRate=0.0005' },
  },
  examples: ['karst resume runs/first', 'karst resume runs/first --steps 1000 --set model.learningRate=0.0002'],
  async run({ positionals, options, terminal }) {
    const { steps, seconds, set } = options;
    const run = runReference(positionals[0] as string);
    const more = { ...(steps === undefined ? {} : { steps }), ...(seconds === undefined ? {} : { seconds }) };
    return await withEngine(options.home, (session) =>
      followTraining(session, terminal, (client, callOptions) => client.resumeRun({ run, set, ...more }, callOptions)),
    );
  },
});
