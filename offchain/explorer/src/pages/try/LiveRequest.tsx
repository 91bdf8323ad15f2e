import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import type { Settings } from "../../data/settings.ts";
import { Button } from "../../ui/Button.tsx";
import { Hash } from "../../ui/Hash.tsx";
import { Section } from "../../ui/Section.tsx";
import { AnswerView } from "./AnswerView.tsx";
import type { ShownAnswer } from "./askOnChain.ts";
import type { Trouble } from "./explainTrouble.ts";
import { explainTrouble } from "./explainTrouble.ts";
import type { Account } from "./openAccount.ts";
import { tellStep } from "./tellStep.ts";
import { TroubleNote } from "./TroubleNote.tsx";

type Ended = "final" | "lost" | null;

/** Follows a request until it ends; the address names it, so that a reload goes on where this was. */
export function LiveRequest({
  id,
  settings,
  account,
}: {
  readonly id: string;
  readonly settings: Settings;
  readonly account: Account | null;
}): ReactNode {
  const [steps, setSteps] = useState<readonly string[]>([]);
  const [canTakeBack, setCanTakeBack] = useState(false);
  const [ended, setEnded] = useState<Ended>(null);
  const [answer, setAnswer] = useState<ShownAnswer | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    setSteps([]);
    setAnswer(null);
    setTrouble(null);
    setEnded(null);
    async function run(): Promise<void> {
      const { follow, fetchAnswer } = await import("./askOnChain.ts");
      for await (const step of follow(id, signal)) {
        setSteps((before) => [...before, tellStep(step)]);
        setCanTakeBack(step.status === "overdue" || step.status === "asked");
        if (step.status === "overturned" || step.status === "refunded") setEnded("lost");
        if (step.status !== "final") continue;
        setEnded("final");
        setAnswer(await fetchAnswer(id, signal));
      }
    }
    run().catch((error: unknown) => {
      if (!signal.aborted) setTrouble(explainTrouble(error));
    });
    return () => {
      controller.abort();
    };
  }, [id, attempt]);

  return (
    <>
      <Section title="Your request">
        <p>
          <Hash value={id} href={`/request/${id}`} />{" "}
          <Link href={`/request/${id}`}>everything about it</Link>
        </p>
        <ol className="live-steps" aria-live="polite">
          {steps.map((it, index) => (
            <li key={index}>{it}</li>
          ))}
        </ol>
        {ended === null && trouble === null ? (
          <p role="status">
            Waiting for what comes next. This page may be closed: its address leads back here.
          </p>
        ) : null}
        {canTakeBack && ended === null && account !== null ? (
          <Button
            onPress={() => {
              void import("./askOnChain.ts")
                .then(({ takeBack }) => takeBack(id, account))
                .catch((error: unknown) => {
                  setTrouble(explainTrouble(error));
                });
            }}
          >
            Take the escrow back
          </Button>
        ) : null}
        {trouble === null ? null : (
          <>
            <TroubleNote trouble={trouble} />
            <Button
              onPress={() => {
                setAttempt(attempt + 1);
              }}
            >
              Look again
            </Button>
          </>
        )}
      </Section>
      {answer === null ? null : <AnswerView answer={answer} settings={settings} />}
    </>
  );
}
