import { NATIVE_TOKEN } from "@vouch/protocol";
import type { ReactNode } from "react";
import type { RequestDetails, SlashRow } from "../../data/readRequest.ts";
import { Amount } from "../../ui/Amount.tsx";
import { Facts } from "../../ui/Facts.tsx";
import { Hash } from "../../ui/Hash.tsx";

/** Who paid what for an answer, and what stood behind it. */
export function RequestMoney({
  request,
  slashes,
}: {
  readonly request: RequestDetails;
  readonly slashes: readonly SlashRow[];
}): ReactNode {
  const isNative = request.token === NATIVE_TOKEN;
  // A token's name is its maker's: units of a token that nobody vouches for are shown as they are.
  const amount = (value: bigint | null): ReactNode =>
    value === null ? (
      "not yet"
    ) : isNative ? (
      <Amount wei={value} />
    ) : (
      `${value.toLocaleString("en-US")} least units`
    );
  const compensated = slashes.reduce((sum, it) => sum + it.compensated, 0n);
  const lost = slashes.reduce((sum, it) => sum + it.own + it.delegated, 0n);
  const rewarded = slashes.reduce((sum, it) => sum + it.rewarded, 0n);
  const burned = slashes.reduce((sum, it) => sum + it.burned, 0n);
  return (
    <Facts
      items={[
        ...(isNative ? [] : [{ name: "Paid in token", value: <Hash value={request.token} /> }]),
        { name: "In escrow at first", value: amount(request.escrow) },
        { name: "Fee, as the operator locked it", value: amount(request.fee) },
        { name: "Paid to the operator, gas included", value: amount(request.paid) },
        { name: "Paid to the publisher", value: amount(request.royalty) },
        { name: "Stake behind the answer", value: <Amount wei={request.stake} /> },
        { name: "Bond for silence", value: <Amount wei={request.bond} /> },
        { name: "Cover bought against a wrong answer", value: <Amount wei={request.cover} /> },
        ...(slashes.length === 0
          ? []
          : [
              { name: "Operator lost", value: <Amount wei={lost} /> },
              { name: "Compensation to the requester", value: <Amount wei={compensated} /> },
              { name: "Reward to the challenger", value: <Amount wei={rewarded} /> },
              { name: "Burned", value: <Amount wei={burned} /> },
            ]),
        {
          name: "Gas of the answer",
          value: request.gasUsed === null ? "none yet" : request.gasUsed.toLocaleString("en-US"),
        },
      ]}
    />
  );
}
