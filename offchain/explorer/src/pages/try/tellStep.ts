import type { Step } from "@vouch/sdk";

/** Returns where a request came to, as a sentence. */
export function tellStep(step: Step): string {
  switch (step.status) {
    case "asked":
      return "The chain has the request, and its escrow. Operators can see it.";
    case "locked":
      return `Operator ${step.operator} took it, and exposed its stake.`;
    case "overdue":
      return "Nobody answered in time. The escrow can be taken back.";
    case "fulfilled":
      return `Operator ${step.operator} answered; the contract verified the evidence that you demanded.`;
    case "provisional":
      return `Anybody may challenge the answer until ${new Date(step.closesAt * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC.`;
    case "challenged":
      return "Somebody challenged the answer: it is being decided.";
    case "final":
      return "The answer is final.";
    case "overturned":
      return "The challenge succeeded: the answer fell, and the escrow went back.";
    case "refunded":
      return step.why === "cancelled"
        ? "The request was taken back, and its escrow with it."
        : "The request expired, and its escrow went back.";
  }
}
