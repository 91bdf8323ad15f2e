import { useQuery } from "@tanstack/react-query";
import type { FetchedRelease } from "@vouch/sdk";
import type { ReactNode } from "react";
import { useCallback, useMemo, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { readManifest } from "../../data/readManifest.ts";
import type { Settings } from "../../data/settings.ts";
import { readSettings } from "../../data/settings.ts";
import { Button } from "../../ui/Button.tsx";
import { Note } from "../../ui/Note.tsx";
import { Page } from "../../ui/Page.tsx";
import { Query } from "../../ui/Query.tsx";
import { Section } from "../../ui/Section.tsx";
import { Select } from "../../ui/Select.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { AccountChoice } from "./AccountChoice.tsx";
import { EscrowPayment } from "./EscrowPayment.tsx";
import type { FormModel } from "./formModel.ts";
import { formModel } from "./formModel.ts";
import { GatewayPayment } from "./GatewayPayment.tsx";
import type { Filled } from "./InputForm.tsx";
import { InputForm } from "./InputForm.tsx";
import { LiveRequest } from "./LiveRequest.tsx";
import type { Account } from "./openAccount.ts";
import { releaseIn, requestIn } from "./pending.ts";
import { ReleaseChoice } from "./ReleaseChoice.tsx";
import "./try.css";

/** Asks a release a question, pays for the answer, and watches its evidence arrive. */
export function TryPage(): ReactNode {
  const settings = useQuery({
    queryKey: ["settings"],
    queryFn: readSettings,
    refetchInterval: false,
  });
  return (
    <Page
      title="Try"
      lead="Ask a model, say what its answer shall rest on, pay, and see the evidence arrive and be verified."
    >
      <Query result={settings} what="the page’s settings">
        {(data) => <Asking settings={data} />}
      </Query>
    </Page>
  );
}

function Asking({ settings }: { readonly settings: Settings }): ReactNode {
  const [, navigate] = useLocation();
  const search = useSearch();
  const [request, release] = [requestIn(search), releaseIn(search)];
  const [account, setAccount] = useState<Account | null>(null);
  const accounts = (
    <Section title="Account">
      <AccountChoice settings={settings} account={account} onAccount={setAccount} />
    </Section>
  );

  if (request !== null)
    return (
      <>
        <LiveRequest id={request} settings={settings} account={account} />
        {account === null ? accounts : null}
        <Button
          onPress={() => {
            navigate("/try");
          }}
        >
          Ask something else
        </Button>
      </>
    );
  return (
    <>
      <Section title="Model">
        <ReleaseChoice
          chosen={release}
          onChoose={(id) => {
            navigate(`/try?release=${id}`);
          }}
        />
      </Section>
      {accounts}
      {release === null ? null : (
        <Question
          key={release}
          id={release}
          settings={settings}
          account={account}
          onSent={(id) => {
            navigate(`/try?request=${id}`);
          }}
        />
      )}
    </>
  );
}

/** The page's shape of a release: the chain's description, and a manifest that hashes to what it commits to. */
async function readForm(
  id: string,
  signal: AbortSignal,
): Promise<{ readonly fetched: FetchedRelease; readonly model: FormModel }> {
  const { readChosen } = await import("./askOnChain.ts");
  const fetched = await readChosen(id);
  const { circuit, release } = fetched;
  // Without a manifest numbers have no names, and can be asked for all the same.
  const read = await readManifest(release.manifest, signal).catch(() => null);
  const model = formModel({
    encoding:
      circuit === null ? null : { ...circuit.input, fractionBits: release.inputFractionBits },
    manifest: read?.status === "tensor" ? read.manifest : null,
    text: read?.status === "text" ? read.manifest : null,
  });
  return { fetched, model };
}

type QuestionProps = {
  readonly id: string;
  readonly settings: Settings;
  readonly account: Account | null;
  readonly onSent: (id: string) => void;
};

function Question(props: QuestionProps): ReactNode {
  const form = useQuery({
    queryKey: ["try", "form", props.id],
    queryFn: ({ signal }) => readForm(props.id, signal),
    refetchInterval: false,
    staleTime: Infinity,
  });
  return (
    <Query result={form} what="the release">
      {({ fetched, model }) => <Form {...props} fetched={fetched} model={model} />}
    </Query>
  );
}

function Form({
  id,
  settings,
  account,
  onSent,
  fetched,
  model,
}: QuestionProps & {
  readonly fetched: FetchedRelease;
  readonly model: FormModel;
}): ReactNode {
  const [filled, setFilled] = useState<Filled>({ status: "wrong", reason: "Nothing is filled in" });
  const onFilled = useCallback((it: Filled) => {
    setFilled(it);
  }, []);
  const ways = useMemo(
    () => [
      ...(model.kind === "text"
        ? []
        : [{ value: "escrow", label: "Escrow on the chain" } as const]),
      ...(settings.gateway === undefined
        ? []
        : [{ value: "x402", label: "x402, by the gateway" } as const]),
    ],
    [model.kind, settings.gateway],
  );
  const [wanted, setWay] = useState<"escrow" | "x402">("escrow");
  const way = ways.find(({ value }) => value === wanted)?.value ?? ways[0]?.value;
  if (model.kind === "impossible")
    return (
      <Note tone="warning" title="This release cannot be asked here">
        <p>{model.reason}</p>
      </Note>
    );
  const values = filled.status === "numbers" ? filled.values : null;
  const input = filled.status === "text" ? filled.text : values;
  const { model: name, version } = fetched.release;
  return (
    <>
      <Section
        title="Input"
        lead={
          <>
            For <StrangersText text={`${name} ${version}`} limit={120} />. It becomes public, with
            its answer.
          </>
        }
      >
        <InputForm model={model} onFilled={onFilled} />
      </Section>
      <Section title="Evidence and price">
        {ways.length < 2 ? null : (
          <Select label="Pay by" value={way ?? "escrow"} options={ways} onChange={setWay} />
        )}
        {way === "escrow" ? (
          <EscrowPayment release={id} values={values} account={account} onSent={onSent} />
        ) : way === "x402" ? (
          <GatewayPayment
            release={id}
            input={input}
            chat={model.kind === "text" && model.chat}
            account={account}
            settings={settings}
          />
        ) : (
          <p>A language model is asked by a gateway, and this page has none.</p>
        )}
        {account === null ? <p>Connect an account above: it pays.</p> : null}
        {filled.status === "wrong" ? <p>{filled.reason}.</p> : null}
      </Section>
    </>
  );
}
