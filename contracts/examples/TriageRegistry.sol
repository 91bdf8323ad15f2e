// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {InferenceConsumer} from "../consumers/InferenceConsumer.sol";
import {IInferenceRequests} from "../interfaces/IInferenceRequests.sol";
import {Policies} from "../libraries/Policies.sol";
import {Assurance} from "../types/Assurance.sol";
import {TensorEncoding, WordMode} from "../types/Circuit.sol";
import {ReleaseId, RequestId} from "../types/Ids.sol";
import {Policy, SetupTrust} from "../types/Policy.sol";
import {RequestParams} from "../types/Request.sol";
import {LogitModel} from "./LogitModel.sol";
import {Offer} from "./Offer.sol";

/// @title TriageRegistry
/// @notice Scores of one clinic's cases, each computed by the pinned release from measurements that only their commitment
/// shows, after the patient has agreed to that very commitment.
/// @dev A case's subject is an address that the patient makes for this case and for nothing else. It holds no funds and sends
/// nothing: it signs. Nothing that names a patient is ever written here; that a case is hers, the patient alone can show.
/// @dev Warning: shows proofs, and is no medical device. The model was trained on 398 cases, and misses some that matter.
/// @dev Warning: a proof is of the computation. That the measurements are the patient's, and right, the clinic and the patient
/// say, who both have seen the opening of the commitment.
/// @dev Warning: scores are public, under subjects that nobody can name. A subject that is used twice, or that ever pays for
/// gas, can be linked. What the chain has seen it keeps: withdrawing a consent ends the use of a score and not its history.
contract TriageRegistry is InferenceConsumer, LogitModel, EIP712 {
    enum Status {
        None,
        Pending,
        Scored,
        Withdrawn
    }

    enum Priority {
        Routine,
        Urgent
    }

    /// @notice A subject's agreement that this clinic has the release run on one input, signed as EIP-712.
    /// @param input Commitment to the measurements.
    /// @param validTo Last second in which the clinic may ask.
    struct Consent {
        address subject;
        uint256 input;
        uint40 validTo;
    }

    /// @notice A subject's word to one reader that the case is of whoever shows this, signed as EIP-712.
    struct Disclosure {
        address subject;
        address reader;
        uint40 validTo;
    }

    /// @param logit Integer in the release's fixed point.
    /// @param askedAt When the measurements were sent to be scored: the age that counts.
    struct Case {
        RequestId request;
        uint256 input;
        int128 logit;
        uint40 askedAt;
        Status status;
        Priority priority;
    }

    /// @notice Gas bought for the callback.
    uint32 public constant CALLBACK_GAS = 200_000;
    bytes32 public constant CONSENT_TYPEHASH = keccak256(
        "Consent(address subject,bytes32 release,uint256 input,uint40 validTo)"
    );
    bytes32 public constant WITHDRAWAL_TYPEHASH = keccak256("Withdrawal(address subject)");
    bytes32 public constant DISCLOSURE_TYPEHASH = keccak256(
        "Disclosure(address subject,address reader,uint40 validTo)"
    );

    /// @notice Who asks and pays.
    address public immutable clinic;
    /// @notice Logit above which a case is urgent.
    int256 public immutable threshold;
    /// @notice Seconds since it was asked for, after which a score is no longer to be used.
    uint256 public immutable validity;
    SetupTrust private immutable _trust;
    bytes32 private immutable _pin;

    mapping(address subject => Case known) private _cases;
    mapping(RequestId id => address subject) private _subjects;

    event CaseAsked(RequestId indexed id, address indexed subject, uint256 input);
    event CaseScored(RequestId indexed id, address indexed subject, int256 logit, Priority priority);
    event ConsentWithdrawn(address indexed subject);

    error SenderNotClinic(address sender);
    /// @notice The release takes its input in the open.
    error TriageInputPublic(ReleaseId release);
    /// @notice The release's logit does not fit 128 bits.
    error TriageOutputTooWide(ReleaseId release);
    error ConsentExpired(address subject, uint256 validTo);
    error SenderNotReader(address sender, address reader);
    error DisclosureExpired(address subject, uint256 validTo);
    /// @notice Somebody else than the subject signed this, or something else was signed.
    error SignerNotSubject(address signer, address subject);
    error CaseStatusInvalid(address subject, Status status);
    /// @notice The case waits for a later request, or for none.
    error CaseNotWaiting(RequestId id);
    error ScoreTooOld(uint256 askedAt, uint256 validity);
    error EscrowMismatch(uint256 sent, uint256 needed);

    modifier onlyClinic() {
        require(msg.sender == clinic, SenderNotClinic(msg.sender));
        _;
    }

    /// @param trust Which set-ups of the release's circuit are trusted, and `pin`: see `SetupTrust`.
    constructor(
        IInferenceRequests requests_,
        ReleaseId release_,
        SetupTrust trust,
        bytes32 pin,
        int256 threshold_,
        uint256 validity_
    ) InferenceConsumer(requests_) LogitModel(requests_, release_) EIP712("TriageRegistry", "1") {
        (TensorEncoding memory input, TensorEncoding memory output) = requests_.circuits().encodingsOf(_circuit);
        require(input.mode == WordMode.Committed, TriageInputPublic(release_));
        require(output.bits < 128, TriageOutputTooWide(release_));

        clinic = msg.sender;
        threshold = threshold_;
        validity = validity_;
        _trust = trust;
        _pin = pin;
    }

    /// @notice Asks for the score of a case, whose subject has signed the consent.
    /// @dev A consent is good for one score. It may be used again only where the request came to nothing.
    function ask(
        Consent calldata consent,
        bytes calldata signature,
        Offer calldata offer
    ) external payable onlyClinic returns (RequestId id) {
        address subject = consent.subject;
        require(block.timestamp <= consent.validTo, ConsentExpired(subject, consent.validTo));
        bytes32 agreed = keccak256(abi.encode(CONSENT_TYPEHASH, subject, release, consent.input, consent.validTo));
        _requireSigned(subject, agreed, signature);
        Case storage known = _cases[subject];
        Status status = known.status;
        bool askable = status == Status.None || (status == Status.Pending && _isDead(known.request));
        require(askable, CaseStatusInvalid(subject, status));
        uint256[] memory input = new uint256[](1);
        input[0] = consent.input;
        RequestParams memory params = offer.toParams({release: release, input: input, callbackGas: CALLBACK_GAS});
        uint256 needed = params.escrow();
        require(msg.value == needed, EscrowMismatch(msg.value, needed));

        // Asking in the native token calls nobody but the protocol.
        id = _request(params);
        (known.request, known.input, known.status) = (id, consent.input, Status.Pending);
        // Fits until the year 36,000.
        known.askedAt = uint40(block.timestamp);
        _subjects[id] = subject;

        emit CaseAsked(id, subject, consent.input);
    }

    /// @notice Ends the use of a case, or keeps one from being asked for; anyone may bring the subject's signature.
    /// @dev Not even the subject can undo it: another case takes another subject.
    function withdrawConsent(address subject, bytes calldata signature) external {
        _requireSigned(subject, keccak256(abi.encode(WITHDRAWAL_TYPEHASH, subject)), signature);
        Case storage known = _cases[subject];
        require(known.status != Status.Withdrawn, CaseStatusInvalid(subject, known.status));

        (known.status, known.logit, known.priority) = (Status.Withdrawn, 0, Priority.Routine);

        emit ConsentWithdrawn(subject);
    }

    /// @notice Takes back an open request; what was escrowed can then be collected.
    function cancel(RequestId id, RequestParams calldata params) external onlyClinic {
        requests.cancel(id, params);
    }

    /// @notice Sends refunds and surplus of this contract's requests to the clinic, which paid for them; anyone may.
    function collect() external {
        requests.withdraw(address(0), payable(clinic));
    }

    /// @notice Sends compensations for missed deadlines, in the vault's asset, to the clinic; anyone may.
    function collectCompensation() external {
        requests.vault().withdrawCredit(clinic);
    }

    /// @notice Returns the score of a case that its subject has disclosed to the sender, with the evidence for it.
    /// @dev Whoever acts on a score for a person, acts on this: that a case exists says nothing of whose it is.
    /// Warning: a reader can show the disclosure around. It convinces nobody else: it names its reader.
    function disclosedScoreOf(
        Disclosure calldata disclosure,
        bytes calldata signature
    ) external view returns (int256 logit, Priority priority, Assurance memory assurance) {
        address subject = disclosure.subject;
        require(msg.sender == disclosure.reader, SenderNotReader(msg.sender, disclosure.reader));
        require(block.timestamp <= disclosure.validTo, DisclosureExpired(subject, disclosure.validTo));
        bytes32 said = keccak256(abi.encode(DISCLOSURE_TYPEHASH, subject, disclosure.reader, disclosure.validTo));
        _requireSigned(subject, said, signature);

        (logit, priority) = scoreOf(subject);
        assurance = requests.assuranceOf(_cases[subject].request);
    }

    /// @notice Returns a case as it stands; zeros for a subject that is unknown here.
    function caseOf(address subject) external view returns (Case memory) {
        return _cases[subject];
    }

    /// @notice Returns the score of a case, if it is there to be used: not withdrawn, and not too old.
    function scoreOf(address subject) public view returns (int256 logit, Priority priority) {
        Case storage known = _cases[subject];
        require(known.status == Status.Scored, CaseStatusInvalid(subject, known.status));
        require(block.timestamp - known.askedAt <= validity, ScoreTooOld(known.askedAt, validity));
        return (known.logit, known.priority);
    }

    /// @dev What comes for a consent that was withdrawn meanwhile is not taken: its callback stays failed.
    function _onInference(RequestId id, ReleaseId, uint256[] calldata output, Assurance calldata) internal override {
        address subject = _subjects[id];
        Case storage known = _cases[subject];
        require(known.request == id && known.status == Status.Pending, CaseNotWaiting(id));

        int256 logit = _logitOf(output);
        Priority priority = logit > threshold ? Priority.Urgent : Priority.Routine;
        // The encoding has fewer bits, by the constructor.
        (known.status, known.logit, known.priority) = (Status.Scored, int128(logit), priority);

        emit CaseScored(id, subject, logit, priority);
    }

    /// @dev A proof of the computation and the signature of a staked operator, both.
    function _floor() internal view override returns (Policy memory) {
        return Policies.all(Policies.zk(_trust, _pin), Policies.signature());
    }

    function _isDead(RequestId id) private view returns (bool) {
        IInferenceRequests.Status status = requests.statusOf(id);
        return
            status == IInferenceRequests.Status.Cancelled ||
            status == IInferenceRequests.Status.Expired ||
            status == IInferenceRequests.Status.Overturned;
    }

    function _requireSigned(address subject, bytes32 structHash, bytes calldata signature) private view {
        address signer = ECDSA.recover(_hashTypedDataV4(structHash), signature);
        require(signer == subject, SignerNotSubject(signer, subject));
    }
}
