import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { VerifiedRequest } from "../../chain/verifyRequest.ts";
import type { RequestDetails } from "../../data/readRequest.ts";
import { Button } from "../../ui/Button.tsx";
import { Failure } from "../../ui/Failure.tsx";
import { Loading } from "../../ui/Loading.tsx";
import { Note } from "../../ui/Note.tsx";

/** Builds the receipt from the chain, verifies it in this browser, and says what was checked and what was not. */
export function RequestReceipt({ request }: { readonly request: RequestDetails }): ReactNode {
  const verify = useMutation({
    mutationFn: async () =>
      (await import("../../chain/verifyRequest.ts")).verifyRequest(request.id),
  });
  if (request.answeredAt === null)
    return <p>There is no answer yet. When there is one, its receipt can be verified here.</p>;
  return (
    <>
      <p>
        Your browser fetches statement, words and evidence from the chain and verifies them itself:
        neither the indexer nor this page's server is believed.
      </p>
      <p>
        <Button
          isDisabled={verify.isPending}
          onPress={() => {
            verify.mutate();
          }}
        >
          Verify this receipt
        </Button>
      </p>
      <div aria-live="polite">
        {verify.isPending ? <Loading what="and verifying the receipt" /> : null}
        {verify.isError ? (
          <Failure
            error={verify.error}
            retry={() => {
              verify.mutate();
            }}
          />
        ) : null}
        {verify.isSuccess ? <Verdict id={request.id} found={verify.data} /> : null}
      </div>
    </>
  );
}

function Verdict({
  id,
  found,
}: {
  readonly id: string;
  readonly found: VerifiedRequest;
}): ReactNode {
  const { verification, assurance, took } = found;
  const { developmentSetup, simulatedEnclave, kinds } = verification.assurance;
  const isWeak = developmentSetup || (simulatedEnclave && kinds.length === 1);
  return (
    <>
      <Note
        tone={isWeak ? "danger" : "good"}
        title={isWeak ? "Valid, on evidence that may prove nothing" : "Valid"}
      >
        Verified here in {Math.round(took).toLocaleString("en-US")} ms, fetching included:{" "}
        {assurance}.
      </Note>
      <h3>Checked</h3>
      <ul>
        {verification.checks.map(({ name, detail }) => (
          <li key={name}>
            <strong>{name}</strong>: {detail}
          </li>
        ))}
      </ul>
      <h3>Not checked by the receipt alone</h3>
      <ul>
        {verification.notChecked.map((it) => (
          <li key={it}>{it}</li>
        ))}
      </ul>
      <p>
        <Button
          onPress={() => {
            download(found.json, `receipt-${id}.json`);
          }}
        >
          Download the receipt (JSON)
        </Button>{" "}
        <a href={`/verify?request=${id}`}>Open it in Verify</a>
      </p>
    </>
  );
}

function download(json: string, name: string): void {
  const url = URL.createObjectURL(new Blob([json], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
