/** What is asked, and who waits for the answer. */
export type Asked<Ask, Answer> = {
  readonly ask: Ask;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
};

type Lane<Ask, Answer> = { waiting: Asked<Ask, Answer>[] };

/**
 * Returns what gathers asks by their lane, and works on all that came since it began with those before: nobody waits for company, and
 * what is done once for many costs less the more there is to do.
 *
 * @param work settles each that it is given, and never rejects; its lane is free again when it resolves
 */
export function createLanes<Ask, Answer>(
  laneOf: (ask: Ask) => string,
  work: (asked: readonly Asked<Ask, Answer>[]) => Promise<void>,
): (ask: Ask) => Promise<Answer> {
  const lanes = new Map<string, Lane<Ask, Answer>>();

  async function run(name: string, lane: Lane<Ask, Answer>): Promise<void> {
    while (lane.waiting.length > 0) {
      const asked = lane.waiting;
      lane.waiting = [];
      await work(asked);
    }
    lanes.delete(name);
  }

  return (ask) =>
    new Promise((resolve, reject) => {
      const name = laneOf(ask);
      const known = lanes.get(name);
      if (known !== undefined) {
        known.waiting.push({ ask, resolve, reject });
        return;
      }
      const lane = { waiting: [{ ask, resolve, reject }] };
      lanes.set(name, lane);
      setImmediate(() => void run(name, lane)); // behind all that this turn brings
    });
}
