// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Assurances} from "../../../contracts/libraries/Assurances.sol";
import {Assurance} from "../../../contracts/types/Assurance.sol";

/// @title AssurancesTest
/// @notice What was verified covers what was claimed if it is as strong in each respect, one by one.
contract AssurancesTest {
    function testFuzz_UnpackReadsWhatPackWrote(Assurance memory assurance) public pure {
        bytes32 packed = Assurances.pack(assurance);
        require(uint256(packed) >> 240 == 0, "more bits than the fields have");
        require(_hash(Assurances.unpack(packed)) == _hash(assurance), "another assurance");
    }

    function testFuzz_UnpackLeavesOutHighBits(Assurance memory assurance, uint16 high) public pure {
        bytes32 packed = Assurances.pack(assurance) | bytes32(uint256(high) << 240);
        require(_hash(Assurances.unpack(packed)) == _hash(assurance), "another assurance");
    }

    function testFuzz_EverythingCoversItself(Assurance memory assurance) public pure {
        bytes32 packed = Assurances.pack(assurance);
        require(Assurances.covers(packed, packed), "less than itself");
    }

    function testFuzz_NothingCoversAClaimWithUnknownBits(Assurance memory assurance, uint8 bit) public pure {
        bytes32 packed = Assurances.pack(assurance);
        require(
            !Assurances.covers(packed, packed | bytes32(uint256(1) << (240 + (bit % 16)))),
            "claimed what is unknown"
        );
    }

    function testFuzz_CoversIfEachFieldIsAsStrong(Assurance memory verified, Assurance memory claimed) public pure {
        require(
            Assurances.covers(Assurances.pack(verified), Assurances.pack(claimed)) == _isAsStrong(verified, claimed),
            "not field by field"
        );
    }

    function test_AStrongerOneCovers() public pure {
        Assurance memory verified = _middle();
        verified.kinds |= 8;
        verified.flags = 1;
        (verified.quorumK, verified.quorumN) = (6, 6);
        (verified.minTcb, verified.tolerance) = (8, 4);
        (verified.window, verified.stakeAtRisk) = (101, 1001);
        require(_covers(verified, _middle()), "stronger in every field");
    }

    function test_OneKindLessDoesNot() public pure {
        Assurance memory verified = _middle();
        verified.kinds = 1;
        require(!_covers(verified, _middle()), "a kind is missing");
    }

    function test_OneWeaknessMoreDoesNot() public pure {
        Assurance memory verified = _middle();
        verified.flags |= 4;
        require(!_covers(verified, _middle()), "a weakness was not owned up to");
    }

    function test_OneAgreeingLessDoesNot() public pure {
        Assurance memory verified = _middle();
        verified.quorumK -= 1;
        require(!_covers(verified, _middle()), "fewer agree");
    }

    function test_OneSeatMoreDoesNotUnlessNoPanelIsClaimed() public pure {
        Assurance memory verified = _middle();
        verified.quorumN += 1;
        require(!_covers(verified, _middle()), "as many of more seats");

        Assurance memory claimed = _middle();
        (claimed.quorumK, claimed.quorumN) = (0, 0);
        require(_covers(verified, claimed), "a panel beyond the claim");
    }

    function test_OneTcbRankLessDoesNot() public pure {
        Assurance memory verified = _middle();
        verified.minTcb -= 1;
        require(!_covers(verified, _middle()), "a lower rank");
    }

    function test_OneUnitOfToleranceMoreDoesNot() public pure {
        Assurance memory verified = _middle();
        verified.tolerance += 1;
        require(!_covers(verified, _middle()), "a wider tolerance");
    }

    function test_OneSecondLessDoesNot() public pure {
        Assurance memory verified = _middle();
        verified.window -= 1;
        require(!_covers(verified, _middle()), "a shorter window");
    }

    function test_OneWeiOfStakeLessDoesNot() public pure {
        Assurance memory verified = _middle();
        verified.stakeAtRisk -= 1;
        require(!_covers(verified, _middle()), "less stake");
    }

    function _middle() private pure returns (Assurance memory) {
        return
            Assurance({
                kinds: 3,
                flags: 3,
                quorumK: 5,
                quorumN: 7,
                minTcb: 7,
                tolerance: 5,
                window: 100,
                stakeAtRisk: 1000
            });
    }

    function _covers(Assurance memory verified, Assurance memory claimed) private pure returns (bool) {
        return Assurances.covers(Assurances.pack(verified), Assurances.pack(claimed));
    }

    function _isAsStrong(Assurance memory verified, Assurance memory claimed) private pure returns (bool) {
        for (uint256 i = 0; i < 8; ++i) {
            uint8 bit = uint8(1 << i);
            if (claimed.kinds & bit != 0 && verified.kinds & bit == 0) return false;
            if (verified.flags & bit != 0 && claimed.flags & bit == 0) return false;
        }
        if (verified.quorumK < claimed.quorumK || verified.minTcb < claimed.minTcb) return false;
        if (claimed.quorumN != 0 && verified.quorumN > claimed.quorumN) return false;
        if (verified.tolerance > claimed.tolerance || verified.window < claimed.window) return false;
        return verified.stakeAtRisk >= claimed.stakeAtRisk;
    }

    function _hash(Assurance memory assurance) private pure returns (bytes32) {
        return keccak256(abi.encode(assurance));
    }
}
