import { useQuery } from "@tanstack/react-query";
import type { GatewayPrice } from "@vouch/sdk/http";
import type { ReactNode } from "react";
import { useEffect, useId, useRef, useState } from "react";
import type { Settings } from "../../data/settings.ts";
import { Button } from "../../ui/Button.tsx";
import { Note } from "../../ui/Note.tsx";
import { Query } from "../../ui/Query.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { AnswerView } from "./AnswerView.tsx";
import type { GatewayQuestion } from "./askByGateway.ts";
import type { ShownAnswer } from "./askOnChain.ts";
import type { Trouble } from "./explainTrouble.ts";
import { explainTrouble } from "./explainTrouble.ts";
import type { Account } from "./openAccount.ts";
import type { PendingPayment } from "./pending.ts";
import { keepPending, readPending } from "./pending.ts";
import { TroubleNote } from "./TroubleNote.tsx";

/** Asks the gateway, and pays it by x402: one signature, no transaction of one's own. */
export function GatewayPayment({
  release,
  input,
  chat,
  account,
  settings,
}: {
  readonly release: string;
  readonly input: readonly number[] | string | null;
  readonly chat: boolean;
  readonly account: Account | null;
  readonly settings: Settings;
}): ReactNode {
  const prices = useQuery({
    queryKey: ["try", "prices", release],
    queryFn: async () => (await import("./askByGateway.ts")).listPrices(settings, release),
    refetchInterval: false,
  });
  const [policy, setPolicy] = useState<string | null>(null);
  const [steps, setSteps] = useState<readonly string[]>([]);
  const [pieces, setPieces] = useState("");
  const [answer, setAnswer] = useState<ShownAnswer | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [pending, setPending] = useState<PendingPayment | null>(readPending);
  const asking = useRef<AbortController | null>(null);
  const id = useId();
  useEffect(() => () => asking.current?.abort(), []);
  const chosen = prices.data?.find((it) => it.policyHash === policy) ?? prices.data?.[0];
  const own = pending !== null && pending.release === release ? pending : null;

  async function ask(
    question: GatewayQuestion,
    payer: Account,
    price: bigint,
    resume?: string,
  ): Promise<void> {
    const controller = new AbortController();
    asking.current = controller;
    setAsking(true);
    setTrouble(null);
    setAnswer(null);
    setSteps([]);
    setPieces("");
    try {
      const { askByGateway } = await import("./askByGateway.ts");
      const news = {
        onStep: (words: string) => {
          setSteps((before) => [...before, words]);
        },
        onPiece: (text: string) => {
          setPieces((before) => before + text);
        },
        onSigned: (payment: string) => {
          keepPending({ ...question, input: copyOf(question.input), payment });
        },
      };
      const options = {
        ...{ price, signal: controller.signal },
        ...(resume === undefined ? {} : { resume }),
      };
      setAnswer(await askByGateway(settings, question, payer, news, options));
      keepPending(null);
    } catch (error) {
      setTrouble(explainTrouble(error));
    } finally {
      setPending(readPending());
      setAsking(false);
    }
  }

  return (
    <>
      <Query result={prices} what="the gateway’s prices">
        {(data) =>
          data.length === 0 ? (
            <p>The gateway does not sell this release.</p>
          ) : (
            <Prices
              name={id}
              prices={data}
              chosen={chosen}
              onChoose={(it) => {
                setPolicy(it.policyHash);
              }}
            />
          )
        }
      </Query>
      {own === null || isAsking ? null : (
        <Note tone="warning" title="A payment was signed, and its answer is not here yet">
          <p>Ask with the same payment: it is taken once, however often it is sent.</p>
          <p className="buttons">
            <Button
              isDisabled={account === null}
              onPress={() => {
                if (account !== null) void ask(own, account, 0n, own.payment);
              }}
            >
              Go on with it
            </Button>{" "}
            <Button
              onPress={() => {
                keepPending(null);
                setPending(null);
              }}
            >
              Forget it
            </Button>
          </p>
        </Note>
      )}
      <p className="buttons">
        <Button
          className="primary"
          isDisabled={input === null || chosen === undefined || account === null || isAsking}
          onPress={() => {
            if (input === null || chosen === undefined || account === null) return;
            const question = { release, input, chat, policy: chosen.terms };
            void ask(question, account, chosen.amount);
          }}
        >
          Ask, and pay by x402
        </Button>{" "}
        {isAsking ? (
          <Button
            onPress={() => {
              asking.current?.abort();
            }}
          >
            Stop
          </Button>
        ) : null}
      </p>
      <ol className="live-steps" aria-live="polite">
        {steps.map((it, index) => (
          <li key={index}>{it}</li>
        ))}
      </ol>
      {pieces === "" || answer !== null ? null : (
        <figure className="unverified">
          <figcaption>As it comes: nobody has verified it yet</figcaption>
          <blockquote>
            <StrangersText text={pieces} lines limit={20_000} />
          </blockquote>
        </figure>
      )}
      {trouble === null ? null : <TroubleNote trouble={trouble} />}
      {answer === null ? null : <AnswerView answer={answer} settings={settings} />}
    </>
  );
}

function copyOf(input: GatewayQuestion["input"]): number[] | string {
  return typeof input === "string" ? input : [...input];
}

function Prices({
  name,
  prices,
  chosen,
  onChoose,
}: {
  readonly name: string;
  readonly prices: readonly GatewayPrice[];
  readonly chosen: GatewayPrice | undefined;
  readonly onChoose: (price: GatewayPrice) => void;
}): ReactNode {
  return (
    <fieldset className="policies">
      <legend>Evidence to buy</legend>
      {prices.map((it) => (
        <label key={it.policyHash} className="policy">
          <input
            type="radio"
            name={name}
            checked={it.policyHash === chosen?.policyHash}
            onChange={() => {
              onChoose(it);
            }}
          />
          <span>
            <code>
              <StrangersText text={it.policy} limit={200} />
            </code>
            <br />
            {it.amount.toString()} of the token’s smallest unit
            <small>
              <StrangersText text={it.demands} limit={300} />
            </small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
