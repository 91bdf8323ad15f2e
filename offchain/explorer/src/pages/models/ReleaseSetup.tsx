import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { AttestationRow, CircuitRow } from "../../data/readRelease.ts";
import { readParts } from "../../data/readRelease.ts";
import { partIds } from "../../release/partIds.ts";
import { Facts } from "../../ui/Facts.tsx";
import { Hash } from "../../ui/Hash.tsx";
import { Note } from "../../ui/Note.tsx";
import { Query } from "../../ui/Query.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { Time } from "../../ui/Time.tsx";

const FORMS: Readonly<Record<string, string | undefined>> = {
  single: "one circuit",
  committed: "one circuit, by commit-and-prove: the weights are committed to once",
  segments: "segments, each proven by a circuit of its own",
  batches: "one circuit, and others that prove several inferences at once",
};

/** How the circuit's keys were made, and who says that it was done well. */
export function ReleaseSetup({
  circuit,
  attestations,
}: {
  readonly circuit: CircuitRow | null;
  readonly attestations: readonly AttestationRow[];
}): ReactNode {
  if (circuit === null)
    return <p>The release has no circuit: no proof can show that an answer is right.</p>;
  const ids = partIds(circuit.parts);
  return (
    <>
      <Facts
        items={[
          { name: "Form", value: FORMS[circuit.form] ?? <StrangersText text={circuit.form} /> },
          { name: "Registered", value: <Time at={circuit.registeredAt} /> },
          { name: "Registered by", value: <Hash value={circuit.registrant} /> },
          ...(circuit.r1cs === null
            ? []
            : [{ name: "Hash of its constraints", value: <Hash value={circuit.r1cs} /> }]),
          ...(circuit.transcript === null
            ? []
            : [
                {
                  name: "Hash of the ceremony's transcript",
                  value: <Hash value={circuit.transcript} />,
                },
              ]),
        ]}
      />
      {circuit.setup === null ? (
        <Parts ids={ids} />
      ) : (
        <Trust setup={circuit.setup} attestations={attestations} />
      )}
    </>
  );
}

function Parts({ ids }: { readonly ids: readonly string[] }): ReactNode {
  const result = useQuery({
    queryKey: ["parts", ids],
    queryFn: ({ signal }) => readParts(ids, signal),
  });
  return (
    <Query result={result} what="its parts">
      {({ circuits, attestations }) => {
        const attested = attestations.filter(({ withdrawn }) => !withdrawn);
        const development = circuits.filter(({ setup }) => setup === "development");
        const bare = circuits.filter(
          ({ id, setup }) => setup !== "development" && !attested.some((it) => it.circuit === id),
        );
        return (
          <>
            <p>{circuits.length} circuits belong to it; it is worth what the weakest of them is.</p>
            {development.length > 0 ? (
              <Development />
            ) : bare.length > 0 ? (
              <Note tone="warning" title="Attested by nobody">
                Nobody attests the set-up of {bare.length} of them.
              </Note>
            ) : (
              <Note tone="good" title="Attested">
                Somebody attests the set-up of each. Whether to believe them is for you to say.
              </Note>
            )}
          </>
        );
      }}
    </Query>
  );
}

function Trust({
  setup,
  attestations,
}: {
  readonly setup: string;
  readonly attestations: readonly AttestationRow[];
}): ReactNode {
  if (setup === "development") return <Development />;
  if (attestations.length === 0)
    return (
      <Note tone="warning" title="Attested by nobody">
        Whether its makers can forge proofs is not known. Whoever has the transcript can check it
        (zk:verify) and say so on the chain.
      </Note>
    );
  return (
    <>
      <h3>Who says that the set-up was checked</h3>
      <ul>
        {attestations.map(({ verifier, at, withdrawn }) => (
          <li key={verifier}>
            <Hash value={verifier} />, <Time at={at} />
            {withdrawn ? <strong>: withdrawn since, it counts no more</strong> : null}
          </li>
        ))}
      </ul>
      <p>A proof is worth as much as you believe one of them.</p>
    </>
  );
}

function Development(): ReactNode {
  return (
    <Note tone="danger" title="Development set-up">
      One party made the keys. Whoever that was can forge a proof of any answer: proofs of this
      release are worth nothing as evidence.
    </Note>
  );
}
