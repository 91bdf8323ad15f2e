/** A row of a data set as a model takes it. */
export type DataRow = {
  /** As `samples.json` names it. */
  readonly id: string;
  readonly x: readonly number[];
  /** Class, or value of the first output. */
  readonly label: number;
};
