// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceRequests} from "../../../contracts/interfaces/IInferenceRequests.sol";
import {Entries, Entry} from "../../../contracts/libraries/Entries.sol";
import {Assurance, QUORUM_ARBITRATION} from "../../../contracts/types/Assurance.sol";
import {Finality} from "../../../contracts/types/Delivery.sol";
import {EvidenceKind} from "../../../contracts/types/Evidence.sol";

/// @title EntriesTest
/// @notice What an entry says of its answer, before and after it was open to challenge.
contract EntriesTest {
    using Entries for Entry;

    uint8 private constant SIGNATURE = uint8(1 << uint8(EvidenceKind.Signature));
    uint8 private constant QUORUM = uint8(1 << uint8(EvidenceKind.Quorum));
    uint8 private constant OPTIMISTIC = uint8(1 << uint8(EvidenceKind.Optimistic));
    uint8 private constant TEE = uint8(1 << uint8(EvidenceKind.Tee));
    uint8 private constant ZK = uint8(1 << uint8(EvidenceKind.Zk));

    Entry private _entry;

    /// @dev Stake and window are the request's, not the evidence's: they are never taken from an assurance.
    function testFuzz_AssuranceWithDetailsReadsBack(Assurance memory verified, uint80 stake, uint40 window) public {
        verified.kinds |= QUORUM;
        if (verified.quorumN == 0) verified.quorumN = 1;
        _entry.stake = stake;
        _entry.details.window = window;
        _entry.setAssurance(verified);

        (verified.stakeAtRisk, verified.window) = (stake, verified.kinds & OPTIMISTIC == 0 ? 0 : window);
        _requireStored(verified);
    }

    function test_ARankAloneIsKept() public {
        Assurance memory verified;
        (verified.kinds, verified.minTcb) = (TEE, 1);
        _fillDetails();
        _entry.setAssurance(verified);
        require(_entry.details.quorumN == 3 && _entry.details.tolerance == 5, "a slot was written for nothing");
        _requireStored(verified);
    }

    function test_APanelAloneIsKept() public {
        Assurance memory verified;
        (verified.kinds, verified.quorumK, verified.quorumN, verified.tolerance) = (QUORUM, 1, 1, 3);
        _entry.setAssurance(verified);
        _requireStored(verified);
    }

    function test_WithoutDetailsNothingOfThemIsWrittenOrRead() public {
        _fillDetails();
        Assurance memory verified;
        (verified.kinds, verified.flags) = (SIGNATURE | ZK, 3);
        _entry.setAssurance(verified);

        require(_entry.details.quorumN == 3 && _entry.details.tolerance == 5, "a slot was written for nothing");
        _requireStored(verified);
    }

    function test_AJudgeIsReadWhileTheAnswerIsOpen() public {
        _fillDetails();
        (_entry.kinds, _entry.flags) = (SIGNATURE, QUORUM_ARBITRATION);
        Assurance memory stored = _entry.assurance();
        require(stored.quorumK == 2 && stored.quorumN == 3, "no judge");
        require(stored.window == 0, "a window that is not over");
    }

    function test_TheWindowCountsOnceItIsOver() public {
        _fillDetails();
        _entry.kinds = SIGNATURE;
        require(_entry.assurance().window == 0 && _entry.assurance().quorumN == 0, "read before");
        _entry.setUnchallenged();
        require(_entry.kinds == SIGNATURE | OPTIMISTIC, "other kinds");
        Assurance memory stored = _entry.assurance();
        require(stored.window == 100 && stored.quorumK == 2 && stored.quorumN == 3, "not read after");
        require(stored.tolerance == 5, "not all of it");
    }

    function test_TheEpochRisesOnceTheAnswerIsDecided() public {
        for (uint8 i = 0; i <= uint8(type(IInferenceRequests.Status).max); ++i) {
            _entry.status = IInferenceRequests.Status(i);
            _entry.kinds = SIGNATURE | QUORUM | TEE | ZK;
            bool overturned = _entry.status == IInferenceRequests.Status.Overturned;
            require(_entry.epoch() == (overturned ? 2 : 1), "decided otherwise");
            _entry.kinds = OPTIMISTIC;
            require(_entry.epoch() == 2, "not decided by its window");
        }
    }

    function test_FinalityFollowsTheStatus() public {
        for (uint8 i = 0; i <= uint8(type(IInferenceRequests.Status).max); ++i) {
            IInferenceRequests.Status status = IInferenceRequests.Status(i);
            _entry.status = status;
            Finality expected = Finality.None;
            if (status == IInferenceRequests.Status.Provisional) expected = Finality.Provisional;
            if (status == IInferenceRequests.Status.Challenged) expected = Finality.Provisional;
            if (status == IInferenceRequests.Status.Fulfilled) expected = Finality.Final;
            if (status == IInferenceRequests.Status.Overturned) expected = Finality.Overturned;
            require(_entry.finality() == expected, "another finality");
        }
    }

    function _fillDetails() private {
        (_entry.details.quorumK, _entry.details.quorumN) = (2, 3);
        (_entry.details.tolerance, _entry.details.window) = (5, 100);
    }

    function _requireStored(Assurance memory expected) private view {
        require(keccak256(abi.encode(_entry.assurance())) == keccak256(abi.encode(expected)), "another assurance");
    }
}
