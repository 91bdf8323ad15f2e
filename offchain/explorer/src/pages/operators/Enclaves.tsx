import type { ReactNode } from "react";
import type { OperatorDetails } from "../../data/readOperator.ts";
import { Hash } from "../../ui/Hash.tsx";
import { Section } from "../../ui/Section.tsx";
import { Table } from "../../ui/Table.tsx";
import { Time } from "../../ui/Time.tsx";
import "../../ui/badge.css";

type Enclave = OperatorDetails["enclaves"][number];

/** Enclaves whose keys an operator registered; simulated ones in red. */
export function Enclaves({ enclaves }: { readonly enclaves: readonly Enclave[] }): ReactNode {
  return (
    <Section title="Enclaves">
      <Table
        caption="Enclaves, the newest first"
        rows={enclaves}
        keyOf={({ id }) => id}
        empty="It registered no enclave: none of its answers rests on one."
        columns={[
          { name: "Enclave", cell: ({ id }) => <Hash value={id} /> },
          { name: "Measurement", cell: ({ measurement }) => <Hash value={measurement} /> },
          { name: "State", cell: (it) => <State enclave={it} /> },
          { name: "Registered", cell: ({ registeredAt }) => <Time at={registeredAt} /> },
        ]}
      />
    </Section>
  );
}

function State({ enclave }: { readonly enclave: Enclave }): ReactNode {
  return (
    <span className="badges">
      {enclave.simulated ? (
        <span className="badge" data-tone="bad">
          simulated enclave: proves nothing
        </span>
      ) : null}
      {enclave.compromisedSince === null ? null : (
        <span className="badge" data-tone="bad">
          compromised
        </span>
      )}
      <span className="badge">{enclave.retiredAt === null ? "in service" : "retired"}</span>
    </span>
  );
}
