import { task } from "hardhat/config";
import type { TaskDefinition } from "hardhat/types/tasks";
import { enclaveTasks } from "./enclaveTasks.ts";
import { act, ceremonyKeys, json, maxConstraints, text } from "./taskParts.ts";
import { zkTasks } from "./zkTasks.ts";
import { TEE_FORM } from "@vouch/protocol/teeForm";

/** Every task of the plugin. */
export const tasks: readonly TaskDefinition[] = [
  task("deploy", "Deploy all contracts and record their addresses in deployments/<chainId>.json.")
    .addFlag({ name: "reset", description: "Forget an earlier deployment to this chain first." })
    .addFlag(json)
    .setAction(act(() => import("./actions/deploy.ts")))
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
    .setAction(act(() => import("./actions/modelPublish.ts")))
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
    .setAction(act(() => import("./actions/textPublish.ts")))
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
    .setAction(act(() => import("./actions/modelEstimate.ts")))
    .build(),

  task(
    "model:import",
    "Bring an ONNX model into the folder of models: checked, hashed, with its licence; nothing of it is run.",
  )
    .addPositionalArgument({
      name: "source",
      description: "File or folder, https://..., or hf://<owner>/<repo>[@<revision>][/<path>].",
    })
    .addOption(text("name", "Name of its folder; by its source if empty."))
    .addOption(text("folder", "Folder that holds the models.", "models"))
    .addOption(text("licence", "SPDX identifier, such as MIT; what the source says if empty."))
    .addOption(text("revision", "Branch, tag or commit of a hub; its main branch if empty."))
    .addOption(text("digest", "What the model's file has to hash to by SHA-256, in hex."))
    .addOption(text("maxBytes", "Bytes that all its files may have; 16 GiB if empty."))
    .addFlag(json)
    .setAction(act(() => import("./actions/modelImport.ts")))
    .build(),

  task("model:list", "List the releases of a chain with circuit, set-up class and floor.")
    .addFlag(json)
    .setAction(act(() => import("./actions/modelList.ts")))
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
    .setAction(act(() => import("./actions/modelVerify.ts")))
    .build(),

  task(
    "sealing:key",
    "Announce the key to which publishers and requesters seal what is for an operator; drawn if there is none.",
  )
    .addOption(text("account", "Index of the network's account that is the operator.", "1"))
    .addFlag(json)
    .setAction(act(() => import("./actions/sealingKey.ts")))
    .build(),

  task(
    "model:grant",
    "Seal a release with private weights for operators, and grant each the keys; or take grants back, which seals it anew.",
  )
    .addOption(text("release", "Release id; the newest on the chain if empty."))
    .addOption(text("to", "Documents of `sealing:key`, one for each operator: a.json,b.json."))
    .addOption(text("revoke", "Addresses whose grants no longer count: 0x...,0x..."))
    .addOption(text("days", "How long the grants count.", "90"))
    .addOption(text("out", "Folder for the sealed release and the grants.", "sealed"))
    .addOption(text("account", "Index of the network's account that published it.", "0"))
    .addFlag(json)
    .setAction(act(() => import("./actions/modelGrant.ts")))
    .build(),

  task("model:accept", "Take a sealed release and the grant for it into this operator's store.")
    .addPositionalArgument({
      name: "folder",
      description: "Folder of the sealed release, named by its id.",
    })
    .addOption(text("grant", "Grant for this operator, from the release's publisher."))
    .addOption(text("account", "Index of the network's account that is the operator.", "1"))
    .addFlag(json)
    .setAction(act(() => import("./actions/modelAccept.ts")))
    .build(),

  task(
    "release:types",
    "Write a TypeScript file that types what a release takes and gives, for @vouch/sdk.",
  )
    .addOption(
      text(
        "release",
        "Release id, name or name@version in the store; the only one if empty. With --manifest: id on the chain.",
      ),
    )
    .addOption(
      text("manifest", "Manifest JSON of a release that is on the chain; the stored one if empty."),
    )
    .addOption(text("name", "Name of the exported constant; the model's in camelCase if empty."))
    .addOption(text("out", "File to write; printed if empty."))
    .addFlag(json)
    .setAction(act(() => import("./actions/releaseTypes.ts")))
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
    .setAction(act(() => import("./actions/modelApprove.ts")))
    .build(),

  task(
    "enclave:measure",
    "Measure the worker of a checkout: SHA-384 of its image, and the RTMR3 that a TD gets by it.",
  )
    .addOption(text("folder", "Folder of the checkout; this project's if empty."))
    .addOption(text("nodeVersion", "Version of Node that the worker runs on; this one's if empty."))
    .addFlag({ name: "manifest", description: "Print sgx.trusted_files of a Gramine manifest." })
    .addFlag(json)
    .setAction(act(() => import("./actions/enclaveMeasure.ts")))
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
    .addOption(
      text(
        "value",
        "What a wrong answer would cost, such as 2eth: a policy that is weaker is warned of; nothing is if empty.",
      ),
    )
    .addOption(text("timeout", "Seconds to wait for the answer.", "300"))
    .addOption(text("out", "Where to write the receipt; .vouch/receipts/<request>.json if empty."))
    .addFlag(json)
    .setAction(act(() => import("./actions/infer.ts")))
    .build(),

  task(
    "advise",
    "Say which evidence to demand for what is at stake, what each alternative costs, and whom it trusts.",
  )
    .addOption(text("release", "Release id; the newest on the chain if empty."))
    .addOption(
      text("value", "What a wrong answer costs, or earns who bends it, such as 2eth.", "0"),
    )
    .addOption(text("within", "How long an answer may take, such as 60s, 5m, 2h; any if empty."))
    .addOption(text("budget", "What an answer may cost, such as 0.01eth; anything if empty."))
    .addOption(text("fee", "What is offered; what such answers were paid if empty."))
    .addOption(
      text("work", "How long running and proving take, as model:estimate says, such as 2s."),
    )
    .addOption(
      text(
        "policy",
        "What you have in mind, as for policy:quote: it is weighed, and 1 returned where it is too weak.",
      ),
    )
    .addOption(
      text("stake", "What a request with that policy exposes, such as 1eth; nothing if empty."),
    )
    .addOption(text("cover", "What it compensates beside the fee, with --stake; nothing if empty."))
    .addOption(
      text("attesters", "Addresses whose word on set-ups you believe, with commas between."),
    )
    .addOption(text("circuits", "Circuits whose set-up you verified, with commas between."))
    .addOption(text("vendorUpTo", "Up to what you believe the vendor of an enclave, such as 1eth."))
    .addOption(text("panelUpTo", "Up to what you believe that no panel colludes, such as 1eth."))
    .addFlag(json)
    .setAction(act(() => import("./actions/advise.ts")))
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
    .setAction(act(() => import("./actions/policyQuote.ts")))
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
    .setAction(act(() => import("./actions/worker.ts")))
    .build(),

  task("stake", "Show or change an operator's stake.")
    .addOption(text("add", "Wei to add."))
    .addOption(text("bond", "Wei of it that answer for what the operator signs; renews the bond."))
    .addOption(text("exit", "Wei to move into the exit queue."))
    .addFlag({ name: "withdraw", description: "Withdraw what has left the exit queue." })
    .addOption(text("account", "Index of the network's account.", "1"))
    .addFlag(json)
    .setAction(act(() => import("./actions/stake.ts")))
    .build(),

  task("earnings", "Show or withdraw what an operator earned by vouchers in the receipt ledger.")
    .addOption(text("token", "Address of the token; the chain's own currency if empty."))
    .addOption(text("to", "Who gets it; the operator if empty."))
    .addFlag({ name: "withdraw", description: "Withdraw it." })
    .addOption(text("account", "Index of the network's account.", "1"))
    .addFlag(json)
    .setAction(act(() => import("./actions/earnings.ts")))
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
    .setAction(act(() => import("./actions/receiptVerify.ts")))
    .build(),

  ...zkTasks,
  ...enclaveTasks,
];
