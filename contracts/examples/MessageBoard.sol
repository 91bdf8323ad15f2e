// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {InferenceConsumer} from "../consumers/InferenceConsumer.sol";
import {IInferenceRequests} from "../interfaces/IInferenceRequests.sol";
import {CodeStorage} from "../libraries/CodeStorage.sol";
import {Policies} from "../libraries/Policies.sol";
import {Assurance} from "../types/Assurance.sol";
import {TensorEncoding, WordMode} from "../types/Circuit.sol";
import {Delivery, Finality} from "../types/Delivery.sol";
import {ReleaseId, RequestId} from "../types/Ids.sol";
import {Policy, SetupTrust} from "../types/Policy.sol";
import {RequestParams} from "../types/Request.sol";
import {BagOfWords} from "./BagOfWords.sol";
import {LogitModel} from "./LogitModel.sol";

/// @title MessageBoard
/// @notice Messages that are shown once the pinned release has found them to be no spam, and that answer has stood the window
/// in which anyone could challenge it.
/// @dev The features are computed here, of the message itself: nobody brings them. Poster and operator may be one: so fee,
/// stake, bond and window are the board's, and a false answer costs the stake as soon as one honest watcher looks.
/// @dev Nobody owns the board, judges by hand or touches what it owes. A spammer's deposit, and what operators are fined,
/// burns: no one gains by a verdict.
/// @dev Warning: a text is in the chain's history the moment it is posted. Hiding it is up to whoever shows the board.
/// @dev Warning: the model is wrong now and then. An honest author of a message like spam loses the deposit; whoever knows the
/// vocabulary writes spam that passes.
contract MessageBoard is InferenceConsumer, LogitModel {
    /// @notice How a message stands. Shown is `Visible` alone; the last three are final.
    /// @dev `LikelyHam`, `LikelySpam`: answered, and open to challenge. `Unjudged`: no answer, or it fell; all was paid back.
    enum Status {
        None,
        Pending,
        LikelyHam,
        LikelySpam,
        Visible,
        Spam,
        Unjudged
    }

    /// @notice What every message costs, and its answer is secured by; see `RequestParams`.
    /// @param deposit Paid back unless the message is spam.
    /// @param fee Paid to the operator, its gas included.
    /// @param window Seconds in which an answer can be challenged.
    /// @param trust Which set-ups a proof that decides a challenge is accepted from, and `pin`: see `SetupTrust`.
    struct Terms {
        uint96 deposit;
        uint96 fee;
        uint80 stake;
        uint80 bond;
        uint40 window;
        uint32 lockPeriod;
        uint32 answerPeriod;
        SetupTrust trust;
        bytes32 pin;
    }

    struct Message {
        address author;
        uint40 postedAt;
        Status status;
        RequestId request;
        bytes32 textHash;
    }

    /// @notice Most bytes of a message.
    uint256 public constant MAX_LENGTH = 280;
    /// @notice Gas of each of the two callbacks, which the fee pays for.
    uint32 public constant CALLBACK_GAS = 200_000;
    /// @notice Where what burns is sent.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;
    address private constant NATIVE = address(0);

    /// @notice Hash of the vocabulary, to be compared with the one that the model was published with.
    bytes32 public immutable vocabularyHash;
    /// @dev Where the vocabulary is stored as code.
    address private immutable _vocabulary;

    Terms private _terms;
    /// @notice How many messages were posted; ids count from 1.
    uint256 public messageCount;
    /// @notice What burns with the next `burn`.
    uint256 public forfeited;
    mapping(uint256 id => Message message) private _messages;
    mapping(RequestId request => uint256 id) private _ids;
    /// @notice Returns what an account may withdraw.
    mapping(address author => uint256 amount) public owedTo;

    event MessagePosted(uint256 indexed id, address indexed author, RequestId indexed request, string text);
    event MessageMoved(uint256 indexed id, Status status);
    event Withdrawn(address indexed author, address indexed to, uint256 amount);
    event Burned(uint256 amount);

    /// @notice The release does not take one public bit for each term.
    error VocabularyUnsuitable(ReleaseId release);
    error MessageLengthInvalid(uint256 length, uint256 limit);
    error PaymentMismatch(uint256 sent, uint256 needed);
    error MessageStatusInvalid(uint256 id, Status status);
    error MessageNotByAuthor(uint256 id, address sender);
    /// @notice The request may still be answered.
    error MessageAnswerable(uint256 id, IInferenceRequests.Status status);
    error NothingOwed(address account);
    error PaymentFailed(address to);
    error SenderNotRequests(address sender);

    constructor(
        IInferenceRequests requests_,
        ReleaseId release_,
        bytes memory vocabulary,
        Terms memory terms_
    ) InferenceConsumer(requests_) LogitModel(requests_, release_) {
        (TensorEncoding memory input, ) = requests_.circuits().encodingsOf(_circuit);
        bool suitable = input.mode == WordMode.Public && input.bits == 1 && !input.isSigned;
        require(suitable, VocabularyUnsuitable(release_));
        BagOfWords.requireVocabulary(vocabulary, input.elements);

        vocabularyHash = keccak256(vocabulary);
        _vocabulary = CodeStorage.write(vocabulary);
        _terms = terms_;
        // Before anybody pays: terms under which nothing could be asked.
        router.requireSatisfiable(_floor(), release_);
    }

    /// @dev Refunds of requests alone.
    receive() external payable {
        require(msg.sender == address(requests), SenderNotRequests(msg.sender));
    }

    /// @notice Posts a message and asks for the verdict on it; takes the deposit and the fee.
    function post(string calldata text) external payable returns (uint256 id) {
        Terms memory terms_ = _terms;
        uint256 length = bytes(text).length;
        require(0 < length && length <= MAX_LENGTH, MessageLengthInvalid(length, MAX_LENGTH));
        uint256 needed = uint256(terms_.deposit) + terms_.fee;
        require(msg.value == needed, PaymentMismatch(msg.value, needed));

        id = ++messageCount;
        // Asking in the native token calls nobody but the protocol.
        RequestId request = _request(_paramsOf(terms_, bytes(text)));
        _messages[id] = Message({
            author: msg.sender,
            // Fits until the year 36,000.
            postedAt: uint40(block.timestamp),
            status: Status.Pending,
            request: request,
            textHash: keccak256(bytes(text))
        });
        _ids[request] = id;

        emit MessagePosted(id, msg.sender, request, text);
    }

    /// @notice Takes back a message that no operator has locked; deposit and fee are paid back.
    function cancel(uint256 id, RequestParams calldata params) external {
        Message storage message = _messages[id];
        require(message.author == msg.sender, MessageNotByAuthor(id, msg.sender));

        _dismiss(id);

        requests.cancel(message.request, params);
    }

    /// @notice Pays deposit and fee of a message back whose request was cancelled, has expired or was overturned; anyone may.
    /// @dev A request that nobody answers expires by `InferenceRequests.expire`, which anyone may call.
    function reclaim(uint256 id) external {
        IInferenceRequests.Status status = requests.statusOf(_messages[id].request);
        bool dead =
            status == IInferenceRequests.Status.Cancelled ||
                status == IInferenceRequests.Status.Expired ||
                status == IInferenceRequests.Status.Overturned;
        require(dead, MessageAnswerable(id, status));

        _dismiss(id);
    }

    /// @notice Sends what the sender is owed to `to`.
    function withdraw(address payable to) external {
        uint256 amount = owedTo[msg.sender];
        require(amount > 0, NothingOwed(msg.sender));

        delete owedTo[msg.sender];

        emit Withdrawn(msg.sender, to, amount);

        _send(to, amount);
    }

    /// @notice Burns the deposits of spam; anyone may.
    function burn() external {
        uint256 amount = forfeited;
        require(amount > 0, NothingOwed(BURN));

        delete forfeited;

        emit Burned(amount);

        _send(payable(BURN), amount);
    }

    /// @notice Burns what operators were fined for the board's requests, in the vault's asset; anyone may.
    function burnCompensation() external {
        requests.vault().withdrawCredit(BURN);
    }

    /// @notice Returns what every message costs, and its answer is secured by.
    function terms() external view returns (Terms memory) {
        return _terms;
    }

    /// @notice Returns a message; zeros for an unknown one.
    function messageOf(uint256 id) external view returns (Message memory) {
        return _messages[id];
    }

    /// @notice Returns whether a message is to be shown.
    function isVisible(uint256 id) external view returns (bool) {
        return _messages[id].status == Status.Visible;
    }

    /// @notice Returns the words of the input for a text, as `post` asks with: what a watcher runs the model on.
    function inputOf(string calldata text) external view returns (uint256[] memory) {
        return BagOfWords.inputOf(bytes(text), CodeStorage.read(_vocabulary));
    }

    /// @dev A message that was dismissed meanwhile takes no answer: its callback stays failed.
    function _onInference(
        RequestId request,
        ReleaseId,
        uint256[] calldata output,
        Assurance calldata
    ) internal override {
        uint256 id = _ids[request];
        Terms memory terms_ = _terms;
        if (_logitOf(output) > 0) {
            _move(id, Status.Spam);
            forfeited += terms_.deposit;
        } else {
            _move(id, Status.Visible);
            owedTo[_messages[id].author] += terms_.deposit;
        }
    }

    /// @dev News of an answer that can be challenged, or that fell.
    function _onUnsettled(Delivery calldata delivery, uint256[] calldata output, Assurance calldata) internal override {
        uint256 id = _ids[delivery.request];
        if (delivery.finality == Finality.Overturned) _dismiss(id);
        else _move(id, _logitOf(output) > 0 ? Status.LikelySpam : Status.LikelyHam);
    }

    /// @dev A staked operator's signature, and a window in which anyone could have had the answer proven wrong.
    function _floor() internal view override returns (Policy memory) {
        Terms memory terms_ = _terms;
        return Policies.all(Policies.signature(), Policies.optimistic(terms_.window, terms_.trust, terms_.pin));
    }

    /// @dev The request was refunded: with one fee and no gas to pay, by exactly that fee.
    function _dismiss(uint256 id) private {
        _move(id, Status.Unjudged);
        owedTo[_messages[id].author] += uint256(_terms.deposit) + _terms.fee;
    }

    /// @dev The one place where a message moves. What is final stays, and an answer is open to challenge once.
    function _move(uint256 id, Status to) private {
        Message storage message = _messages[id];
        Status from = message.status;
        bool isOpen = from == Status.Pending || from == Status.LikelyHam || from == Status.LikelySpam;
        bool isProposal = to == Status.LikelyHam || to == Status.LikelySpam;
        require(isOpen && (!isProposal || from == Status.Pending), MessageStatusInvalid(id, from));

        message.status = to;

        emit MessageMoved(id, to);
    }

    function _send(address payable to, uint256 amount) private {
        if (requests.creditOf(NATIVE, address(this)) > 0) requests.withdraw(NATIVE, payable(address(this)));
        (bool sent, ) = to.call{value: amount}("");
        require(sent, PaymentFailed(to));
    }

    /// @dev The base adds policy and nonce. The fee is one, and gas has no price: so whatever comes back for a request is
    /// the whole fee, and nothing comes back for one that was answered.
    function _paramsOf(Terms memory terms_, bytes memory text) private view returns (RequestParams memory params) {
        params.release = release;
        params.input = BagOfWords.inputOf(text, CodeStorage.read(_vocabulary));
        (params.minFee, params.maxFee) = (terms_.fee, terms_.fee);
        (params.stake, params.bond) = (terms_.stake, terms_.bond);
        (params.callbackGas, params.provisionalGas) = (CALLBACK_GAS, CALLBACK_GAS);
        // Fits until the year 36,000.
        uint40 time = uint40(block.timestamp);
        params.rampStart = time;
        (params.lockDeadline, params.deadline) = (time + terms_.lockPeriod, time + terms_.answerPeriod);
    }
}
