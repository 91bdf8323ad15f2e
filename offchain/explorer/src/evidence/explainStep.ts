import type { RequestStatus } from "@vouch/protocol";
import { spellSeconds } from "./spellSeconds.ts";

/** What happened to a request, as a sentence. */
export type StepStory = {
  readonly title: string;
  readonly text: string;
  readonly tone: "plain" | "good" | "bad";
};

/** What an event says; amounts are decimals, and whatever else an indexer of another version wrote is left aside. */
export type StepData = Readonly<Record<string, unknown>>;

/** Tells one event of a request's history; one that this page does not know by its name alone. */
export function explainStep(kind: string, data: StepData): StepStory {
  return STORIES.get(kind)?.(data) ?? { title: kind, text: "", tone: "plain" };
}

/** A map: a stranger may name an event as a member that every object has. */
const STORIES: ReadonlyMap<string, (data: StepData) => StepStory> = new Map(
  Object.entries({
    InferenceRequested: () =>
      plain(
        "Asked",
        "The requester put the most that it may cost into escrow and named the evidence that it demands.",
      ),
    RequestLocked: () =>
      plain(
        "Taken",
        "An operator exposed its stake and has until the deadline to answer with that evidence.",
      ),
    RequestUnlocked: () =>
      plain("Given back", "The operator gave the request back; another may take it."),
    InferenceFulfilled: ({ window }: StepData) => {
      const seconds = Number(window ?? 0);
      return good(
        "Answered",
        seconds > 0
          ? `The evidence met the policy. For ${spellSeconds(seconds)} anybody could challenge the answer.`
          : "The evidence met the policy, and the answer was final at once.",
      );
    },
    RequestSettled: () =>
      good(
        "Paid",
        "The operator and the publisher were paid; what was left of the escrow went back.",
      ),
    FulfilmentRefused: () =>
      bad(
        "Answer refused",
        "Somebody brought an answer that the contract did not take. Anybody can bring one; it changes nothing.",
      ),
    AnswerContested: () =>
      bad(
        "Contested",
        "Somebody opposed the answer, so that it is not final until this is decided.",
      ),
    AnswerChallenged: () =>
      bad(
        "Challenged",
        "Somebody put up a bond that the answer is wrong. The operator must show that it is right.",
      ),
    AnswerFinalized: () => good("Final", "Nothing can change the answer any more."),
    AnswerOverturned: () =>
      bad(
        "Overturned",
        "The answer did not stand. The operator loses what it exposed, and the escrow goes back.",
      ),
    DisputeDecided: ({ status }: StepData) =>
      DECISIONS.get(String(status)) ?? plain("Dispute decided", ""),
    CallbackAttempted: ({ delivered }: StepData) =>
      isTrue(delivered)
        ? good("Delivered", "The requester's contract was called back with the answer.")
        : bad(
            "Delivery failed",
            "The requester's contract reverted. The answer stands; anybody can have it delivered again.",
          ),
    RequestRefunded: () => plain("Refunded", "The escrow went back to the requester."),
    RoundOpened: () =>
      plain("Panel called", "Operators are drawn by lot to run the model again, each on its own."),
    RoundReseeded: () =>
      plain("Drawn anew", "Nobody drew in time; the panel is drawn from a later block."),
    SeatTaken: () => plain("Seat taken", "An operator that was drawn took its seat."),
    OutputCommitted: () =>
      plain("Output sealed", "A member committed to its output before it saw another's."),
    OutputRevealed: () => plain("Output opened", "A member opened what it had committed to."),
    RoundConcluded: () => good("Panel agreed", "Enough members agreed on an output."),
    RoundFailed: () => bad("Panel failed", "Too few members agreed, or too few came."),
    MemberAbsent: () =>
      bad(
        "Member absent",
        "A member that was drawn did not open its output in time, and lost stake for it.",
      ),
    RoundSettled: () => plain("Panel paid", "Members that agreed were paid."),
    Slashed: () => bad("Slashed", "The operator lost stake that stood behind this request."),
  }),
);

const DECISIONS: ReadonlyMap<string, StepStory> = new Map(
  Object.entries({
    upheld: good(
      "Upheld",
      "The answer was shown to be right. The challenger's bond went to who showed it.",
    ),
    overturned: bad(
      "Challenge won",
      "The answer was shown to be wrong, or was not shown to be right in time.",
    ),
    undecided: bad("Undecided", "No panel came to a decision."),
  }),
);

function plain(title: string, text: string): StepStory {
  return { title, text, tone: "plain" };
}

function good(title: string, text: string): StepStory {
  return { title, text, tone: "good" };
}

function bad(title: string, text: string): StepStory {
  return { title, text, tone: "bad" };
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

/** What a person at the page waits for next; null where the request has come to its end. */
export function nextStep(
  status: RequestStatus,
  { lockDeadline, deadline }: { readonly lockDeadline: number; readonly deadline: number },
): { readonly text: string; readonly at: number | null } | null {
  switch (status) {
    case "open":
      return { text: "An operator takes it, or anybody has it refunded after", at: lockDeadline };
    case "locked":
      return { text: "The operator answers, or anybody has it refunded after", at: deadline };
    case "provisional":
      return {
        text: "The window for challenges closes, and anybody makes the answer final",
        at: null,
      };
    case "challenged":
      return { text: "A proof or a panel decides", at: null };
    case "none":
    case "fulfilled":
    case "overturned":
    case "cancelled":
    case "expired":
      return null;
  }
}
