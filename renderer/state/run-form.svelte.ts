// The form that starts a run: dataset, model, preset, knobs, and when to stop. A preset fills in the fields that it sets.
import type { TrainRequest } from '../../src/protocol/engine-api.ts';
import type { MemberRecord, RunRecord } from '../../src/protocol/records.ts';
import type { Connection } from '../connection/connection.svelte.ts';
import { Call } from './call.svelte.ts';
import {
  chosenValues,
  cureOf,
  draftOf,
  faultOf,
  fieldsOf,
  isChanged,
  isOn,
  membersOf,
  startOf,
  withPreset,
  type Cure,
  type Drafts,
  type FormField,
} from './form-fields.ts';
import type { Library } from './library.svelte.ts';

export type StopKind = 'preset' | 'steps' | 'epochs' | 'seconds';
/** Families that a model chooses one member of by a parameter of the same name; that member's settings join the form. */
const chosenFamilies = ['net', 'likelihood', 'objective', 'posterior', 'prior', 'loss'];

export class RunForm {
  isOpen = $state(false);
  dataset = $state('');
  model = $state('');
  preset = $state('');
  device = $state('');
  title = $state('');
  seed = $state('1');
  stop = $state<StopKind>('preset');
  stopAmount = $state('');
  drafts = $state.raw<Drafts>({});
  readonly starting = new Call();
  readonly #connection: Connection;
  readonly #library: Library;

  constructor(connection: Connection, library: Library) {
    this.#connection = connection;
    this.#library = library;
  }

  readonly datasets = $derived.by(() => {
    const opened = this.#library.datasets.map(({ id, title }) => ({ id, title }));
    const known = new Set(opened.map(({ id }) => id));
    const makers = this.#members('dataset').filter(({ id }) => !known.has(id));
    return [...opened, ...makers.map(({ id, title }) => ({ id, title }))];
  });
  readonly models = $derived(this.#members('model'));
  /** Those for the model, and for the dataset: the one that Karst makes, or, for a dataset of files, those for files. */
  readonly presets = $derived.by(() => {
    const made = new Set(this.#members('dataset').map(({ id }) => id));
    return this.#members('preset').filter(({ params: { model, dataset } }) => {
      const meant = dataset?.default;
      const fits = typeof meant !== 'string' || meant === this.dataset || !(made.has(meant) || made.has(this.dataset));
      return fits && (!model || model.default === this.model);
    });
  });
  /** The preset that is chosen and fits. */
  readonly chosenPreset = $derived(this.presets.find(({ id }) => id === this.preset));
  readonly #sets = $derived(this.chosenPreset?.sets ?? {});
  readonly modelFields = $derived.by((): FormField[] => {
    const model = this.models.find(({ id }) => id === this.model);
    const fields = withPreset(model ? fieldsOf('model', model.params) : [], this.#sets);
    const chosen = chosenFamilies.flatMap((family) => {
      const choice = fields.find(({ name }) => name === `model.${family}`);
      const members = this.#members(family);
      const member = members.find(({ id }) => choice && id === draftOf(choice, this.drafts)) ?? this.#meant(family, members);
      return member ? fieldsOf(family, member.params) : [];
    });
    const training = this.#members('training').flatMap((member) => fieldsOf(member.id, member.params));
    return [...fields, ...withPreset([...chosen, ...training], this.#sets)];
  });
  /** What keeps the model's codes or samples from collapsing; each is off until one of its settings is changed. */
  readonly cures = $derived.by((): Cure[] =>
    (this.models.find(({ id }) => id === this.model)?.parts ?? []).map((part) => {
      const cure = cureOf(part);
      return { ...cure, fields: withPreset(cure.fields, this.#sets) };
    }),
  );
  readonly curesOn = $derived(this.cures.filter((cure) => isOn(cure, this.drafts)).map(({ id }) => id));
  readonly #modelAndCures = $derived([...this.modelFields, ...this.cures.flatMap(({ fields }) => fields)]);
  readonly datasetFields = $derived.by((): FormField[] => {
    const maker = this.#members('dataset').find(({ id }) => id === this.dataset);
    return maker ? fieldsOf('dataset', maker.params) : [];
  });
  readonly #allFields = $derived([...this.#modelAndCures, ...this.datasetFields]);
  /** Fields that hold what the preset set, and those that a person changed. */
  readonly byPreset = $derived(this.#allFields.filter((field) => field.preset !== undefined && !isChanged(field, this.drafts)));
  readonly changed = $derived(this.#allFields.filter((field) => isChanged(field, this.drafts)));
  /** What the form folds away. */
  readonly rarelyChanged = $derived([...this.datasetFields, ...this.modelFields.filter(({ isImportant }) => !isImportant)]);
  readonly stopFault = $derived.by(() => {
    if (this.stop === 'preset') return undefined;
    const amount = Number(this.stopAmount);
    const isWhole = this.stop !== 'steps' || Number.isInteger(amount);
    return this.stopAmount.trim() !== '' && amount > 0 && isWhole
      ? undefined
      : `Say after how many ${this.stop}: a ${this.stop === 'steps' ? 'whole ' : ''}number above 0.`;
  });
  readonly seedFault = $derived(
    this.seed.trim() !== '' && Number.isFinite(Number(this.seed))
      ? undefined
      : 'The seed is a number; the same seed gives the same run.',
  );
  readonly canStart = $derived(
    this.dataset !== '' &&
      this.model !== '' &&
      !this.stopFault &&
      !this.seedFault &&
      this.#allFields.every((field) => faultOf(field, this.drafts) === undefined),
  );

  open(dataset?: string): void {
    this.starting.clear();
    this.dataset = dataset ?? (this.datasets.some(({ id }) => id === this.dataset) ? this.dataset : (this.datasets[0]?.id ?? ''));
    if (!this.models.some(({ id }) => id === this.model)) this.model = this.models[0]?.id ?? '';
    this.isOpen = true;
    void this.#library.measureDevices();
  }

  close(): void {
    this.starting.clear();
    this.isOpen = false;
  }

  /** Every setting of a cure back at its default, whatever the preset sets. */
  switchOff({ fields }: Cure): void {
    const off = fields
      .filter(({ preset }) => preset !== undefined)
      .map(({ name, param }): [string, string] => [name, String(param.default)]);
    this.drafts = { ...this.#without(fields.map(({ name }) => name)), ...Object.fromEntries(off) };
  }

  /** Fills in what the preset sets, over what was typed there; the other fields stay as they are. */
  choosePreset(id: string): void {
    this.preset = id;
    this.drafts = this.#without(Object.keys(this.#sets));
  }

  draft(field: FormField, text: string): void {
    const others = this.#without([field.name]);
    this.drafts = text === String(startOf(field)) ? others : { ...others, [field.name]: text };
  }

  async start(): Promise<RunRecord | undefined> {
    if (!this.canStart) return undefined;
    const run = await this.starting.run((options) => this.#connection.client.startRun(this.#request(), options));
    if (!run) return undefined;
    this.isOpen = false;
    this.title = '';
    this.#library.adopt(run);
    return run;
  }

  #request(): Partial<TrainRequest> & { dataset: string } {
    const amount = Number(this.stopAmount);
    return {
      dataset: this.dataset,
      datasetParams: chosenValues(this.datasetFields, this.drafts, true),
      model: this.model,
      set: chosenValues(this.#modelAndCures, this.drafts),
      seed: Number(this.seed),
      ...(this.chosenPreset ? { preset: this.chosenPreset.id } : {}),
      ...(this.device ? { device: this.device } : {}),
      ...(this.title.trim() ? { name: this.title.trim() } : {}),
      ...(this.stop === 'preset' ? {} : { [this.stop]: amount }),
    };
  }

  /** Whose settings the preset sets where the choice of a member is left to the data: the first that has them all. */
  #meant(family: string, members: readonly MemberRecord[]): MemberRecord | undefined {
    const names = Object.keys(this.#sets).filter((name) => name.startsWith(`${family}.`));
    return names.length > 0
      ? members.find(({ params }) => names.every((name) => Object.hasOwn(params, name.slice(family.length + 1))))
      : undefined;
  }

  #without(names: readonly string[]): Drafts {
    return Object.fromEntries(Object.entries(this.drafts).filter(([name]) => !names.includes(name)));
  }

  #members(family: string): readonly MemberRecord[] {
    return membersOf(this.#library.families, family);
  }
}
