/** Runs work when all that was given before is done, however that ended. */
export type OneAtATime = <T>(work: () => Promise<T>) => Promise<T>;

/** Returns a queue of one. */
export function oneAtATime(): OneAtATime {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const own = last.then(work, work);
    last = own;
    return own;
  };
}
