import type { TensorEncoding } from "@vouch/protocol";
import { EVIDENCE_KINDS } from "@vouch/protocol";
import type { EvidenceKind } from "@vouch/protocol";
import type { WeightsMode } from "../ir/compiledModel.ts";

/** Whether a kind of evidence can support a model's answers, and what speaks for or against it. */
export type EvidenceFit = {
  readonly kind: EvidenceKind;
  readonly fits: boolean;
  readonly why: string;
};

/** What to publish and to demand. */
export type Advice = {
  readonly evidence: readonly EvidenceFit[];
  /** As `infer --policy` takes it, `<...>` to be filled in. */
  readonly policy: string;
  readonly weights: WeightsMode;
  readonly reasons: readonly string[];
  /** What no policy helps against. */
  readonly warnings: readonly string[];
};

/** What advice rests on. */
export type Advised = {
  /** Constraints by mode; `undefined` where the model cannot be compiled in it. */
  readonly constraints: Readonly<Record<WeightsMode, number | undefined>>;
  readonly budget: number;
  readonly powers: Readonly<Record<WeightsMode, number | undefined>>;
  readonly parameters: number;
  readonly input: Pick<TensorEncoding, "mode">;
  readonly output: Pick<TensorEncoding, "mode" | "elements">;
  /** Gas of the evaluation by a contract; `undefined` where it cannot be. */
  readonly onChainGas: number | undefined;
  readonly fulfilGas: number;
};

/** A few rules: a proof where the budget allows it, else what fits a model of any size. */
export function advise(model: Advised): Advice {
  const { budget, constraints } = model;
  const fits = (mode: WeightsMode): boolean => (constraints[mode] ?? Infinity) <= budget;
  // Public weights cost a set-up for each training, and the secret: only where nothing else fits.
  const weights: WeightsMode = !fits("private") && fits("public") ? "public" : "private";
  const isProvable = fits(weights);
  return {
    evidence: EVIDENCE_KINDS.map((kind) => fitOf(kind, model, isProvable)),
    policy: isProvable ? "zk:attested=<verifier>+signature" : "signature",
    weights,
    reasons: [
      ...(isProvable ? provableReasons(model, weights) : unprovableReasons(model)),
      ...onChainReasons(model),
    ],
    warnings: warningsOf(model, weights),
  };
}

/** How far over the budget, and which evidence fits instead. */
export function overBudget({
  budget,
  constraints,
}: Pick<Advised, "budget" | "constraints">): string {
  const [mode, least] = cheapest(constraints);
  const times = (least / budget).toFixed(least < 10 * budget ? 1 : 0);
  return `the circuit has ${least.toLocaleString("en-US")} constraints with ${mode} weights, ${times} times the budget of ${budget.toLocaleString("en-US")}; evidence of the kinds optimistic, quorum and tee fits a model of any size`;
}

function cheapest(constraints: Advised["constraints"]): readonly [WeightsMode, number] {
  const { private: committed = Infinity, public: constant = Infinity } = constraints;
  return committed <= constant ? ["private", committed] : ["public", constant];
}

function fitOf(kind: EvidenceKind, model: Advised, isProvable: boolean): EvidenceFit {
  switch (kind) {
    case "signature":
      return { kind, fits: true, why: "any model: names who answers for it, with stake" };
    case "quorum":
      return {
        kind,
        fits: true,
        why: "any model: operators agree bit for bit on the integer graph",
      };
    case "optimistic":
      return {
        kind,
        fits: true,
        why: "any model: whoever runs the integer graph again can challenge",
      };
    case "tee":
      return {
        kind,
        fits: true,
        why: "any model that an enclave holds: trusts the maker of the hardware",
      };
    case "zk": {
      const why = isProvable
        ? "within the budget: nobody is trusted but the set-up"
        : overBudget(model);
      return { kind, fits: isProvable, why };
    }
    default:
      return kind satisfies never;
  }
}

function provableReasons({ powers }: Advised, weights: WeightsMode): readonly string[] {
  const { private: committed = 0, public: constant = 0 } = powers;
  const other =
    constant > 0 && constant < committed
      ? `; public ones would take 2^${constant} instead of 2^${committed}, and a set-up for each training`
      : "";
  return [
    "a proof fits the budget, so the answer need not be trusted; the signature says who is to be paid, or slashed",
    "zk:attested wants a ceremony that a verifier of your choice has checked; with a development set-up it is zk:any, which its maker can forge",
    weights === "private"
      ? `private weights: retraining keeps circuit and key, and the weights stay secret${other}`
      : "public weights: only these fit the budget, at the price of a set-up for each training",
  ];
}

function unprovableReasons(model: Advised): readonly string[] {
  return [
    `no proof within the budget: ${overBudget(model)}`,
    "the integer graph is exact on every machine, so that a quorum or a challenger decides any dispute",
  ];
}

function onChainReasons({ onChainGas, fulfilGas }: Advised): readonly string[] {
  if (onChainGas === undefined || onChainGas > fulfilGas) return [];
  return ["with public weights a contract can evaluate the model for less gas than a proof costs"];
}

/** Rules 20 and 21 of the soundness rules. */
function warningsOf(model: Advised, weights: WeightsMode): readonly string[] {
  const { input, output, parameters } = model;
  const warnings: string[] = [];
  if (weights === "public") {
    warnings.push("public weights: anyone may run and copy the model, that is what public means");
  } else if (input.mode === "public" && output.mode === "public" && parameters > 0) {
    const [unknown, known] = [parameters, output.elements].map((it) => it.toLocaleString("en-US"));
    warnings.push(
      `public inputs and outputs let anyone extract a small model by querying it: parameters ${unknown}, numbers in an answer ${known}; commit input and output, or ask a fee, where the weights are worth it`,
    );
  }
  warnings.push(
    "a proof shows the computation, not the truth of its input: ask who signed the features where that matters",
  );
  return warnings;
}
