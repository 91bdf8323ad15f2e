import type { Contracts } from "./contracts.ts";

/** Interface by which the mock of the test kit owns up to being one: the selector of `isMockVouch()`. */
const MOCK_INTERFACE = "0x820a2dfe";

/** Returns whether these are no requests but a test's mock of them, which answers whatever the test said. */
export function isMock({ requests }: Pick<Contracts, "requests">): Promise<boolean> {
  return requests.supportsInterface(MOCK_INTERFACE);
}
