// A family is a list of members that can stand in for one another: datasets, nets, models, projections, interpolations … One
// declaration gives the entry in the menu, the check of a value, the saved form, the flag and the form control.
import { KarstError } from './errors.ts';
import { resolve, type Params, type Values } from './params.ts';

export interface Member<S extends Params, Made> {
  readonly id: string;
  readonly title: string;
  /** One line: what it does and when to take it. */
  readonly summary: string;
  /** What it computes, as plain Unicode text: "AU = #{ j : Var_x E_q[z_j] > 0.01 }". */
  readonly formula?: string;
  /** The paper or standard it follows. */
  readonly paper?: string;
  readonly params: S;
  /** Members that always join it, each with parameters of its own under its id: the cures that a GAN can be given. */
  readonly parts?: readonly AnyMember<unknown>[];
  readonly make: (values: Values<S>) => Made;
}

/** A member with its parameter types forgotten, as a list holds it; `make` checks what it is given. */
export interface AnyMember<Made> {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly formula?: string;
  readonly paper?: string;
  readonly params: Params;
  readonly parts?: readonly AnyMember<unknown>[];
  readonly make: (given?: Readonly<Record<string, unknown>>) => Made;
}

export function member<const S extends Params, Made>(declared: Member<S, Made>): AnyMember<Made> {
  return { ...declared, make: (given = {}) => declared.make(resolve(declared.id, declared.params, given)) };
}

export class Family<Made> {
  readonly name: string;
  readonly members: readonly AnyMember<Made>[];

  constructor(name: string, members: readonly AnyMember<Made>[]) {
    this.name = name;
    this.members = members;
    const ids = new Set(members.map((one) => one.id));
    if (ids.size !== members.length) throw new KarstError('internal', `family ${name} lists an id twice`);
  }

  get(id: string): AnyMember<Made> {
    const found = this.members.find((one) => one.id === id);
    if (!found) {
      const known = this.members.map((one) => one.id).join(', ');
      throw new KarstError('usage', `unknown ${this.name} "${id}"; known: ${known}`);
    }
    return found;
  }

  make(id: string, given?: Readonly<Record<string, unknown>>): Made {
    return this.get(id).make(given);
  }
}
