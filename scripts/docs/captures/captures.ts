/** A command that the pages show with what it prints; `name` is its file's in docs/pictures/. */
export type Capture = { readonly name: string; readonly task: readonly string[] };

/** In this order: an answer leaves the receipt that is verified behind it. */
export const CAPTURES: readonly Capture[] = [
  {
    name: "capture-policy-quote",
    task: ["policy:quote", "--policy", "signature|zk:any|quorum:3of5|quorum:11of16"],
  },
  { name: "capture-infer", task: ["infer", "--input", "sample:3"] },
  { name: "capture-receipt-verify", task: ["receipt:verify", "--independent"] },
];
