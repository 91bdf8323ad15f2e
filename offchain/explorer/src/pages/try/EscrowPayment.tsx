import { useQuery } from "@tanstack/react-query";
import type { Alternative } from "@vouch/sdk";
import type { ReactNode } from "react";
import { useRef, useState } from "react";
import { Amount } from "../../ui/Amount.tsx";
import { Button } from "../../ui/Button.tsx";
import { Note } from "../../ui/Note.tsx";
import { Query } from "../../ui/Query.tsx";
import { TextField } from "../../ui/TextField.tsx";
import type { Trouble } from "./explainTrouble.ts";
import { explainTrouble } from "./explainTrouble.ts";
import type { Account } from "./openAccount.ts";
import { PolicyChoice } from "./PolicyChoice.tsx";
import { readEther } from "./readNumbers.ts";
import { TroubleNote } from "./TroubleNote.tsx";

/** Asks on the chain: what is at stake, what the answer shall rest on, what it costs, and the escrow. */
export function EscrowPayment({
  release,
  values,
  account,
  onSent,
}: {
  readonly release: string;
  readonly values: readonly number[] | null;
  readonly account: Account | null;
  readonly onSent: (id: string) => void;
}): ReactNode {
  const [stake, setStake] = useState("0.01");
  const [fee, setFee] = useState("0.001");
  const [text, setText] = useState<string | null>(null);
  const [isSending, setSending] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const sending = useRef<AbortController | null>(null);
  const [valueAtStake, wei] = [readEther(stake), readEther(fee)];

  const advice = useQuery({
    queryKey: ["try", "advice", release, String(valueAtStake), String(wei)],
    queryFn: async ({ signal }) => {
      const { weigh } = await import("./askOnChain.ts");
      return weigh(release, valueAtStake ?? 0n, wei ?? 0n, signal);
    },
    enabled: valueAtStake !== undefined && wei !== undefined,
    refetchInterval: false,
  });
  const chosen = choose(advice.data?.alternatives, text, advice.data?.recommendation);
  const ask =
    values === null || chosen === undefined || wei === undefined
      ? null
      : { release, input: values, alternative: chosen, fee: wei };
  const estimate = useQuery({
    queryKey: ["try", "estimate", release, chosen?.text, String(wei), account?.address, values],
    queryFn: async () => {
      const { estimate: estimateAsk } = await import("./askOnChain.ts");
      if (ask === null) throw new Error("nothing is chosen yet"); // it is not enabled then
      return estimateAsk(ask, account);
    },
    enabled: ask !== null,
    refetchInterval: false,
  });

  async function send(): Promise<void> {
    if (ask === null || account === null) return;
    const controller = new AbortController();
    sending.current = controller;
    setSending(true);
    setTrouble(null);
    try {
      const { send: sendAsk } = await import("./askOnChain.ts");
      // Known before it is sent: whatever happens to this page, its address leads back to the request.
      onSent(await sendAsk(ask, account, keepAddress, controller.signal));
    } catch (error) {
      setTrouble(explainTrouble(error));
    } finally {
      setSending(false);
    }
  }

  return (
    <>
      <div className="amounts">
        <TextField
          label="Value at stake, in ether"
          hint="What a wrong answer would cost you, or earn who bends it."
          value={stake}
          onChange={setStake}
          isInvalid={valueAtStake === undefined}
          error="An amount such as 0.01."
        />
        <TextField
          label="Fee to offer, in ether"
          hint="Goes to the operator, and its royalty to the publisher."
          value={fee}
          onChange={setFee}
          isInvalid={wei === undefined}
          error="An amount such as 0.001."
        />
      </div>
      <Query result={advice} what="advice">
        {(data) => (
          <PolicyChoice
            advice={data}
            chosen={chosen}
            onChoose={(it) => {
              setText(it.text);
            }}
          />
        )}
      </Query>
      {estimate.data === undefined ? null : (
        <p>
          Escrow at most <Amount wei={estimate.data.escrow.total} />, of which{" "}
          <Amount wei={estimate.data.escrow.fee} /> are the fee; what is not used comes back.
        </p>
      )}
      {estimate.isError ? <TroubleNote trouble={explainTrouble(estimate.error)} /> : null}
      {(estimate.data?.missing ?? 0n) > 0n ? (
        <Note tone="warning" title="The account has too little">
          <p>
            <Amount wei={estimate.data?.missing ?? 0n} /> are missing. Fund it, or offer a lower
            fee.
          </p>
        </Note>
      ) : null}
      <p className="buttons">
        <Button
          className="primary"
          isDisabled={ask === null || account === null || isSending}
          onPress={() => {
            void send();
          }}
        >
          Ask, and pay by escrow
        </Button>{" "}
        {isSending ? (
          <Button
            onPress={() => {
              sending.current?.abort();
            }}
          >
            Stop waiting
          </Button>
        ) : null}
      </p>
      <p role="status">{isSending ? "Sending the request. Look into your wallet." : ""}</p>
      {trouble === null ? null : <TroubleNote trouble={trouble} />}
    </>
  );
}

/** Without a word of the page's own: a reload during the sending finds the request. */
function keepAddress(id: string): void {
  history.replaceState(history.state, "", `/try?request=${id}`);
}

function choose(
  alternatives: readonly Alternative[] | undefined,
  text: string | null,
  recommendation: { readonly found: boolean; readonly alternative?: Alternative } | undefined,
): Alternative | undefined {
  const picked = alternatives?.find((it) => it.text === text);
  if (picked !== undefined) return picked;
  return recommendation?.alternative;
}
