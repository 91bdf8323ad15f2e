// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Schedule} from "./Schedule.sol";
import {IAggregatorV3} from "./interfaces/IAggregatorV3.sol";
import {IInferenceRequests} from "./interfaces/IInferenceRequests.sol";
import {IModelFeed} from "./interfaces/IModelFeed.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {CodeStorage} from "./libraries/CodeStorage.sol";
import {TensorCodec} from "./libraries/TensorCodec.sol";
import {Assurance} from "./types/Assurance.sol";
import {TensorEncoding, WordMode} from "./types/Circuit.sol";
import {Delivery, Finality} from "./types/Delivery.sol";
import {FeedTerms, NO_CONFIDENCE, ScheduleTerms} from "./types/Feed.sol";
import {ReleaseId, RequestId} from "./types/Ids.sol";
import {Policy} from "./types/Policy.sol";

/// @title ModelFeed
/// @notice The final answers of a scheduled release, as rounds that price feeds' consumers read.
/// @dev The newest `capacity` rounds lie in a ring: round `r` at `r % capacity`. What was verified for a round is read from
/// the contract that verified it.
contract ModelFeed is IModelFeed, Schedule {
    /// @dev What is kept of a round: two slots, and a third where the model gives a confidence.
    /// @param nonce Of the request.
    struct Kept {
        int128 answer;
        uint40 startedAt;
        uint40 updatedAt;
        uint48 nonce;
        bytes32 provenance;
        int128 confidence;
    }

    struct Proposed {
        RequestId request;
        int128 answer;
        int128 confidence;
    }

    /// @notice Gas below which no feed's callback is bought: what one of two elements needs under a policy of two clauses, and
    /// a third more.
    uint256 public constant MIN_CALLBACK_GAS = 200_000;
    /// @notice Most decimals.
    uint256 public constant MAX_DECIMALS = 36;
    uint256 private constant MAX_FRACTION_BITS = 96;

    /// @inheritdoc IAggregatorV3
    uint8 public immutable decimals;
    /// @inheritdoc IModelFeed
    uint256 public immutable capacity;
    /// @inheritdoc IModelFeed
    uint256 public immutable maxAge;
    uint24 private immutable _answerIndex;
    uint24 private immutable _confidenceIndex;
    uint24 private immutable _outputElements;
    uint8 private immutable _outputBits;
    bool private immutable _outputSigned;
    uint8 private immutable _fractionBits;
    /// @dev Where the terms are stored as code.
    address private immutable _terms;

    /// @inheritdoc IModelFeed
    uint80 public latestRound;
    Proposed private _proposed;
    mapping(uint256 index => Kept round) private _rounds;

    constructor(
        IInferenceRequests requests_,
        address sponsor_,
        FeedTerms memory terms_
    ) payable Schedule(requests_, sponsor_, terms_.schedule) {
        IModelRegistry.ReleaseRecord memory record = requests_.models().releaseOf(terms_.schedule.release);
        _requireElement(record.output, terms_.answerIndex);
        if (terms_.confidenceIndex != NO_CONFIDENCE) _requireElement(record.output, terms_.confidenceIndex);
        _requireRange(record.output, record.outputFractionBits, terms_.decimals);
        require(terms_.capacity > 0, FeedCapacityZero());
        uint256 callbackGas = terms_.schedule.callbackGas;
        require(callbackGas >= MIN_CALLBACK_GAS, FeedCallbackGasTooLow(callbackGas, MIN_CALLBACK_GAS));

        decimals = terms_.decimals;
        capacity = terms_.capacity;
        maxAge = terms_.maxAge;
        (_answerIndex, _confidenceIndex) = (terms_.answerIndex, terms_.confidenceIndex);
        _outputElements = record.output.elements;
        _outputBits = record.output.bits;
        _outputSigned = record.output.isSigned;
        _fractionBits = record.outputFractionBits;
        _terms = CodeStorage.write(abi.encode(terms_));
    }

    /// @inheritdoc IAggregatorV3
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        _requireFresh();
        return _dataOf(latestRound);
    }

    /// @inheritdoc IAggregatorV3
    function getRoundData(
        uint80 round
    )
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)
    {
        return _dataOf(round);
    }

    /// @inheritdoc IAggregatorV3
    function description() external view returns (string memory) {
        return terms().description;
    }

    /// @inheritdoc IModelFeed
    function roundDetailsOf(uint256 round) external view returns (Round memory) {
        Kept storage kept = _keptOf(round);
        RequestId request = _requestOf(kept);
        return
            Round({
                answer: kept.answer,
                confidence: kept.confidence,
                request: request,
                provenance: kept.provenance,
                startedAt: kept.startedAt,
                updatedAt: kept.updatedAt,
                assurance: requests.assuranceOf(request)
            });
    }

    /// @inheritdoc IModelFeed
    function confidenceOfRound(uint256 round) external view returns (int256) {
        return _keptOf(round).confidence;
    }

    /// @inheritdoc IModelFeed
    function assuranceOfRound(uint256 round) external view returns (Assurance memory) {
        return requests.assuranceOf(_requestOf(_keptOf(round)));
    }

    /// @inheritdoc IModelFeed
    function provenanceOfRound(uint256 round) external view returns (bytes32) {
        return _keptOf(round).provenance;
    }

    /// @inheritdoc IModelFeed
    function latestProvisional() external view returns (Proposal memory) {
        Proposed storage proposed = _proposed;
        RequestId request = proposed.request;
        // The news that it was decided may not have got through.
        bool isOpen = request == latestRequest && requests.finalityOf(request) == Finality.Provisional;
        require(isOpen, FeedWithoutProposal());
        return
            Proposal({
                answer: proposed.answer,
                confidence: proposed.confidence,
                request: request,
                provenance: _asked[request].provenance,
                startedAt: _asked[request].startedAt
            });
    }

    /// @inheritdoc IModelFeed
    function historyOf(uint256 count) external view returns (int256[] memory answers) {
        _requireFresh();
        uint256 latest = latestRound;
        uint256 kept = latest < capacity ? latest : capacity;
        require(count <= kept, FeedHistoryTooShort(count, kept));
        answers = new int256[](count);
        for (uint256 i = 0; i < count; ++i) {
            answers[i] = _rounds[(latest - count + 1 + i) % capacity].answer;
        }
    }

    /// @inheritdoc IAggregatorV3
    function version() external pure returns (uint256) {
        return 1;
    }

    /// @inheritdoc IModelFeed
    function terms() public view returns (FeedTerms memory) {
        return abi.decode(CodeStorage.read(_terms), (FeedTerms));
    }

    /// @dev Nothing here reverts because of what the answer is: `output` has the release's encoding, whose range fits.
    function _onInference(RequestId id, ReleaseId, uint256[] calldata output, Assurance calldata) internal override {
        Asked memory asked = _asked[id];
        delete _asked[id];
        uint80 latest = latestRound;
        if (asked.startedAt <= _rounds[latest % capacity].startedAt) {
            emit AnswerSuperseded(id);
            return;
        }

        (int128 answer, int128 confidence) = _read(output);
        latestRound = ++latest;
        Kept storage kept = _rounds[latest % capacity];
        // Fits until the year 36,000.
        (kept.answer, kept.startedAt, kept.updatedAt) = (answer, asked.startedAt, uint40(block.timestamp));
        (kept.nonce, kept.provenance) = (asked.nonce, asked.provenance);
        if (_confidenceIndex != NO_CONFIDENCE) kept.confidence = confidence;

        emit AnswerUpdated(answer, latest, block.timestamp);
        emit RoundRecorded(latest, id, confidence, asked.provenance);
    }

    /// @dev Of requests that another has followed, an answer that is not final is of no interest.
    function _onUnsettled(Delivery calldata delivery, uint256[] calldata output, Assurance calldata) internal override {
        RequestId id = delivery.request;
        if (delivery.finality == Finality.Overturned) {
            delete _asked[id];
            emit ProposalOverturned(id);
        } else if (id == latestRequest) {
            (int128 answer, int128 confidence) = _read(output);
            _proposed = Proposed({request: id, answer: answer, confidence: confidence});
            emit RoundProposed(id, answer, confidence);
        }
    }

    function _floor() internal view override returns (Policy memory) {
        return terms().schedule.policy;
    }

    function _scheduleTerms() internal view override returns (ScheduleTerms memory) {
        return terms().schedule;
    }

    function _requireFresh() private view {
        uint80 latest = latestRound;
        require(latest > 0, FeedWithoutRound());
        uint256 startedAt = _rounds[latest % capacity].startedAt;
        require(block.timestamp - startedAt <= maxAge, FeedStale(startedAt, maxAge));
    }

    function _dataOf(uint80 round) private view returns (uint80, int256, uint256, uint256, uint80) {
        Kept storage kept = _keptOf(round);
        return (round, kept.answer, kept.startedAt, kept.updatedAt, round);
    }

    function _keptOf(uint256 round) private view returns (Kept storage) {
        uint256 latest = latestRound;
        require(0 < round && round <= latest, FeedRoundUnanswered(round));
        uint256 oldest = latest < capacity ? 1 : latest - capacity + 1;
        require(round >= oldest, FeedRoundOverwritten(round, oldest));
        return _rounds[round % capacity];
    }

    function _requestOf(Kept storage kept) private view returns (RequestId) {
        return requests.requestIdOf(address(this), kept.nonce);
    }

    /// @dev Returns answer and confidence in the feed's decimals.
    function _read(uint256[] memory output) private view returns (int128 answer, int128 confidence) {
        TensorEncoding memory encoding = TensorEncoding({
            mode: WordMode.Public,
            elements: _outputElements,
            bits: _outputBits,
            isSigned: _outputSigned
        });
        answer = _decimal(TensorCodec.elementAt({words: output, encoding: encoding, index: _answerIndex}));
        if (_confidenceIndex == NO_CONFIDENCE) return (answer, 0);
        confidence = _decimal(TensorCodec.elementAt({words: output, encoding: encoding, index: _confidenceIndex}));
    }

    /// @dev Returns `⌊element · 10^decimals / 2^fractionBits + 1/2⌋`, the rule by which circuits rescale. The constructor has
    /// seen to it that it fits.
    function _decimal(int256 element) private view returns (int128) {
        int256 half = int256((uint256(1) << _fractionBits) >> 1);
        return int128((element * int256(10 ** uint256(decimals)) + half) >> _fractionBits);
    }

    function _requireElement(TensorEncoding memory output, uint256 index) private pure {
        bool isRead = output.mode == WordMode.Public && index < output.elements;
        require(isRead, FeedOutputUnsuitable(output.elements, index));
    }

    function _requireRange(TensorEncoding memory output, uint256 fractionBits, uint256 decimals_) private pure {
        require(decimals_ <= MAX_DECIMALS, FeedDecimalsTooMany(decimals_, MAX_DECIMALS));
        require(fractionBits <= MAX_FRACTION_BITS, FeedRangeTooWide(output.bits, fractionBits, decimals_));
        uint256 magnitude = uint256(1) << (output.isSigned ? output.bits - 1 : output.bits);
        // Below 2^223, and so is whatever is divided.
        uint256 limit = (uint256(uint128(type(int128).max)) << fractionBits) / 10 ** decimals_;
        require(magnitude <= limit, FeedRangeTooWide(output.bits, fractionBits, decimals_));
    }
}
