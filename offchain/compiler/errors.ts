/** What can go wrong in the compiler; each code names the place and the limit that was passed. */
export type CompilerErrorData =
  // The file.
  | { readonly code: "MODEL_TOO_LARGE"; readonly bytes: number; readonly limit: number }
  | { readonly code: "MODEL_MALFORMED"; readonly reason: string }
  | { readonly code: "MODEL_NO_GRAPH" }
  | {
      readonly code: "LIMIT_EXCEEDED";
      readonly what: string;
      readonly count: number | bigint;
      readonly limit: number;
    }
  | { readonly code: "OPSET_MISSING"; readonly domain: string }
  | {
      readonly code: "OPSET_UNSUPPORTED";
      readonly domain: string;
      readonly opset: bigint;
      readonly lowest: number;
      readonly highest: number;
    }
  | { readonly code: "DOMAIN_UNSUPPORTED"; readonly node: string; readonly domain: string }
  | { readonly code: "FUNCTIONS_UNSUPPORTED"; readonly count: number }
  | {
      readonly code: "SUBGRAPH_UNSUPPORTED";
      readonly node: string;
      readonly opType: string;
      readonly attribute: string;
    }
  | { readonly code: "SPARSE_UNSUPPORTED"; readonly tensor: string }
  | { readonly code: "EXTERNAL_DATA"; readonly tensor: string }
  | { readonly code: "DTYPE_UNSUPPORTED"; readonly tensor: string; readonly dtype: number }
  | {
      readonly code: "TENSOR_DATA_LENGTH";
      readonly tensor: string;
      readonly length: number;
      readonly expected: number;
    }
  | { readonly code: "VALUE_NOT_FINITE"; readonly tensor: string; readonly index: number }
  // The graph.
  | { readonly code: "NAME_DUPLICATE"; readonly name: string }
  | { readonly code: "NAME_MISSING"; readonly what: string }
  | { readonly code: "TENSOR_UNDEFINED"; readonly node: string; readonly tensor: string }
  | { readonly code: "GRAPH_CYCLIC"; readonly node: string }
  | { readonly code: "OUTPUT_COUNT"; readonly count: number }
  /** `symbol` is what `dimensions` calls the axis. */
  | {
      readonly code: "SHAPE_DYNAMIC";
      readonly tensor: string;
      readonly axis: number;
      readonly symbol: string;
    }
  | { readonly code: "SHAPE_INVALID"; readonly tensor: string; readonly reason: string }
  | { readonly code: "SHAPE_MISMATCH"; readonly node: string; readonly reason: string }
  | {
      readonly code: "OP_UNSUPPORTED";
      readonly node: string;
      readonly opType: string;
      readonly domain: string;
      readonly opset: number;
      /** What to use instead. */
      readonly hint: string;
    }
  /** The op is supported, but not with these operands. */
  | {
      readonly code: "OP_FORM_UNSUPPORTED";
      readonly node: string;
      readonly op: string;
      readonly reason: string;
    }
  | {
      readonly code: "ATTRIBUTE_INVALID";
      readonly node: string;
      readonly attribute: string;
      readonly reason: string;
    }
  // Quantization.
  | { readonly code: "OPTIONS_INVALID"; readonly reason: string }
  | { readonly code: "CALIBRATION_SAMPLE"; readonly index: number; readonly reason: string }
  | { readonly code: "CALIBRATION_MISSING"; readonly tensor: string }
  | { readonly code: "CALIBRATION_UNKNOWN"; readonly tensor: string }
  | { readonly code: "CALIBRATION_INVALID"; readonly tensor: string; readonly range: number }
  /** `multiplier` would have to be in `[1, limit]`; `fractionBits` is what the output may have at most. */
  | {
      readonly code: "MULTIPLIER_OUT_OF_RANGE";
      readonly node: string;
      readonly multiplier: number;
      readonly limit: number;
      readonly fractionBits: number;
    }
  /** Parameters or calibration are so large or small that no scale between them is a finite number. */
  | { readonly code: "SCALE_OUT_OF_RANGE"; readonly node: string; readonly scale: number }
  /** The samples reach `range`, the declared encoding `most`; with `fractionBits` it would do. */
  | {
      readonly code: "ENCODING_TOO_NARROW";
      readonly tensor: "input" | "output";
      readonly range: number;
      readonly most: number;
      readonly fractionBits: number;
    }
  /** Reached with all tensors wide; both in units of the output. */
  | { readonly code: "DRIFT_OVER_BUDGET"; readonly drift: number; readonly maxDrift: number }
  | {
      readonly code: "RANGE_TOO_WIDE";
      readonly node: string;
      readonly bits: number;
      readonly limit: number;
    }
  /** The node alone, with its weights and what it takes in and gives out, is no segment within the budget. */
  | {
      readonly code: "NODE_OVER_BUDGET";
      readonly node: string;
      readonly constraints: number;
      readonly budget: number;
    }
  /** No contract can evaluate the model. */
  | { readonly code: "EVM_UNSUPPORTED"; readonly reason: string }
  // Use of a compiled graph.
  | { readonly code: "INPUT_INVALID"; readonly index: number; readonly reason: string }
  | { readonly code: "SALT_MISSING"; readonly tensor: "weights" | "input" | "output" }
  /** What is given belongs to another number of segments. */
  | { readonly code: "SEGMENT_COUNT"; readonly count: number; readonly expected: number }
  /** What is given belongs to another number of inferences than the circuit makes at once. */
  | {
      readonly code: "BATCH_COUNT";
      readonly tensor: "input" | "output";
      readonly elements: number;
      readonly expected: number;
    }
  /** A graph breaks a rule of its level: a defect of a pass, or a graph that was made by hand. */
  | {
      readonly code: "GRAPH_INVALID";
      readonly level: "float" | "integer";
      readonly where: string;
      readonly reason: string;
    };

/** Thrown by everything in this package. */
export class CompilerError extends Error {
  override readonly name = "CompilerError";
  readonly data: CompilerErrorData;

  constructor(data: CompilerErrorData, options?: ErrorOptions) {
    super(describe(data), options);
    this.data = data;
  }

  get code(): CompilerErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: CompilerErrorData): string {
  switch (data.code) {
    case "MODEL_TOO_LARGE":
      return `The model has ${data.bytes} bytes; at most ${data.limit} are read.`;
    case "MODEL_MALFORMED":
      return `Not a readable ONNX file: ${data.reason}.`;
    case "MODEL_NO_GRAPH":
      return "The file holds no ONNX graph.";
    case "LIMIT_EXCEEDED":
      return `Too many ${data.what}: ${data.count}, at most ${data.limit}.`;
    case "OPSET_MISSING":
      return `The model imports no opset of the domain ${data.domain}.`;
    case "OPSET_UNSUPPORTED":
      return `Opset ${data.opset} of ${data.domain} is not supported; export the model with opset ${data.lowest} to ${data.highest}.`;
    case "DOMAIN_UNSUPPORTED":
      return `Node ${data.node} is of domain ${data.domain}; only ai.onnx and ai.onnx.ml are supported.`;
    case "FUNCTIONS_UNSUPPORTED":
      return `The model defines ${data.count} functions; inline them before export.`;
    case "SUBGRAPH_UNSUPPORTED":
      return `Node ${data.node} is a ${data.opType} with the subgraph ${data.attribute}; control flow is not supported, unroll it before export.`;
    case "SPARSE_UNSUPPORTED":
      return `${data.tensor} is sparse; export it as a dense tensor.`;
    case "EXTERNAL_DATA":
      return `${data.tensor} is stored outside the file; save the model as one file.`;
    case "DTYPE_UNSUPPORTED":
      return `${data.tensor} is of ONNX element type ${data.dtype}; numbers of 8 bits and more and bool are supported.`;
    case "TENSOR_DATA_LENGTH":
      return `${data.tensor} has data for ${data.length} bytes or elements, its shape needs ${data.expected}.`;
    case "VALUE_NOT_FINITE":
      return `Element ${data.index} of ${data.tensor} is not a finite number; export the model with one in its place.`;
    case "NAME_DUPLICATE":
      return `Two tensors are named ${data.name}.`;
    case "NAME_MISSING":
      return `${data.what} has no name.`;
    case "TENSOR_UNDEFINED":
      return `${data.node} uses ${data.tensor}, which is no input, initializer or output of a node.`;
    case "GRAPH_CYCLIC":
      return `Node ${data.node} depends on its own output.`;
    case "OUTPUT_COUNT":
      return `The graph has ${data.count} outputs; it needs one.`;
    case "SHAPE_DYNAMIC":
      return `Axis ${data.axis} of ${data.tensor} has no fixed length; give it as ${data.symbol} in the dimensions.`;
    case "SHAPE_INVALID":
      return `The shape of ${data.tensor} is invalid: ${data.reason}.`;
    case "SHAPE_MISMATCH":
      return `Shapes at node ${data.node} do not fit: ${data.reason}.`;
    case "OP_UNSUPPORTED":
      return `Node ${data.node} is a ${data.opType} of ${data.domain} opset ${data.opset}, which is not supported: ${data.hint}.`;
    case "OP_FORM_UNSUPPORTED":
      return `${data.op} at node ${data.node} is not supported in this form: ${data.reason}.`;
    case "ATTRIBUTE_INVALID":
      return `Attribute ${data.attribute} of node ${data.node}: ${data.reason}.`;
    case "OPTIONS_INVALID":
      return `Compile options: ${data.reason}.`;
    case "CALIBRATION_SAMPLE":
      return `Calibration sample ${data.index}: ${data.reason}.`;
    case "CALIBRATION_MISSING":
      return `The calibration has no range for ${data.tensor}.`;
    case "CALIBRATION_UNKNOWN":
      return `The calibration has a range for ${data.tensor}, which is no quantized tensor of this model.`;
    case "CALIBRATION_INVALID":
      return `The range ${data.range} of ${data.tensor} is no finite number from 0 on.`;
    case "MULTIPLIER_OUT_OF_RANGE":
      return `Node ${data.node} would need the multiplier ${data.multiplier}, outside 1 to ${data.limit}; ${data.fractionBits < 0 ? "scale its result down in the model" : `declare an output of ${data.fractionBits} fraction bits`}.`;
    case "SCALE_OUT_OF_RANGE":
      return `Node ${data.node} would need the scale ${data.scale}; its parameters or calibrated ranges are too far apart.`;
    case "ENCODING_TOO_NARROW":
      return `The ${data.tensor} reaches ${data.range} on the samples, and its encoding ends at ${data.most}; declare ${data.fractionBits < 0 ? "more bits" : `at most ${data.fractionBits} fraction bits, or more bits`}.`;
    case "DRIFT_OVER_BUDGET":
      return `The output would be off by ${data.drift} even with 16 bits everywhere, and ${data.maxDrift} is allowed; allow more, or declare an input or output of more bits.`;
    case "RANGE_TOO_WIDE":
      return `Node ${data.node} needs ${data.bits} bits, at most ${data.limit} are available; declare an input of fewer bits.`;
    case "NODE_OVER_BUDGET":
      return `Node ${data.node} alone takes ${data.constraints} constraints, and a segment may have ${data.budget}; allow larger segments.`;
    case "EVM_UNSUPPORTED":
      return `No contract can evaluate the model: ${data.reason}.`;
    case "INPUT_INVALID":
      return `Input element ${data.index}: ${data.reason}.`;
    case "SALT_MISSING":
      return `The salt of the committed ${data.tensor} is needed.`;
    case "SEGMENT_COUNT":
      return `${data.count} where the segments need ${data.expected}.`;
    case "BATCH_COUNT":
      return `The ${data.tensor} has ${data.elements} elements where all inferences of the batch together have ${data.expected}. Fill unused places with the first inference.`;
    case "GRAPH_INVALID":
      return `The ${data.level} graph is invalid at ${data.where}: ${data.reason}.`;
  }
}
