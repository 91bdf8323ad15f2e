import type { RequestStatus } from "@vouch/protocol";

/** What became of a request, told to who asked; `tone` as `Note` takes it. */
export type StatusStory = {
  readonly title: string;
  readonly text: string;
  readonly tone: "info" | "good" | "warning" | "danger";
};

/** What a story depends on beside the status. */
export type StatusFacts = {
  readonly status: RequestStatus;
  /** Whether the answer rests on a simulated enclave or a development set-up. */
  readonly worthless: boolean;
  /** Gas that the requester bought for its callback; 0 for none. */
  readonly callbackGas: number;
  /** Whether the callback ran; null where none was tried. */
  readonly delivered: boolean | null;
};

/** Tells where a request stands, and what that means for who asked. */
export function explainStatus(facts: StatusFacts): StatusStory {
  const { status, worthless } = facts;
  switch (status) {
    case "none":
      return { tone: "info", title: "Not there", text: "The chain knows no such request." };
    case "open":
      return {
        tone: "info",
        title: "Waiting for an operator",
        text: "The money is in escrow. The longer nobody takes the request, the higher the fee that an operator gets, up to the highest that was offered.",
      };
    case "locked":
      return {
        tone: "info",
        title: "An operator is at work",
        text: "It exposed stake and has until the deadline. If it stays silent, the requester gets all its money back, and the bond beside it.",
      };
    case "provisional":
      return {
        tone: "warning",
        title: "Answered, not final",
        text: "Anybody may still challenge the answer. Nothing is paid before the window closes.",
      };
    case "challenged":
      return {
        tone: "warning",
        title: "Answered, and challenged",
        text: "Somebody put up a bond against the answer. It becomes final only by a proof or by a panel, in no other way.",
      };
    case "fulfilled":
      return {
        tone: worthless ? "danger" : "good",
        title: worthless ? "Final, on evidence that proves nothing" : "Final",
        text: `The answer met the requester's policy and the release's floor, and was paid for.${
          worthless
            ? " The policy took simulated or development evidence: good for trying things out, worth nothing as evidence."
            : ""
        } ${deliveryOf(facts)}`.trim(),
      };
    case "overturned":
      return {
        tone: "danger",
        title: "Overturned",
        text: "The answer did not stand: a challenge succeeded, or it was not shown to be right in time. The requester got its escrow back, and the operator lost what it had exposed.",
      };
    case "cancelled":
      return {
        tone: "info",
        title: "Taken back",
        text: "The requester took the request back before an operator had it, and got its escrow back.",
      };
    case "expired":
      return {
        tone: "warning",
        title: "Expired and refunded",
        text: "Nobody answered in time. The requester got its escrow back; an operator that had locked the request lost its bond.",
      };
  }
}

function deliveryOf({ callbackGas, delivered }: StatusFacts): string {
  if (callbackGas === 0) return "";
  if (delivered === null) return "The requester's contract has not been called back yet.";
  return delivered
    ? "The requester's contract was called back with it."
    : "The call back to the requester's contract failed. The answer stands; anybody can have it delivered again.";
}
