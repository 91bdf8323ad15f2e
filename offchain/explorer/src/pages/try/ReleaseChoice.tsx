import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useDeferredValue, useState } from "react";
import { listModels } from "../../data/listModels.ts";
import { Button } from "../../ui/Button.tsx";
import { Query } from "../../ui/Query.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { TextField } from "../../ui/TextField.tsx";

const SHOWN = 12;

/** Finds a release by its model's name; the most used come first. */
export function ReleaseChoice({
  chosen,
  onChoose,
}: {
  readonly chosen: string | null;
  readonly onChoose: (release: string) => void;
}): ReactNode {
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search);
  const models = useQuery({
    queryKey: ["try", "models", wanted],
    queryFn: ({ signal }) =>
      listModels(
        { search: wanted, deprecated: "hidden", proven: false, orderBy: "requests" },
        null,
        signal,
      ),
    placeholderData: (before) => before,
  });
  return (
    <>
      <TextField
        label="Search for a model"
        hint="By its name, its publisher or its licence."
        value={search}
        onChange={setSearch}
      />
      <Query result={models} what="models">
        {({ rows }) =>
          rows.length === 0 ? (
            <p>No model is called that.</p>
          ) : (
            <ul className="release-choice">
              {rows.slice(0, SHOWN).map((it) => (
                <li key={it.id}>
                  <Button
                    className={it.latest === chosen ? "primary" : ""}
                    onPress={() => {
                      onChoose(it.latest);
                    }}
                  >
                    <StrangersText
                      text={`${it.name} ${it.release?.version ?? ""}`.trim()}
                      limit={80}
                    />
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Query>
    </>
  );
}
