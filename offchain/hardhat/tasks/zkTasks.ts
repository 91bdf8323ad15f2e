import { task } from "hardhat/config";
import type { TaskDefinition } from "hardhat/types/tasks";
import { act, ceremonyKeys, json, maxConstraints, text } from "./taskParts.ts";

/** Tasks of set-ups and their ceremonies. */
export const zkTasks: readonly TaskDefinition[] = [
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
    .setAction(act(() => import("./actions/zkSetup.ts")))
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
    .setAction(act(() => import("./actions/zkContribute.ts")))
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
    .setAction(act(() => import("./actions/zkBeacon.ts")))
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
    .setAction(act(() => import("./actions/zkCoordinate.ts")))
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
    .setAction(act(() => import("./actions/zkVerify.ts")))
    .build(),
];
