/** What we use of snarkjs 0.7.6. */
// eslint-disable-next-line no-restricted-syntax -- types of a package that has none
declare module "snarkjs" {
  /** A path, or a file in memory; `data` is written by functions that create the file. */
  export type File = string | { readonly type: "mem"; readonly data?: Uint8Array };

  export type Logger = Readonly<
    Record<"debug" | "info" | "warn" | "error", (message: string) => void>
  >;

  export type SnarkjsProof = {
    readonly pi_a: readonly string[];
    readonly pi_b: readonly (readonly string[])[];
    readonly pi_c: readonly string[];
    readonly protocol: string;
    readonly curve: string;
  };

  export type SnarkjsKey = {
    readonly protocol: string;
    readonly curve: string;
    readonly nPublic: number;
    readonly vk_alpha_1: readonly string[];
    readonly vk_beta_2: readonly (readonly string[])[];
    readonly vk_gamma_2: readonly (readonly string[])[];
    readonly vk_delta_2: readonly (readonly string[])[];
    readonly IC: readonly (readonly string[])[];
  };

  type Inputs = Readonly<Record<string, bigint | readonly bigint[]>>;
  type Proven = { readonly proof: SnarkjsProof; readonly publicSignals: readonly string[] };

  export const groth16: {
    readonly prove: (zkey: File, witness: File, logger?: Logger) => Promise<Proven>;
    readonly fullProve: (inputs: Inputs, wasm: File, zkey: File) => Promise<Proven>;
    readonly verify: (
      key: SnarkjsKey,
      publicSignals: readonly string[],
      proof: SnarkjsProof,
    ) => Promise<boolean>;
  };

  export const wtns: {
    readonly calculate: (inputs: Inputs, wasm: File, witness: File) => Promise<void>;
  };

  export const zKey: {
    /** The circuit's hash; -1 where the error went to the logger. */
    readonly newZKey: (
      r1cs: File,
      ptau: File,
      zkey: File,
      logger?: Logger,
    ) => Promise<Uint8Array | -1>;
    /** The contribution's hash. Asks on the terminal where `entropy` is empty. */
    readonly contribute: (
      from: File,
      to: File,
      name: string,
      entropy: string,
      logger?: Logger,
    ) => Promise<Uint8Array>;
    /** The contribution's hash; false where the error went to the logger. */
    readonly beacon: (
      from: File,
      to: File,
      name: string,
      hash: string,
      iterationsExponent: number,
      logger?: Logger,
    ) => Promise<Uint8Array | false>;
    readonly verifyFromR1cs: (
      r1cs: File,
      ptau: File,
      zkey: File,
      logger?: Logger,
    ) => Promise<boolean>;
    /** Prints to the console where a contribution is invalid. */
    readonly verifyFromInit: (
      initial: File,
      ptau: File,
      zkey: File,
      logger?: Logger,
    ) => Promise<boolean>;
    readonly exportVerificationKey: (zkey: File) => Promise<SnarkjsKey>;
  };

  export const powersOfTau: {
    readonly newAccumulator: (curve: unknown, power: number, to: File) => Promise<unknown>;
    readonly contribute: (from: File, to: File, name: string, entropy: string) => Promise<unknown>;
    readonly preparePhase2: (from: File, to: File) => Promise<unknown>;
  };
}
