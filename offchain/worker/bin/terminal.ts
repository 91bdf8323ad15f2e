/** Where a command writes what people read. */
export type Terminal = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
};
