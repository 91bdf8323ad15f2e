import type { ReactNode } from "react";
import { useId } from "react";
import type { Settings } from "../../data/settings.ts";

/** Against what a receipt is checked. */
export type Against =
  | { readonly kind: "offline" }
  | { readonly kind: "page" }
  | { readonly kind: "own"; readonly rpc: string };

/** Whether it says where the chain is. */
export function isComplete(against: Against): boolean {
  return against.kind !== "own" || /^https?:\/\/[^\s]+$/.test(against.rpc);
}

/** Lets the visitor say whom to believe about the chain: nobody, the page's endpoint, or one of their own. */
export function ChainChoice({
  against,
  settings,
  onChange,
}: {
  readonly against: Against;
  readonly settings: Pick<Settings, "chain" | "rpc"> | undefined;
  readonly onChange: (against: Against) => void;
}): ReactNode {
  const id = useId();
  const choices = [
    {
      value: { kind: "offline" } as const,
      label: "Offline: by the receipt alone, asking nobody",
    },
    ...(settings === undefined
      ? []
      : [
          {
            value: { kind: "page" } as const,
            label: `Against ${settings.chain}, by this page’s endpoint`,
          },
        ]),
    {
      value: { kind: "own", rpc: against.kind === "own" ? against.rpc : "" } as const,
      label: "Against an endpoint of my own",
    },
  ];
  return (
    <fieldset className="chain-choice">
      <legend>Check it</legend>
      {choices.map(({ value, label }) => (
        <label key={value.kind}>
          <input
            type="radio"
            name={id}
            checked={against.kind === value.kind}
            onChange={() => {
              onChange(value);
            }}
          />
          {label}
        </label>
      ))}
      {against.kind !== "own" ? null : (
        <label className="chain-rpc">
          JSON-RPC endpoint (https, or http on this machine)
          <input
            type="url"
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            placeholder="https://"
            value={against.rpc}
            onChange={({ target }) => {
              onChange({ kind: "own", rpc: target.value.trim() });
            }}
          />
        </label>
      )}
      <small>
        {against.kind === "offline"
          ? "Signatures, proofs, transcript and inclusion are verified in this browser. Registration, stake, revocation and what vouches for an enclave are not."
          : "Beside all that is verified in this browser, the endpoint is asked for what the chain knows. Whoever runs it could lie about that, and learns which receipt you look at."}
      </small>
    </fieldset>
  );
}
