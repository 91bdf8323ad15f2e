/** What is often given in the place of an ONNX file, and what to do about it. */
type Foreign = { readonly name: string; readonly advice: string };

const BY_OPTIMUM =
  "export the model it belongs to with `optimum-cli export onnx --model <model> <folder>`";
const BY_TORCH =
  "load it where you trust it and export the model with `torch.onnx.export`; pickles are never loaded here, for they run code";
const BY_TF2ONNX = "convert it with `python -m tf2onnx.convert`";
const UNPACK = "unpack it first; nothing is decompressed here";

/** Contents that are refused, by what errors call them. */
export const FOREIGN_FORMATS = {
  safetensors: { name: "weights as safetensors, without a graph", advice: BY_OPTIMUM },
  pytorch: { name: "a PyTorch checkpoint (a pickle)", advice: BY_TORCH },
  torchscript: { name: "a TorchScript program", advice: BY_TORCH },
  tensorflow: { name: "a TensorFlow SavedModel or graph", advice: BY_TF2ONNX },
  hdf5: { name: "HDF5, as Keras writes it", advice: BY_TF2ONNX },
  keras: { name: "a Keras archive", advice: BY_TF2ONNX },
  tflite: { name: "a TFLite model", advice: `${BY_TF2ONNX} --tflite` },
  gguf: {
    name: "GGUF",
    advice: "serve it with llama.cpp as a language model, or export the original to ONNX",
  },
  coreml: { name: "a Core ML model", advice: "export the model that it was made from to ONNX" },
  ort: {
    name: "onnxruntime's own ORT format",
    advice: "give the .onnx file that it was made from",
  },
  numpy: {
    name: "NumPy arrays, without a graph",
    advice: "export the model that they are of to ONNX",
  },
  gzip: { name: "compressed (gzip)", advice: UNPACK },
  zip: { name: "a ZIP archive", advice: UNPACK },
  zstd: { name: "compressed (Zstandard)", advice: UNPACK },
  bzip2: { name: "compressed (bzip2)", advice: UNPACK },
  xz: { name: "compressed (xz)", advice: UNPACK },
  sevenZip: { name: "a 7-Zip archive", advice: UNPACK },
  tar: { name: "a tar archive", advice: UNPACK },
  gitLfs: {
    name: "a pointer of Git LFS in the place of the file",
    advice: "run `git lfs pull` in its repository",
  },
  html: {
    name: "an HTML page, often one to log in or of an error",
    advice:
      "give the address of the file itself; of huggingface.co give hf://<owner>/<repo>/<path>",
  },
  xml: { name: "XML", advice: "give the .onnx file" },
  json: { name: "JSON, often the message of a server", advice: "give the .onnx file" },
  empty: { name: "empty", advice: "copy or download it again" },
} as const satisfies Readonly<Record<string, Foreign>>;

/** A content that is refused. */
export type ForeignFormat = keyof typeof FOREIGN_FORMATS;
