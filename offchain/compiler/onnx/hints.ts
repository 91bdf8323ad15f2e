const FLOW = "control flow is not supported; unroll it before export";
const RANDOM = "its output is random; export the model for inference, or make it an input";
const QUANTIZED = "export the model in float32, it is quantized here";

/** What to use instead of an op that has no reader. */
const HINTS: ReadonlyMap<string, string> = new Map([
  ["If", FLOW],
  ["Loop", FLOW],
  ["Scan", FLOW],
  ["SequenceMap", FLOW],
  ["Bernoulli", RANDOM],
  ["Multinomial", RANDOM],
  ["RandomNormal", RANDOM],
  ["RandomNormalLike", RANDOM],
  ["RandomUniform", RANDOM],
  ["RandomUniformLike", RANDOM],
  ["Compress", "its shape depends on data; use Where with a mask"],
  ["NonZero", "its shape depends on data; use Where with a mask"],
  ["Unique", "its shape depends on data; use Equal and reductions"],
  ["NonMaxSuppression", "its shape depends on data; end the model before it"],
  ["ConvInteger", QUANTIZED],
  ["MatMulInteger", QUANTIZED],
  ["QLinearConv", QUANTIZED],
  ["QLinearMatMul", QUANTIZED],
  ["DynamicQuantizeLinear", QUANTIZED],
  ["Det", "write the determinant as products and sums"],
  ["GridSample", "use Resize, or Gather with constant indices"],
  ["RoiAlign", "end the model before it"],
  ["MaxUnpool", "use Resize or ConvTranspose"],
  ["MaxRoiPool", "use MaxPool of fixed regions"],
  ["StringNormalizer", "prepare texts before the model"],
  ["TfIdfVectorizer", "prepare texts before the model"],
  ["CategoryMapper", "map texts to numbers before the model"],
  ["DictVectorizer", "give the values as one tensor"],
  ["SequenceAt", "use Split and Concat instead of sequences"],
  ["SequenceConstruct", "use Concat instead of sequences"],
  ["SplitToSequence", "use Split instead of sequences"],
  ["ConcatFromSequence", "use Concat instead of sequences"],
]);

/** The nearest rewrite of an op that is not supported. */
export function hintFor(opType: string): string {
  return HINTS.get(opType) ?? "rewrite it in supported ops, docs/ops.md lists them";
}
