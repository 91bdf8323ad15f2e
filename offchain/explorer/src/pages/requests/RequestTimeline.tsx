import type { ReactNode } from "react";
import type { RequestDetails, StepRow } from "../../data/readRequest.ts";
import { explainStep, nextStep } from "../../evidence/explainStep.ts";
import { spellSeconds } from "../../evidence/spellSeconds.ts";
import { Hash } from "../../ui/Hash.tsx";
import { StrangersText } from "../../ui/StrangersText.tsx";
import { Time } from "../../ui/Time.tsx";
import "./requestTimeline.css";

/** What happened to a request, from the question to finality, with the time between. */
export function RequestTimeline({
  request,
  steps,
  cut,
}: {
  readonly request: RequestDetails;
  readonly steps: readonly StepRow[];
  readonly cut: boolean;
}): ReactNode {
  const next = nextStep(request.status, request);
  return (
    <>
      <ol className="timeline">
        {steps.map((step, index) => (
          <li key={step.id} className={`timeline-${explainStep(step.kind, step.data).tone}`}>
            <Step step={step} since={steps[index - 1]?.at} />
          </li>
        ))}
        {next === null ? null : (
          <li className="timeline-next">
            <h3>Next</h3>
            <p>
              {next.text} {next.at === null ? null : <Time at={next.at} />}
            </p>
          </li>
        )}
      </ol>
      {cut ? <p>There are more events than are shown here.</p> : null}
    </>
  );
}

function Step({
  step,
  since,
}: {
  readonly step: StepRow;
  readonly since: number | undefined;
}): ReactNode {
  const { title, text } = explainStep(step.kind, step.data);
  return (
    <>
      <h3>
        <StrangersText text={title} />
      </h3>
      <p className="timeline-when">
        <Time at={step.at} />
        {since === undefined || since === step.at
          ? null
          : `, ${spellSeconds(step.at - since)} later`}
        {`, block ${step.block.toLocaleString("en-US")}`}
      </p>
      {text === "" ? null : <p>{text}</p>}
      <p className="timeline-who">
        {step.actor === null ? null : (
          <>
            by <Hash value={step.actor} />{" "}
          </>
        )}
        in transaction <Hash value={step.tx} />
      </p>
    </>
  );
}
