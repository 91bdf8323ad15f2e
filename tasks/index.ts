import { task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { TaskArguments, TaskDefinition } from "hardhat/types/tasks";
import { buildIfStale } from "./buildIfStale.ts";
import { TEE_FORM } from "../offchain/protocol/teeForm.ts";

/** What an action file exports: `run` prints for people, or one JSON document where `json` is set. */
type Action<Args> = {
  readonly run: (args: Args, hre: HardhatRuntimeEnvironment) => Promise<void> | void;
};

/**
 * Builds first what is stale, since actions import generated types, then runs the action and turns typed errors into one
 * message and an exit code, without a stack trace.
 */
const act =
  <Args extends TaskArguments>(load: () => Promise<Action<Args>>) =>
  async (args: TaskArguments, hre: HardhatRuntimeEnvironment): Promise<void> => {
    await buildIfStale(hre);
    const { reportFailure } = await import("./reportFailure.ts");
    try {
      const { run } = await load();
      await run(args as Args, hre); // the options below declare every member
    } catch (error) {
      reportFailure(error, args);
    }
  };

const json = {
  name: "json",
  description: "Print one JSON document and nothing else.",
} as const;
const text = (name: string, description: string, defaultValue = "") =>
  ({ name, description, type: ArgumentType.STRING, defaultValue }) as const;

const maxConstraints = text(
  "maxConstraints",
  "Constraints that a circuit may have; a larger model is cut into segments, a circuit each (model:estimate --budget prices them). Never cut if empty.",
);

const nitroDocument = {
  name: "file",
  description: "The attestation document as it is, in hexadecimal digits or in base64.",
} as const;

const ceremonyKeys = text(
  "zkey",
  "Final keys of a ceremony that was held elsewhere, joined by commas: those of all segments, or a commit-and-prove circuit's, its weights' and the link; they are verified.",
);

const tasks: TaskDefinition[] = [
  task("deploy", "Deploy all contracts and record their addresses in deployments/<chainId>.json.")
    .addFlag({ name: "reset", description: "Forget an earlier deployment to this chain first." })
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/deploy.ts")))
    .build(),

  task("model:publish", "Compile an ONNX model, set up its circuit and publish a release.")
    .addOption(
      text("model", "Name of a folder with model.onnx and samples.json.", "credit-german-mlp"),
    )
    .addOption(text("folder", "Folder that holds the models.", "models"))
    .addOption(text("releaseVersion", "Label of this release.", "1"))
    .addOption(text("inputMode", "public (words on-chain) or committed (private input).", "public"))
    .addOption(
      text("outputMode", "public (words on-chain) or committed (private output).", "public"),
    )
    .addOption(
      text("weights", "private (committed) or public (in the circuit); the model's own if empty."),
    )
    .addOption(text("maxDrift", "Drift budget that widths are chosen by, in units of the output."))
    .addOption(maxConstraints)
    .addOption(
      text("setup", "development (fast, forgeable by its maker) or ceremony.", "development"),
    )
    .addOption(
      text(
        "system",
        "Proof system: groth16, committedGroth16 (commit-and-prove: faster proofs, some 63,000 gas more for one alone), or auto: what model:estimate chooses.",
        "auto",
      ),
    )
    .addOption(
      text(
        "batches",
        "Numbers of inferences that one proof may be of, each with a circuit of its own, such as 4,16; none if empty.",
      ),
    )
    .addOption(text("ptau", "Powers-of-tau file for a ceremony; looked up or downloaded if empty."))
    .addOption(ceremonyKeys)
    .addOption(
      text(
        "ceremony",
        "Folder of a ceremony of public powers of tau, in place of --setup and --zkey; its last keys are verified and taken.",
      ),
    )
    .addOption(
      text(
        "salt",
        "32-byte salt of private weights in hex; drawn at random and stored if empty (keep it secret).",
      ),
    )
    .addOption(text("uri", "Where others get file and manifest; announced on-chain."))
    .addFlag({
      name: "report",
      description: "Print accuracy and drift on held-out rows, by output and layer.",
    })
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/modelPublish.ts")))
    .build(),

  task("text:publish", "Describe a folder with a language model and publish it as a release.")
    .addOption(text("model", "Name of a folder that @huggingface/transformers loads.", "char-gpt"))
    .addOption(text("folder", "Folder that holds the models.", "models"))
    .addOption(text("releaseVersion", "Label of this release.", "1"))
    .addOption(
      text("dtype", "Form of the weights: fp32, fp16, q8, int8, uint8, q4, q4f16 or bnb4.", "fp32"),
    )
    .addOption(
      text("context", "Tokens of prompt and answer together; what config.json says if empty."),
    )
    .addOption(text("licence", "Licence of the model, such as MIT or Apache-2.0; needed."))
    .addOption(text("notice", "What whoever uses the release should know."))
    .addOption(
      text("floor", "Evidence that every answer has to have, such as signature; none if empty."),
    )
    .addOption(text("uri", "Where others get files and manifest; announced on-chain."))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/textPublish.ts")))
    .build(),

  task(
    "model:estimate",
    "Say what proving a model costs, by layer and weights mode, and which evidence fits it; nothing is set up.",
  )
    .addPositionalArgument({ name: "file", description: "ONNX file, or a model folder." })
    .addOption(text("inputBits", "Bits of an input element; the model folder's own, else 16."))
    .addOption(text("inputFractionBits", "Fraction bits of the input; the folder's own, else 8."))
    .addFlag({ name: "inputUnsigned", description: "The input has no negative elements." })
    .addOption(text("inputMode", "public (words on-chain) or committed (private input).", "public"))
    .addOption(text("outputBits", "Bits of an output element; the folder's own, else 32."))
    .addOption(
      text("outputFractionBits", "Fraction bits of the output; the folder's own, else 16."),
    )
    .addOption(
      text("outputMode", "public (words on-chain) or committed (private output).", "public"),
    )
    .addOption(text("dimensions", "Lengths that the file leaves open, such as N=1,T=128."))
    .addOption(
      text(
        "samples",
        "JSON with rows of the input to measure ranges on; the folder's own if empty.",
      ),
    )
    .addOption(text("budget", "Constraints that a proof may have; 1048576 if empty."))
    .addOption(text("svg", "File to draw the graph to, with the constraints of each layer."))
    .addOption(text("html", "File for a page with the drawing and all tables."))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/modelEstimate.ts")))
    .build(),

  task("model:list", "List the releases of a chain with circuit, set-up class and floor.")
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/modelList.ts")))
    .build(),

  task(
    "model:verify",
    "Re-derive content hash, weights commitment and circuit id of a release from its file and salt.",
  )
    .addOption(text("release", "Release id; the newest on the chain if empty."))
    .addOption(text("file", "ONNX file; the stored one if empty."))
    .addOption(text("salt", "Release salt in hex; the stored one if empty."))
    .addOption(text("manifest", "Manifest JSON of the release; the stored one if empty."))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/modelVerify.ts")))
    .build(),

  task(
    "model:approve",
    "Let enclaves of a measurement serve a release, as its publisher; --withdraw takes that back for good.",
  )
    .addPositionalArgument({ name: "release", description: "Release id." })
    .addPositionalArgument({
      name: "measurement",
      description: "32 bytes in hex, as the worker prints them when it registers.",
    })
    .addOption(
      text("minSvn", "Least version of a measurement of an SGX signer; it may be raised.", "0"),
    )
    .addFlag({ name: "withdraw", description: "Take the approval back, for good." })
    .addOption(
      text("since", "From when it is taken back, in seconds since the epoch; now if empty."),
    )
    .addOption(text("account", "Index of the network's account that published.", "0"))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/modelApprove.ts")))
    .build(),

  task(
    "enclave:measure",
    "Measure the worker of a checkout: SHA-384 of its image, and the RTMR3 that a TD gets by it.",
  )
    .addOption(text("folder", "Folder of the checkout; this project's if empty."))
    .addOption(text("nodeVersion", "Version of Node that the worker runs on; this one's if empty."))
    .addFlag({ name: "manifest", description: "Print sgx.trusted_files of a Gramine manifest." })
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/enclaveMeasure.ts")))
    .build(),

  task("infer", "Ask for an inference, wait for the answer, verify its receipt.")
    .addOption(text("release", "Release id; the newest on the chain if empty."))
    .addOption(
      text(
        "input",
        "JSON file with an array of numbers, or sample:<i> of the model's samples.",
        "sample:0",
      ),
    )
    .addOption(
      text(
        "policy",
        `Clauses joined by +, alternatives by |: signature, zk:any, zk:pinned=<circuit>, zk:attested=<address>, ${TEE_FORM}.`,
        "zk:any+signature",
      ),
    )
    .addOption(text("fee", "Wei for the operator.", "1000000000000000"))
    .addOption(text("timeout", "Seconds to wait for the answer.", "300"))
    .addOption(text("out", "Where to write the receipt; .vouch/receipts/<request>.json if empty."))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/infer.ts")))
    .build(),

  task(
    "policy:quote",
    "Say what each branch of a policy and the release's floor takes: gas, time, and the fees that such answers were paid.",
  )
    .addOption(text("release", "Release id; the newest on the chain if empty."))
    .addOption(
      text(
        "policy",
        "Clauses joined by +, alternatives by |: as for infer, quorum:<k>of<n>[~<tolerance>], optimistic:<seconds>:<k>of<n>, optimistic:<seconds>:<any|pinned=..|attested=..>.",
        "signature|zk:any|quorum:2of3|optimistic:86400:any",
      ),
    )
    .addOption(text("token", "Token that fees are paid in; the native one if empty."))
    .addOption(text("inputWords", "Words of the input; the circuit's own number if empty."))
    .addOption(text("outputWords", "Words of the output; the circuit's own number if empty."))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/policyQuote.ts")))
    .build(),

  task(
    "worker",
    "Run an operator: watch requests, lock, run, sign, prove and fulfil, until stopped.",
  )
    .addOption(text("stake", "Wei to stake first if less is free.", "1000000000000000000"))
    .addOption(text("minFee", "Lowest fee in wei that is served; the configuration's if empty."))
    .addOption(
      text("account", "Index of the network's account to operate with, without a key file.", "1"),
    )
    .addOption(
      text(
        "keyFile",
        "File with the operator's key, a keystore or 32 bytes in hex; the network's account if empty.",
      ),
    )
    .addOption(text("settings", "JSON file with settings of vouch-worker; variables set them too."))
    .addOption(
      text(
        "enclave",
        "off, auto (the enclave that the process runs in, if any), or simulated (for development: it proves nothing).",
        "off",
      ),
    )
    .addOption(
      text(
        "collateral",
        "Of a real enclave: where to take collateral from, as for enclave:refresh; the chain's own if empty.",
      ),
    )
    .addFlag({
      name: "retireKey",
      description:
        "Tell the registry, when the worker stops, that its enclave's key signs no more.",
    })
    .addFlag({
      name: "once",
      description: "Serve what is open now, then exit (always so on an in-process chain).",
    })
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/worker.ts")))
    .build(),

  task("stake", "Show or change an operator's stake.")
    .addOption(text("add", "Wei to add."))
    .addOption(text("bond", "Wei of it that answer for what the operator signs; renews the bond."))
    .addOption(text("exit", "Wei to move into the exit queue."))
    .addFlag({ name: "withdraw", description: "Withdraw what has left the exit queue." })
    .addOption(text("account", "Index of the network's account.", "1"))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/stake.ts")))
    .build(),

  task("earnings", "Show or withdraw what an operator earned by vouchers in the receipt ledger.")
    .addOption(text("token", "Address of the token; the chain's own currency if empty."))
    .addOption(text("to", "Who gets it; the operator if empty."))
    .addFlag({ name: "withdraw", description: "Withdraw it." })
    .addOption(text("account", "Index of the network's account.", "1"))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/earnings.ts")))
    .build(),

  task("receipt:verify", "Verify a receipt offline, and on-chain where the network has its router.")
    .addOption(text("file", "Receipt JSON; the newest in .vouch/receipts if empty."))
    .addOption(text("release", "Release id that the receipt must be about."))
    .addFlag({
      name: "offline",
      description: "Do not ask the chain about registration and stake.",
    })
    .addFlag({ name: "independent", description: "Verify a second time with snarkjs and ethers." })
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/receiptVerify.ts")))
    .build(),

  task("zk:setup", "Build a model's circuit and its proving key, and show what it rests on.")
    .addOption(
      text("model", "Name of a folder with model.onnx and samples.json.", "credit-german-mlp"),
    )
    .addOption(text("folder", "Folder that holds the models.", "models"))
    .addOption(text("inputMode", "public or committed.", "public"))
    .addOption(text("outputMode", "public or committed.", "public"))
    .addOption(
      text("weights", "private (committed) or public (in the circuit); the model's own if empty."),
    )
    .addOption(text("maxDrift", "Drift budget that widths are chosen by, in units of the output."))
    .addOption(maxConstraints)
    .addOption(text("setup", "development or ceremony.", "development"))
    .addOption(
      text(
        "ptau",
        "Powers-of-tau file for a ceremony; looked up or downloaded if empty. With --begin also development: made here, for a rehearsal.",
      ),
    )
    .addOption(ceremonyKeys)
    .addOption(
      text(
        "batches",
        "With --begin: numbers of inferences that one proof may be of, such as 4,16.",
      ),
    )
    .addOption(
      text("system", "With --begin: groth16 or committedGroth16 (commit-and-prove).", "groth16"),
    )
    .addOption(
      text(
        "begin",
        "New folder: begin a ceremony for the model's circuits there, in place of a set-up by this machine.",
      ),
    )
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/zkSetup.ts")))
    .build(),

  task(
    "zk:contribute",
    "Contribute to a set-up ceremony: to a coordinator's URL, to a ceremony's folder, or to one key file.",
  )
    .addPositionalArgument({
      name: "to",
      description: "https://..., a folder of zk:setup --begin, or the last .zkey file.",
    })
    .addOption(
      text("name", "What you are called in the transcript, in public: 1 to 64 bytes of text."),
    )
    .addOption(text("out", "Where the next key file is written, for a key file."))
    .addFlag({
      name: "typed",
      description:
        "Mix a line that you type with the system's randomness, which suffices alone. It is not shown.",
    })
    .addOption(
      text(
        "keyFile",
        "Key to sign by where the ceremony has a list of addresses: a keystore or hex.",
      ),
    )
    .addOption(text("passwordFile", "File with the password of the keystore."))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/zkContribute.ts")))
    .build(),

  task(
    "zk:beacon",
    "End a set-up ceremony by a public random value that nobody could know when the contributions were made.",
  )
    .addPositionalArgument({
      name: "to",
      description: "A folder of zk:setup --begin, or the last .zkey file.",
    })
    .addOption(
      text("source", "Where the value is from, for others to check: drand quicknet 12345."),
    )
    .addOption(text("value", "The value, in hex without prefix, 1 to 255 bytes."))
    .addOption(text("iterations", "The value is hashed 2^this times: 10 to 63.", "20"))
    .addOption(text("out", "Where the final key file is written, for a key file."))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/zkBeacon.ts")))
    .build(),

  task(
    "zk:coordinate",
    "Serve a ceremony over HTTP: queue, turns, uploads, verification, transcript.",
  )
    .addPositionalArgument({ name: "folder", description: "A folder of zk:setup --begin." })
    .addOption(text("host", "Address to listen on; TLS is a reverse proxy's part.", "127.0.0.1"))
    .addOption(text("port", "Port to listen on.", "8790"))
    .addOption(text("turnMinutes", "How long one participant may take.", "60"))
    .addOption(
      text("allow", "File of addresses that may contribute, one a line; everybody if empty."),
    )
    .addFlag({
      name: "trustProxy",
      description: "Take the address that the proxy added to x-forwarded-for for the client's.",
    })
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/zkCoordinate.ts")))
    .build(),

  task(
    "zk:verify",
    "Re-derive a circuit from its ONNX file and manifest, and check its registration and key.",
  )
    .addOption(text("release", "Release id; the newest on the chain if empty."))
    .addOption(text("circuit", "Circuit id, in place of a release."))
    .addOption(text("file", "ONNX file; the stored one if empty."))
    .addOption(text("manifest", "Manifest JSON; the stored one if empty."))
    .addOption(text("salt", "Salt of a release with private weights; the stored one if empty."))
    .addOption(
      text(
        "zkey",
        "Proving key, or those of all segments joined by commas; the stored ones if empty.",
      ),
    )
    .addOption(text("ptau", "Powers-of-tau file for a ceremony; looked up or downloaded if empty."))
    .addOption(
      text(
        "ceremony",
        "Folder or URL of a ceremony: verify it all, from r1cs and powers of tau on; with --circuit or --release also against the chain.",
      ),
    )
    .addFlag({
      name: "withoutKey",
      description: "Check the circuit only, where no key is at hand.",
    })
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/zkVerify.ts")))
    .build(),
  task(
    "enclave:inspect",
    "Explain a quote, or a document of AWS Nitro: every field, its chain, its TCB verdict and why it is refused. Exits 0 if it is verified, 1 if refused, 2 if it was only read, or is simulated.",
  )
    .addPositionalArgument({
      name: "file",
      description: "The quote as it is, in hexadecimal digits or in base64.",
    })
    .addOption(
      text(
        "collateral",
        "File of a PCCS client, folder of PCS answers, or URL of a service; only read if empty.",
      ),
    )
    .addOption(text("time", "Time to verify at: 2026-01-31T12:00:00Z or seconds; now if empty."))
    .addFlag({ name: "independent", description: "Ask a verifier of others too." })
    .addFlag({
      name: "simulated",
      description: "Exit 0 for a simulated one too, which anybody can make: it proves nothing.",
    })
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/enclaveInspect.ts")))
    .build(),

  task(
    "enclave:refresh",
    "Bring a chain what it lacks of the vendor's collateral, or has older: authorities, lists, TCB info, QE identity.",
  )
    .addOption(
      text(
        "from",
        "URL of a service like Intel's PCS, file of a PCCS client, or folder of answers.",
      ),
    )
    .addOption(text("quote", "File with a quote of the platform, in place of the next three."))
    .addOption(text("fmspc", "Platform model, 12 hexadecimal digits."))
    .addOption(text("tee", "SGX or TDX.", "TDX"))
    .addOption(text("ca", "Authority that certified it: platform or processor.", "platform"))
    .addOption(
      text("update", "Of a service: standard, or early (from the day of a recovery).", "standard"),
    )
    .addOption(text("account", "Index of the network's account to send from.", "0"))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/enclaveRefresh.ts")))
    .build(),

  task("enclave:register", "Register the key that an enclave bound into its quote.")
    .addPositionalArgument({
      name: "file",
      description: "The quote as it is, in hexadecimal digits or in base64.",
    })
    .addOption(text("key", "Address of the key that the enclave holds."))
    .addOption(text("nonceBlock", "Number of the block whose hash the enclave put into the quote."))
    .addOption(
      text("kind", "What its measurement is of: domain, image or signer; by the quote if empty."),
    )
    .addOption(
      text("collateral", "Where to take newer collateral from first, as for enclave:refresh."),
    )
    .addOption(text("account", "Index of the network's account that is the operator.", "1"))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/enclaveRegister.ts")))
    .build(),

  task(
    "nitro:quorum",
    "Declare registrars that vouch for enclaves of AWS Nitro, and by what terms.",
  )
    .addOption(text("members", "Addresses, separated by commas; 16 at most."))
    .addOption(text("threshold", "How many of them have to sign; more than half."))
    .addOption(text("bond", "Wei that the first dispute of a key costs.", "100000000000000000"))
    .addOption(text("window", "Seconds in which they uphold what is disputed.", "21600"))
    .addOption(text("account", "Index of the network's account that sends it.", "0"))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/nitroQuorum.ts")))
    .build(),

  task(
    "nitro:vouch",
    "As a registrar: verify a document of AWS Nitro completely, then sign that it holds.",
  )
    .addPositionalArgument(nitroDocument)
    .addOption(text("quorum", "Id of your quorum, of which you are a member by your own will."))
    .addOption(text("operator", "Address of the operator whose key it is to be."))
    .addOption(text("key", "Address of the key that the enclave holds."))
    .addOption(text("nonceBlock", "Number of the block whose hash the enclave was given."))
    .addOption(text("maxAge", "Seconds that the document may be old.", "300"))
    .addOption(text("time", "Time to verify at: 2026-01-31T12:00:00Z or seconds; now if empty."))
    .addFlag({ name: "uphold", description: "Sign that it stands, in the dispute that is open." })
    .addFlag({
      name: "simulated",
      description: "Vouch for a simulated one too, which anybody can make: it proves nothing.",
    })
    .addOption(text("account", "Index of the network's account that is the registrar.", "0"))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/nitroVouch.ts")))
    .build(),

  task(
    "nitro:register",
    "Register a key that registrars vouched for, or extend it by a newer document.",
  )
    .addPositionalArgument(nitroDocument)
    .addOption(text("quorum", "Id of the quorum whose members signed."))
    .addOption(text("key", "Address of the key that the enclave holds."))
    .addOption(text("nonceBlock", "Number of the block whose hash the enclave was given."))
    .addOption(text("signatures", "Files of what each `nitro:vouch --json` printed, by commas."))
    .addOption(text("account", "Index of the network's account that is the operator.", "1"))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/nitroRegister.ts")))
    .build(),

  task(
    "nitro:dispute",
    "Dispute a key that registrars vouched for: it counts for nothing until they uphold it.",
  )
    .addPositionalArgument({ name: "id", description: "Id of the key, as enclave:list shows it." })
    .addOption(text("account", "Index of the network's account that pays the bond.", "0"))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/nitroDispute.ts")))
    .build(),

  task(
    "nitro:uphold",
    "End a dispute: with signatures the key stands; without, once its time is over, it is void.",
  )
    .addPositionalArgument({ name: "id", description: "Id of the key, as enclave:list shows it." })
    .addOption(
      text("signatures", "Files of what each `nitro:vouch --uphold --json` printed, by commas."),
    )
    .addOption(text("account", "Index of the network's account that sends it.", "0"))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/nitroUphold.ts")))
    .build(),

  task("enclave:renew", "Judge a registered key by the collateral that the chain has now.")
    .addPositionalArgument({ name: "id", description: "Id of the key, as enclave:list shows it." })
    .addOption(text("account", "Index of the network's account to send from.", "0"))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/enclaveRenew.ts")))
    .build(),

  task("enclave:list", "List an operator's enclave keys: status, time, measurement.")
    .addOption(text("operator", "Address of the operator; that of the account if empty."))
    .addOption(text("account", "Index of the network's account.", "1"))
    .addFlag(json)
    .setInlineAction(act(() => import("./actions/enclaveList.ts")))
    .build(),
];

export default tasks;
