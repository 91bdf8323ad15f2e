import { task } from "hardhat/config";
import type { TaskDefinition } from "hardhat/types/tasks";
import { act, json, text } from "./taskParts.ts";

const nitroDocument = {
  name: "file",
  description: "The attestation document as it is, in hexadecimal digits or in base64.",
} as const;

/** Tasks of enclaves, their collateral and registrars. */
export const enclaveTasks: readonly TaskDefinition[] = [
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
    .setAction(act(() => import("./actions/enclaveInspect.ts")))
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
    .setAction(act(() => import("./actions/enclaveRefresh.ts")))
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
    .setAction(act(() => import("./actions/enclaveRegister.ts")))
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
    .setAction(act(() => import("./actions/nitroQuorum.ts")))
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
    .setAction(act(() => import("./actions/nitroVouch.ts")))
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
    .setAction(act(() => import("./actions/nitroRegister.ts")))
    .build(),

  task(
    "nitro:dispute",
    "Dispute a key that registrars vouched for: it counts for nothing until they uphold it.",
  )
    .addPositionalArgument({ name: "id", description: "Id of the key, as enclave:list shows it." })
    .addOption(text("account", "Index of the network's account that pays the bond.", "0"))
    .addFlag(json)
    .setAction(act(() => import("./actions/nitroDispute.ts")))
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
    .setAction(act(() => import("./actions/nitroUphold.ts")))
    .build(),

  task("enclave:renew", "Judge a registered key by the collateral that the chain has now.")
    .addPositionalArgument({ name: "id", description: "Id of the key, as enclave:list shows it." })
    .addOption(text("account", "Index of the network's account to send from.", "0"))
    .addFlag(json)
    .setAction(act(() => import("./actions/enclaveRenew.ts")))
    .build(),

  task("enclave:list", "List an operator's enclave keys: status, time, measurement.")
    .addOption(text("operator", "Address of the operator; that of the account if empty."))
    .addOption(text("account", "Index of the network's account.", "1"))
    .addFlag(json)
    .setAction(act(() => import("./actions/enclaveList.ts")))
    .build(),
];
