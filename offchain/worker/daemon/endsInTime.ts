/**
 * Waits for `work`, and once `stop` has aborted for no more than so many seconds, or until `hurry` aborts too. Returns whether it
 * ended; what it throws before is thrown.
 */
export async function endsInTime(
  work: Promise<unknown>,
  {
    seconds,
    stop,
    hurry,
  }: { readonly seconds: number; readonly stop: AbortSignal; readonly hurry: AbortSignal },
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  let giveUp = (): void => undefined;
  const overdue = new Promise<false>((resolve) => {
    giveUp = () => {
      resolve(false);
    };
  });
  const begin = (): void => {
    timer = setTimeout(giveUp, seconds * 1_000);
  };
  stop.addEventListener("abort", begin, { once: true });
  hurry.addEventListener("abort", giveUp, { once: true });
  if (stop.aborted) begin();
  if (hurry.aborted) giveUp();
  try {
    return await Promise.race([work.then(() => true), overdue]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener("abort", begin);
    hurry.removeEventListener("abort", giveUp);
  }
}
