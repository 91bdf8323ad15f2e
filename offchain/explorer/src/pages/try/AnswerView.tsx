import type { ReactNode } from "react";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { Loading } from "../../ui/Loading.tsx";
import { Section } from "../../ui/Section.tsx";
import { ContentsView } from "../verify/ContentsView.tsx";
import { runVerification } from "../verify/runVerification.ts";
import { encodeShare } from "../verify/shareLink.ts";
import type { Verdict } from "../verify/verdict.ts";
import { VerdictView } from "../verify/VerdictView.tsx";
import type { Settings } from "../../data/settings.ts";
import type { ShownAnswer } from "./askOnChain.ts";
import "../verify/verify.css";

/** An answer with its verdict, as Verify gives it to any receipt: what was paid for is not believed more. */
export function AnswerView({
  answer,
  settings: { rpc, deployment },
}: {
  readonly answer: ShownAnswer;
  readonly settings: Settings;
}): ReactNode {
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [link, setLink] = useState<string | undefined>(undefined);
  const { receipt } = answer;
  useEffect(() => {
    const controller = new AbortController();
    const question = { text: receipt, chain: { rpc, deployment } };
    runVerification(question, controller.signal).then(setVerdict, () => undefined); // what the SDK verified is shown anyhow
    void encodeShare(receipt).then(setLink);
    return () => {
      controller.abort();
    };
  }, [receipt, rpc, deployment]);
  return (
    <>
      {verdict === null ? (
        <Section title="Answer">
          <ContentsView contents={answer.contents} />
          <ul>
            {answer.checks.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
          <Loading what="what the chain says" />
        </Section>
      ) : (
        <VerdictView verdict={verdict} />
      )}
      <p className="buttons">
        {link === undefined ? null : (
          <a href={`/verify${link}`}>Verify it anew, or share its receipt</a>
        )}{" "}
        <Link href={`/request/${answer.contents.request}`}>See the request</Link>
      </p>
    </>
  );
}
