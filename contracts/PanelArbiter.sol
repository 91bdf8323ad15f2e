// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {Escrow} from "./Escrow.sol";
import {IArbiter} from "./interfaces/IArbiter.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {IQuorum} from "./interfaces/IQuorum.sol";
import {Words} from "./libraries/Words.sol";
import {RoundId, RoundOrder, RoundStatus} from "./types/Round.sol";

/// @title PanelArbiter
/// @notice Decides disputes by rounds of the quorum: operators that declared to serve this contract run the model again.
/// @dev What a panel does not earn is the payer's, to withdraw from the quorum, or from here where no round could be opened.
/// Warning: a round that nobody serves has failed when it opens, and a dispute that no round decides leaves the answer
/// without finality.
contract PanelArbiter is IArbiter, Escrow, ERC165 {
    using Words for uint256[];

    /// @inheritdoc IArbiter
    uint256 public constant ROUND_PERIOD = 1 days;

    /// @dev An absent member loses half of what it exposes, and that must be the payment at least.
    uint256 private constant STAKE_FACTOR = 2;

    IQuorum public immutable quorum;

    mapping(bytes32 round => Outcome outcome) private _unopened;
    uint256 private _failures;

    /// @notice The round could not be opened for this reason, and counts as failed; the payment is the payer's.
    event RoundNotOpened(bytes32 indexed round, bytes reason);

    /// @notice Opening a round failed without a reason: too little gas was sent.
    error RoundStarved();
    error PaymentTooHigh(uint256 payment, uint256 limit);

    constructor(IQuorum quorum_) {
        quorum = quorum_;
    }

    /// @inheritdoc IArbiter
    function open(Question calldata question, uint256[] calldata input) external payable returns (bytes32 round) {
        uint256 limit = type(uint80).max / STAKE_FACTOR;
        require(msg.value <= limit, PaymentTooHigh(msg.value, limit));
        uint256 floor = quorum.pools().minStake();
        uint256 stake = msg.value * STAKE_FACTOR;
        RoundOrder memory order = RoundOrder({
            release: question.release,
            request: question.request,
            inputHash: input.hash(),
            k: question.k,
            n: question.n,
            tolerance: 0,
            // Both are below 2^80: the product by the check above, the pools' least stake by its type.
            stake: uint80(stake > floor ? stake : floor),
            deadline: uint40(block.timestamp + ROUND_PERIOD),
            excluded: question.accused,
            beneficiary: question.payer
        });
        try quorum.openRound{value: msg.value}(order) returns (RoundId opened) {
            round = RoundId.unwrap(opened);
        } catch (bytes memory reason) {
            // Who sends a transaction chooses its gas: that alone must not fail a round.
            require(reason.length > 0, RoundStarved());
            round = keccak256(abi.encode(block.chainid, address(this), ++_failures));
            _unopened[round] = Outcome.Failed;

            emit RoundNotOpened(round, reason);

            _credit(NATIVE, question.payer, msg.value);
        }
    }

    /// @inheritdoc IArbiter
    function outcomeOf(bytes32 round) external view returns (Outcome outcome, bytes32 outputHash) {
        if (_unopened[round] == Outcome.Failed) return (Outcome.Failed, 0);
        RoundStatus status;
        (status, outputHash, ) = quorum.resultOf(RoundId.wrap(round));
        if (status == RoundStatus.None) return (Outcome.None, 0);
        if (status == RoundStatus.Concluded) return (Outcome.Decided, outputHash);
        bool over = block.timestamp > quorum.recordOf(RoundId.wrap(round)).deadline;
        return (status == RoundStatus.Failed || over ? Outcome.Failed : Outcome.Pending, 0);
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return
            interfaceId == type(IArbiter).interfaceId ||
            interfaceId == type(IEscrow).interfaceId ||
            super.supportsInterface(interfaceId);
    }
}
