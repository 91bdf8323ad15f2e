import type { GatewayOptions, Purse as Payer } from "@vouch/sdk/http";
import { chainTime } from "@vouch/sdk";
import type { Purse, Stage } from "./stage.ts";

const MAX_SECONDS = 900;

/** What a client that trusts no gateway has from elsewhere: deployment, chain, whose word counts, and what it may spend. */
export function gatewayOptions(
  { chain, cast }: Stage,
  url: string,
  { asset: token, payer, maxAmount, ways }: Purse & Required<Pick<Payer, "maxAmount" | "ways">>,
): GatewayOptions {
  const { provider } = chain.connection.ethers;
  return {
    ...{ url, provider, deployment: chain.deployment, operators: [cast.operator.address] },
    pay: {
      ...{ signer: payer, token, maxAmount, ways, maxSeconds: MAX_SECONDS },
      now: () => chainTime(provider),
    },
  };
}
