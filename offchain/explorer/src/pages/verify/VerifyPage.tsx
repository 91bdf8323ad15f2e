import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import { readSettings } from "../../data/settings.ts";
import { Button } from "../../ui/Button.tsx";
import { Loading } from "../../ui/Loading.tsx";
import { Note } from "../../ui/Note.tsx";
import { Page } from "../../ui/Page.tsx";
import { Section } from "../../ui/Section.tsx";
import type { Against } from "./ChainChoice.tsx";
import { ChainChoice, isComplete } from "./ChainChoice.tsx";
import { ReceiptInput } from "./ReceiptInput.tsx";
import { prepareVerifier, runVerification } from "./runVerification.ts";
import { ShareReceipt } from "./ShareReceipt.tsx";
import { decodeShare } from "./shareLink.ts";
import type { Verdict } from "./verdict.ts";
import { VerdictView } from "./VerdictView.tsx";
import "./verify.css";

type Work =
  | { readonly status: "idle" }
  | { readonly status: "busy" }
  | { readonly status: "failed"; readonly reason: string }
  | { readonly status: "done"; readonly verdict: Verdict };

/** Verifies a receipt that anybody made, for somebody who believes nobody. */
export function VerifyPage(): ReactNode {
  const settings = useQuery({ queryKey: ["settings"], queryFn: readSettings });
  const [against, setAgainst] = useState<Against>({ kind: "offline" });
  const [text, setText] = useState<string | null>(null);
  const [isLinkBroken, setLinkBroken] = useState(false);
  const [work, setWork] = useState<Work>({ status: "idle" });
  const running = useRef<AbortController | null>(null);

  useEffect(prepareVerifier, []);
  useEffect(() => {
    const open = (): void => {
      void decodeShare(location.hash).then((shared) => {
        setLinkBroken(shared.status === "broken");
        if (shared.status === "receipt") setText(shared.text);
      });
    };
    open();
    addEventListener("hashchange", open);
    return () => {
      removeEventListener("hashchange", open);
      running.current?.abort();
    };
  }, []);

  const isReady = isComplete(against) && (against.kind === "offline" || settings.isSuccess);
  const given = settings.data;
  useEffect(() => {
    if (text === null || !isReady) return;
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    setWork({ status: "busy" });
    const chain =
      against.kind === "offline" || given === undefined
        ? null
        : {
            rpc: against.kind === "own" ? against.rpc : given.rpc,
            deployment: given.deployment,
          };
    // An address that is being typed is asked once it rests.
    const timer = setTimeout(
      () => {
        runVerification({ text, chain }, controller.signal).then(
          (verdict) => {
            setWork({ status: "done", verdict });
            prepareVerifier();
          },
          (error: unknown) => {
            if (controller.signal.aborted) return;
            const reason = error instanceof Error ? error.message : String(error);
            setWork({ status: "failed", reason });
          },
        );
      },
      against.kind === "own" ? 500 : 0,
    );
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [text, against, isReady, given]);

  return (
    <Page
      title="Verify"
      lead="Bring any receipt. It is verified here, in your browser: its signatures, its proof, its words and its place in a batch."
    >
      {isLinkBroken ? (
        <Note tone="danger" title="The link’s receipt is broken">
          <p>The link was cut on its way, or was never whole. Ask for it again, or for the file.</p>
        </Note>
      ) : null}
      <Section title="Receipt">
        <ReceiptInput
          busy={work.status === "busy"}
          onText={(it) => {
            setLinkBroken(false);
            setText(it);
          }}
        />
        <ChainChoice against={against} settings={given} onChange={setAgainst} />
      </Section>
      {text !== null && !isReady ? (
        <Note tone="info" title="Name an endpoint">
          <p>The receipt is checked once it is known where the chain is.</p>
        </Note>
      ) : null}
      {work.status === "busy" ? (
        <div>
          <Loading what="the verdict" />
          <Button
            onPress={() => {
              running.current?.abort();
              setWork({ status: "idle" });
            }}
          >
            Stop
          </Button>
        </div>
      ) : null}
      {work.status === "failed" ? (
        <Note tone="danger" title="The verifier failed">
          <p>That says nothing about the receipt. {work.reason}</p>
        </Note>
      ) : null}
      {work.status === "done" ? (
        <>
          <VerdictView verdict={work.verdict} />
          {text === null || work.verdict.status === "invalid" ? null : (
            <Section title="Share it">
              <ShareReceipt text={text} request={work.verdict.contents.request} />
            </Section>
          )}
        </>
      ) : null}
    </Page>
  );
}
