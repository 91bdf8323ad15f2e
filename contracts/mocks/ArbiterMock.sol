// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbiter} from "../interfaces/IArbiter.sol";
import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {Assurance} from "../types/Assurance.sol";
import {EvidenceKind} from "../types/Evidence.sol";
import {Statement} from "../types/Statement.sol";

/// @title ArbiterMock
/// @notice An arbiter whose rounds end as a test says; what it was paid for one that failed it owes to the payer.
/// @dev A router takes it for its verifier of a quorum's evidence, of which it accepts none.
contract ArbiterMock is IArbiter, IEvidenceVerifier {
    struct Round {
        Outcome outcome;
        bytes32 outputHash;
        uint256 paid;
        Question question;
    }

    // A constant of every other arbiter.
    // solhint-disable-next-line immutable-vars-naming
    uint256 public immutable ROUND_PERIOD;

    uint256 public roundCount;
    mapping(bytes32 round => Round content) private _rounds;
    mapping(address payer => uint256 amount) public refundOf;

    error EvidenceRefused();

    constructor(uint256 roundPeriod) {
        ROUND_PERIOD = roundPeriod;
    }

    /// @inheritdoc IArbiter
    function open(Question calldata question, uint256[] calldata) external payable returns (bytes32 round) {
        round = bytes32(++roundCount);
        _rounds[round] = Round({outcome: Outcome.Pending, outputHash: bytes32(0), paid: msg.value, question: question});
    }

    function decide(bytes32 round, bytes32 outputHash) external {
        (_rounds[round].outcome, _rounds[round].outputHash) = (Outcome.Decided, outputHash);
    }

    function fail(bytes32 round) external {
        _rounds[round].outcome = Outcome.Failed;
        refundOf[_rounds[round].question.payer] += _rounds[round].paid;
    }

    /// @inheritdoc IArbiter
    function outcomeOf(bytes32 round) external view returns (Outcome outcome, bytes32 outputHash) {
        return (_rounds[round].outcome, _rounds[round].outputHash);
    }

    function questionOf(bytes32 round) external view returns (Question memory) {
        return _rounds[round].question;
    }

    /// @inheritdoc IEvidenceVerifier
    function kind() external pure returns (EvidenceKind) {
        return EvidenceKind.Quorum;
    }

    /// @inheritdoc IEvidenceVerifier
    function verify(
        Statement calldata,
        bytes32,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata
    ) external pure returns (Assurance memory) {
        revert EvidenceRefused();
    }
}
