import { useQuery } from "@tanstack/react-query";
import type { Manifest, TextManifest } from "@vouch/protocol";
import type { ReactNode } from "react";
import type { ReleaseRow } from "../../data/readRelease.ts";
import { Facts } from "../../ui/Facts.tsx";
import { Hash } from "../../ui/Hash.tsx";
import { Note } from "../../ui/Note.tsx";
import { Query } from "../../ui/Query.tsx";
import { Section } from "../../ui/Section.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { AccuracyReport } from "./AccuracyReport.tsx";
import { ModelGraph } from "./ModelGraph.tsx";
import { manifestQuery } from "./manifestQuery.ts";

/** Characters of a publisher's notice that are shown. */
const MAX_NOTICE = 4_000;

/** What a release's manifest says: shapes, accuracy and drift, and the graph; only where it hashes to what the release commits to. */
export function ReleaseManifest({ release }: { readonly release: ReleaseRow }): ReactNode {
  const result = useQuery(manifestQuery(release.manifest));
  return (
    <Query result={result} what="the manifest">
      {(found) => {
        switch (found.status) {
          case "absent":
            return (
              <Section title="Manifest">
                <Note tone="info" title="Not here">
                  This server does not have the manifest. Its publisher may give it out; whatever
                  hashes to <Hash value={release.manifest} /> is the one.
                </Note>
              </Section>
            );
          case "forged":
            return (
              <Section title="Manifest">
                <Note tone="danger" title="Not the release's">
                  What this server has is not the manifest that the release commits to: its hash is
                  another. It is not shown.
                </Note>
              </Section>
            );
          case "text":
            return (
              <Section title="Manifest" lead={CHECKED}>
                <TextFacts manifest={found.manifest} />
                <Notice text={found.manifest.notice} />
              </Section>
            );
          case "tensor":
            return (
              <>
                <Section title="Manifest" lead={CHECKED}>
                  <TensorFacts manifest={found.manifest} />
                  <Notice text={found.manifest.notice} />
                </Section>
                <Section
                  title="Accuracy and drift"
                  lead="The publisher's own measurement of the integer form against the floating-point model, on rows that took no part in calibration. Nobody has to believe it: model:verify measures it again."
                >
                  <AccuracyReport report={found.manifest.report} />
                </Section>
                <Section title="Graph">
                  <ModelGraph hash={release.manifest} manifest={found.manifest} />
                </Section>
              </>
            );
        }
      }}
    </Query>
  );
}

const CHECKED = "Its hash is what the release commits to; your browser checked it.";

function Notice({ text }: { readonly text: string | undefined }): ReactNode {
  return text === undefined || text === "" ? null : (
    <>
      <h3>The publisher's notice</h3>
      <StrangersText text={text} limit={MAX_NOTICE} lines />
    </>
  );
}

function TensorFacts({ manifest }: { readonly manifest: Manifest }): ReactNode {
  const { input, output, quantization, weights, maxConstraints, compiler } = manifest;
  return (
    <Facts
      items={[
        { name: "Input", value: <Tensor tensor={input} /> },
        { name: "Output", value: <Tensor tensor={output} /> },
        {
          name: "Weights",
          value:
            weights === "public" ? "public: constants of the circuit" : "private: committed to",
        },
        {
          name: "Quantization",
          value: `weights of ${quantization.weightBits} bits, activations of ${quantization.activationBits}`,
        },
        ...(maxConstraints === undefined
          ? []
          : [
              {
                name: "Cut into segments of at most",
                value: `${maxConstraints.toLocaleString("en-US")} constraints`,
              },
            ]),
        { name: "Compiler", value: <StrangersText text={compiler} /> },
      ]}
    />
  );
}

function Tensor({ tensor }: { readonly tensor: Manifest["input"] }): ReactNode {
  const { name, shape, encoding } = tensor;
  return (
    <>
      <StrangersText text={name} /> [{shape.slice(0, 8).join(" × ") || "one number"}],{" "}
      {encoding.mode === "committed" ? "hidden behind a commitment" : "public"},{" "}
      {encoding.signed ? "signed" : "unsigned"}, {encoding.bits} bits, {encoding.fractionBits} of
      them after the point
    </>
  );
}

function TextFacts({ manifest }: { readonly manifest: TextManifest }): ReactNode {
  const { source } = manifest;
  if (source.kind === "routed")
    return (
      <>
        <Note tone="danger" title="Routed">
          Somebody else serves this model. Its name there is all that is known: no evidence covers
          the weights that run.
        </Note>
        <Facts
          items={[
            { name: "Provider", value: <StrangersText text={source.provider} /> },
            { name: "Model there", value: <StrangersText text={source.model} /> },
          ]}
        />
      </>
    );
  const bytes = source.model.reduce((sum, it) => sum + it.bytes, 0);
  return (
    <Facts
      items={[
        {
          name: "Model files",
          value: `${source.model.length}, ${(bytes / 1e6).toLocaleString("en-US", { maximumFractionDigits: 1 })} MB`,
        },
        { name: "Tokenizer files", value: source.tokenizer.length },
        {
          name: "Prompt template",
          value:
            source.chatTemplate === null ? (
              "none: the model knows no conversations"
            ) : (
              <>
                <StrangersText text={source.chatTemplate.path} />, SHA-256{" "}
                <Hash value={source.chatTemplate.sha256} />
              </>
            ),
        },
        { name: "Form of the weights", value: source.dtype },
        { name: "Context", value: `${source.context.toLocaleString("en-US")} tokens` },
      ]}
    />
  );
}
