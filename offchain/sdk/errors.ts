/** What can go wrong for an application; each code says what to do about it. */
export type SdkErrorData =
  /** `near` are the names most like it. */
  | {
      readonly code: "RELEASE_NOT_FOUND";
      readonly release: string;
      readonly near: readonly string[];
    }
  /** Several releases have that name: each as `name@version (id, by publisher)`. */
  | {
      readonly code: "RELEASE_AMBIGUOUS";
      readonly release: string;
      readonly candidates: readonly string[];
    }
  /** A typed release says something else than the chain. */
  | {
      readonly code: "RELEASE_MISMATCH";
      readonly release: string;
      readonly field: string;
      readonly expected: string;
      readonly found: string;
    }
  /** What an endpoint says of a release is not what its id commits to. */
  | {
      readonly code: "RELEASE_FORGED";
      readonly release: string;
      readonly field: string;
      readonly expected: string;
      readonly found: string;
    }
  | { readonly code: "RELEASE_WITHOUT_CIRCUIT"; readonly release: string }
  /** A release's manifest is not the one whose hash it carries. */
  | {
      readonly code: "MANIFEST_MISMATCH";
      readonly release: string;
      readonly expected: string;
      readonly found: string;
    }
  | {
      readonly code: "CHAIN_MISMATCH";
      readonly expected: readonly string[];
      readonly found: string;
    }
  | {
      readonly code: "NOT_DEPLOYED";
      readonly chainId: string;
      readonly contract: string;
      readonly address: string;
    }
  | { readonly code: "MOCK_DEPLOYED"; readonly chainId: string; readonly address: string }
  | {
      readonly code: "DEPLOYMENT_MISMATCH";
      readonly field: string;
      readonly expected: string;
      readonly found: string;
    }
  | { readonly code: "PROVIDER_INVALID"; readonly reason: string }
  | { readonly code: "ACCOUNT_MISSING" }
  | { readonly code: "USER_REJECTED"; readonly action: string }
  /** `token` is the zero address for wei. */
  | {
      readonly code: "INSUFFICIENT_FUNDS";
      readonly account: string;
      readonly token: string;
      readonly needed: bigint;
      readonly available: bigint;
      readonly missing: bigint;
    }
  | {
      readonly code: "ALLOWANCE_MISSING";
      readonly account: string;
      readonly token: string;
      readonly spender: string;
      readonly amount: bigint;
      readonly allowance: bigint;
    }
  /** `port` is empty for the whole input. */
  | {
      readonly code: "INPUT_SHAPE";
      readonly port: string;
      readonly expected: string;
      readonly found: string;
    }
  /** `element` names it by port and index, `pixels[0][3]`. */
  | {
      readonly code: "INPUT_RANGE";
      readonly element: string;
      readonly value: number;
      readonly min: number;
      readonly max: number;
    }
  | { readonly code: "OPENING_UNDELIVERED"; readonly release: string }
  | { readonly code: "POLICY_TOO_WEAK"; readonly clause: string; readonly reason: string }
  | {
      readonly code: "RECEIPT_OF_OTHER_DEPLOYMENT";
      readonly field: string;
      readonly expected: string;
      readonly found: string;
    }
  /** `reason` is the contract's custom error with its arguments. */
  | {
      readonly code: "CONTRACT_REFUSED";
      readonly error: string;
      readonly args: readonly string[];
      readonly reason: string;
      readonly remedy: string | undefined;
    }
  | { readonly code: "RPC_UNAVAILABLE"; readonly attempts: number; readonly reason: string }
  /** Whether the transaction will be mined is not known: with the same nonces it can only be mined once. */
  | {
      readonly code: "TRANSACTION_UNCERTAIN";
      readonly account: string;
      /** Undefined where a wallet chose it. */
      readonly accountNonce: number | undefined;
      readonly what: string;
    }
  | { readonly code: "TRANSACTION_REVERTED"; readonly txHash: string }
  /** By the node, in words of its own: no contract's refusal. */
  | { readonly code: "TRANSACTION_REFUSED"; readonly action: string; readonly reason: string }
  /** What came back is not what was asked for. */
  | {
      readonly code: "ANSWER_MISMATCH" | "NONCE_TAKEN";
      readonly request: string;
      readonly field: string;
      readonly expected: string;
      readonly found: string;
    }
  | { readonly code: "REQUEST_OVERDUE"; readonly request: string; readonly deadline: number }
  | { readonly code: "REQUEST_OVERTURNED"; readonly request: string }
  | {
      readonly code: "REQUEST_NOT_REFUNDABLE";
      readonly request: string;
      readonly requestStatus: string;
    }
  /** `sent` where a transaction had left by then: it is not taken back. */
  | { readonly code: "ABORTED"; readonly what: string; readonly sent: boolean }
  /** What is asked for fits no request: `limit` says what does. */
  | {
      readonly code: "ASK_INVALID";
      readonly field: string;
      readonly value: string;
      readonly limit: string;
    }
  /** No answer of a chain; `reason` says why. */
  | { readonly code: "ENDPOINT_INVALID"; readonly what: string; readonly reason: string }
  /** A circuit takes private weights, and nothing shows which point stands for them in its proofs. */
  | { readonly code: "REGISTRATION_MISSING"; readonly circuit: string }
  | { readonly code: "WEIGHTS_MISMATCH"; readonly registered: string; readonly derived: string }
  | { readonly code: "REQUEST_NOT_FOUND"; readonly request: string }
  | {
      readonly code: "REQUEST_NOT_FULFILLED";
      readonly request: string;
      readonly requestStatus: string;
    }
  | { readonly code: "REQUEST_REFUNDED"; readonly request: string }
  /** `support` is what the chain has behind the answer, and no receipt can carry; `request` is empty where none was sent. */
  | { readonly code: "RECEIPT_IMPOSSIBLE"; readonly request: string; readonly support: string }
  | { readonly code: "WAIT_ABORTED"; readonly request: string }
  /** The request is on its way or on the chain: asking again would pay again. */
  | { readonly code: "WAIT_INTERRUPTED"; readonly request: string; readonly reason: string }
  | { readonly code: "SEGMENT_NOT_FOUND"; readonly statement: string; readonly segment: number }
  | { readonly code: "BATCH_NOT_FOUND"; readonly digest: string }
  /** What is offered is not what was asked for: nothing was signed. */
  | {
      readonly code: "ESCROW_REFUSED" | "VOUCHER_REFUSED" | "PAYMENT_REFUSED";
      readonly field: string;
      readonly offered: string;
      readonly expected: string;
    }
  | { readonly code: "TRANSACTION_LOST"; readonly txHash: string }
  | GatewayErrorData;

/** What can go wrong with a gateway; `resource` is the path that was asked. */
export type GatewayErrorData =
  | { readonly code: "GATEWAY_INVALID"; readonly option: string; readonly reason: string }
  /** What it says differs from what a verified receipt, the chain or the request itself says. */
  | {
      readonly code: "GATEWAY_LIED";
      readonly field: string;
      readonly claimed: string;
      readonly proven: string;
    }
  | {
      readonly code: "GATEWAY_UNREACHABLE";
      readonly resource: string;
      readonly attempts: number;
      readonly reason: string;
    }
  /** By the gateway's own code, as `RATE_LIMITED`; empty where it gave none. */
  | {
      readonly code: "GATEWAY_REFUSED";
      readonly resource: string;
      readonly httpStatus: number;
      readonly refusal: string;
      readonly reason: string;
    }
  /** `offers` are what it would take: amount, token, scheme. */
  | {
      readonly code: "PAYMENT_NEEDED";
      readonly resource: string;
      readonly offers: readonly string[];
    }
  | { readonly code: "RECEIPT_MISSING"; readonly request: string }
  | { readonly code: "RESPONSE_TOO_LARGE"; readonly resource: string; readonly limit: number }
  | { readonly code: "RESPONSE_MALFORMED"; readonly resource: string; readonly reason: string }
  | { readonly code: "STREAM_BROKEN"; readonly request: string; readonly reason: string }
  /** What a policy demands that no receipt shows by itself. */
  | { readonly code: "CHAIN_NEEDED"; readonly demands: string }
  | { readonly code: "TEXT_INVALID"; readonly reason: string }
  /** It has no receipt, so that no answer of it could be verified. */
  | { readonly code: "RESOURCE_UNVERIFIABLE"; readonly resource: string }
  /** Another library tries again what may have been paid for. */
  | { readonly code: "RETRY_REFUSED"; readonly resource: string };

/** Thrown by everything in this package, beside what `@vouch/protocol` throws. */
export class SdkError extends Error {
  override readonly name = "SdkError";
  readonly data: SdkErrorData;
  /**
   * What was signed for a gateway before this went wrong, and may have been taken, or may be yet: sent again by `resume` with the same
   * request, it pays once. Null where nothing was signed.
   */
  readonly payment: string | null;

  constructor(data: SdkErrorData, options?: ErrorOptions & { readonly payment?: string }) {
    const payment = options?.payment ?? null;
    super(describe(data) + resumable(payment), options);
    this.data = data;
    this.payment = payment;
  }

  get code(): SdkErrorData["code"] {
    return this.data.code;
  }
}

function describe(data: SdkErrorData): string {
  switch (data.code) {
    case "RELEASE_NOT_FOUND":
      return `Release ${plain(data.release)} is not published on this chain. ${data.near.length === 0 ? "List what is with `releases()`, or `npx hardhat model:list`." : `Did you mean ${data.near.map(plain).join(" or ")}?`}`;
    case "RELEASE_AMBIGUOUS":
      return `${plain(data.release)} names ${data.candidates.length} releases: ${data.candidates.map(plain).join(", ")}. A name says nothing of who published it: name the one that is meant by its id.`;
    case "RELEASE_MISMATCH":
      return `Release ${data.release}: its generated types say ${data.field} ${data.expected}, the chain says ${data.found}. Generate them again.`;
    case "RELEASE_FORGED":
      return `The endpoint's ${data.field} of release ${data.release} hashes to ${data.found}, not ${data.expected}: do not trust this endpoint.`;
    case "RELEASE_WITHOUT_CIRCUIT":
      return `Release ${data.release} has no circuit, so the chain does not say how numbers become its words. A language model is asked with \`chat\` or \`complete\` of \`openGateway\` (@vouch/sdk/http); for anything else make the words and use \`requestInference\`.`;
    case "MANIFEST_MISMATCH":
      return `The manifest hashes to ${data.found}, release ${data.release} says ${data.expected}. Take the one that its publisher gave out.`;
    case "CHAIN_MISMATCH":
      return `The provider is on chain ${data.found}; the deployment is on ${data.expected.join(", ")}. Connect to that chain; a wallet changes to it by wallet_switchEthereumChain with chainId ${hexOf(data.expected[0])}.`;
    case "NOT_DEPLOYED":
      return `Chain ${data.chainId} has no ${data.contract} at ${data.address}: the contracts are not there, or the chain was started afresh. Deploy with \`npx hardhat deploy\`, and pass the record that it writes.`;
    case "MOCK_DEPLOYED":
      return `What is at ${data.address} on chain ${data.chainId} is the mock of @vouch/testing, whose answers are a test's word. Deploy the protocol with \`npx hardhat deploy\`, or take \`vouch.local()\` in tests.`;
    case "DEPLOYMENT_MISMATCH":
      return `The deployment's record says ${data.field} ${data.expected}, the chain says ${data.found}: it is of another deployment, or of a chain that was started afresh. Pass the record of this one.`;
    case "PROVIDER_INVALID":
      return `The provider cannot be used: ${data.reason}. Pass an ethers Provider, a Signer with one, or an EIP-1193 provider such as window.ethereum.`;
    case "ACCOUNT_MISSING":
      return "This client can only read: its provider has no account. Connect with a Signer, or a wallet.";
    case "USER_REJECTED":
      return `The wallet's user declined to ${data.action}. Nothing was sent; ask again when they want to.`;
    case "INSUFFICIENT_FUNDS":
      return `Account ${data.account} has ${data.available} of ${unitOf(data.token)} and needs ${data.needed}: ${data.missing} are missing. Fund it, or lower fee, gas or gas price.`;
    case "ALLOWANCE_MISSING":
      return `Account ${data.account} lets ${data.spender} take ${data.allowance} of token ${data.token}; the request needs ${data.amount}. Call \`approve(${data.spender}, ${data.amount})\` on the token first.`;
    case "INPUT_SHAPE":
      return `The input${data.port === "" ? "" : ` ${data.port}`} is ${data.found}; the release takes ${data.expected}.`;
    case "INPUT_RANGE":
      return `${data.element} is ${data.value}; the release takes numbers from ${data.min} to ${data.max}. Scale it as the model's preprocessing says: nothing is clipped.`;
    case "OPENING_UNDELIVERED":
      return `Release ${data.release} takes its input by commitment: pass \`deliverOpening\`, which brings the opening to the operators that are to answer. Nobody can answer without it.`;
    case "POLICY_TOO_WEAK":
      return `The policy "${data.clause}" is too weak: ${data.reason}.`;
    case "RECEIPT_OF_OTHER_DEPLOYMENT":
      return `The receipt's ${data.field} is ${data.found}, this deployment's is ${data.expected}: it says nothing about this one.`;
    case "CONTRACT_REFUSED":
      return `The contract refused: ${data.reason}.${data.remedy === undefined ? "" : ` ${data.remedy}`}`;
    case "RPC_UNAVAILABLE":
      return `The endpoint failed ${data.attempts} times (${data.reason}). Nothing was changed; try again, or use another endpoint.`;
    case "TRANSACTION_UNCERTAIN":
      return `The endpoint failed while ${data.what} was sent by ${data.account}${data.accountNonce === undefined ? "" : ` under nonce ${data.accountNonce}`}, and the chain does not show it yet. Look before sending again, with \`watch\` or in the wallet: sent anew, it may be paid for twice.`;
    case "TRANSACTION_REVERTED":
      return `Transaction ${data.txHash} was mined and reverted. Ask again: what it was sent for had changed by then.`;
    case "TRANSACTION_REFUSED":
      return `The node refused to ${data.action}: ${data.reason}.`;
    case "NONCE_TAKEN":
      return `The account has used this nonce for request ${data.request}, whose ${data.field} is ${data.found}, not ${data.expected}. Ask with another nonce, or none.`;
    case "ANSWER_MISMATCH":
      return `What came back for request ${data.request} has ${data.field} ${data.found}, not ${data.expected} as it was asked: do not use it, and do not trust this endpoint.`;
    case "REQUEST_OVERDUE":
      return `Nobody answered request ${data.request} by ${new Date(data.deadline * 1000).toISOString()}. Take its escrow back with \`refund\`, and ask with a higher fee or a longer deadline.`;
    case "REQUEST_OVERTURNED":
      return `The answer to request ${data.request} was challenged and fell; its escrow was refunded. Ask again.`;
    case "REQUEST_NOT_REFUNDABLE":
      return `Request ${data.request} is ${data.requestStatus}: there is nothing to take back, or not yet.`;
    case "ABORTED":
      return `Stopped: the signal aborted while ${data.what}. ${data.sent ? "What had left by then is not taken back: look before sending again." : "Nothing was paid or sent by it."}`;
    case "ASK_INVALID":
      return `${data.field} is ${data.value}; a request takes ${data.limit}.`;
    case "ENDPOINT_INVALID":
      return `What the endpoint answered while ${data.what} is no answer of this chain: ${data.reason}. Use another endpoint.`;
    case "REGISTRATION_MISSING":
      return `Circuit ${data.circuit} takes private weights, and its bundle has no registration of them: no proof would be accepted. Copy the bundle from the release's publisher.`;
    case "WEIGHTS_MISMATCH":
      return `The chain has the point ${data.registered} for the weights, the release's is ${data.derived}: its proofs would be refused.`;
    case "BATCH_NOT_FOUND":
      return `No transaction of its own recorded the proof of batch ${data.digest}. Whoever has the receipt has the proof: ask its operator.`;
    case "REQUEST_NOT_FOUND":
      return `Request ${data.request} is unknown on this chain.`;
    case "REQUEST_NOT_FULFILLED":
      return `Request ${data.request} is ${data.requestStatus}, not fulfilled: it has no receipt${data.requestStatus === "overturned" ? "" : " yet"}.`;
    case "RECEIPT_IMPOSSIBLE":
      return data.request === ""
        ? `The policy takes ${data.support}, which no receipt shows: nothing was sent. Ask with \`request\`, follow with \`watch\`, and read what the chain keeps with \`contracts.requests.resultOf\`.`
        : `Request ${data.request} was answered with ${data.support}: what stands behind it is on the chain alone. Read \`contracts.requests.resultOf\`.`;
    case "REQUEST_REFUNDED":
      return `Nobody served request ${data.request} in time; its escrow was refunded. Withdraw it, and ask with a higher fee or a longer deadline.`;
    case "WAIT_ABORTED":
      return `Gave up waiting for request ${data.request}. It was sent, and its escrow is not taken back by this: go on with \`watch\`, or take it back with \`refund\`.`;
    case "WAIT_INTERRUPTED":
      return `Request ${data.request} was sent, and then the endpoint failed (${data.reason}). Go on with \`watch\`, or take it back with \`refund\`: asking again pays again.`;
    case "SEGMENT_NOT_FOUND":
      return `Segment ${data.segment} of statement ${data.statement} was recorded by no transaction of its own, so its proof cannot be read. Record it again, or ask the operator for the receipt.`;
    case "ESCROW_REFUSED":
    case "VOUCHER_REFUSED":
    case "PAYMENT_REFUSED":
      return `The offer's ${data.field} is ${data.offered}, not ${data.expected}: nothing was signed. Do not pay this server for that request.`;
    case "TRANSACTION_LOST":
      return `Transaction ${data.txHash} was dropped before it was mined.`;
    case "GATEWAY_INVALID":
      return `The gateway's ${data.option} cannot be used: ${data.reason}.`;
    case "GATEWAY_LIED":
      return `The gateway says that ${data.field} is ${data.claimed}; it is ${data.proven}. Do not use this answer, and do not trust this gateway.`;
    case "GATEWAY_UNREACHABLE":
      return `${data.resource} gave no answer in ${data.attempts} attempts (${data.reason}).`;
    case "GATEWAY_REFUSED":
      return `${data.resource} was refused with ${data.httpStatus}${data.refusal === "" ? "" : ` ${data.refusal}`}: ${data.reason}`;
    case "PAYMENT_NEEDED":
      return `${data.resource} is paid for, and no way to pay was given that it takes: ${data.offers.join("; ") || "it names none"}. Pass \`pay\`.`;
    case "RECEIPT_MISSING":
      return `The gateway gives no receipt of request ${data.request}: what it answered cannot be verified. Do not use it.`;
    case "RESPONSE_TOO_LARGE":
      return `${data.resource} answered with more than ${data.limit} bytes. Raise \`maxResponseBytes\` if the release's answers are that large.`;
    case "RESPONSE_MALFORMED":
      return `${data.resource} answered with what no gateway answers: ${data.reason}. Look at the url.`;
    case "STREAM_BROKEN":
      return `The stream of request ${data.request} broke off (${data.reason}): what came of it was not verified. Ask again.`;
    case "CHAIN_NEEDED":
      return `Only the chain can tell ${data.demands}: pass \`provider\`, or demand something else.`;
    case "TEXT_INVALID":
      return `No language model can be asked this: ${data.reason}.`;
    case "RESOURCE_UNVERIFIABLE":
      return `${data.resource} gives no receipt, so that its answers cannot be verified. Use chat completions or completions, or a client that verifies nothing.`;
    case "RETRY_REFUSED":
      return `${data.resource} was asked again by a client that tries by itself, and would be paid for again. Leave its \`maxRetries\` at 0: this package tries again with the same payment.`;
  }
}

function resumable(payment: string | null): string {
  return payment === null
    ? ""
    : " A payment was signed for it: ask again with `resume`, so that nothing is paid twice.";
}

/** A publisher's text, in which nothing looks like something else: what is no printable ASCII is written by its code. */
function plain(text: string): string {
  const shown = text.length > MAX_NAME ? `${text.slice(0, MAX_NAME)}...` : text;
  return shown.replace(/[^ -~]/gu, (it) => `\\u{${(it.codePointAt(0) ?? 0).toString(16)}}`);
}

const MAX_NAME = 200;

/** As `wallet_switchEthereumChain` takes it. */
function hexOf(chainId: string | undefined): string {
  return chainId === undefined ? "of its record" : `0x${BigInt(chainId).toString(16)}`;
}

function unitOf(token: string): string {
  return BigInt(token) === 0n ? "wei" : `token ${token}`;
}
