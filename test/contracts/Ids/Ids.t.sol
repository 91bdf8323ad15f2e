// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CircuitId, ReleaseId, RequestId} from "../../../contracts/types/Ids.sol";
import {RoundId} from "../../../contracts/types/Round.sol";

/// @title IdsTest
/// @notice Ids are compared as the words that they are.
contract IdsTest {
    function testFuzz_IdsOfTwoWordsDiffer(bytes32 a, bytes32 b) public pure {
        _requireCompared(a, b, a == b);
    }

    function testFuzz_IdsOfOneWordAreEqual(bytes32 word) public pure {
        _requireCompared(word, word, true);
    }

    function testFuzz_AnyBitTellsIdsApart(bytes32 word, uint8 bit) public pure {
        _requireCompared(word, word ^ bytes32(uint256(1) << bit), false);
    }

    function _requireCompared(bytes32 a, bytes32 b, bool same) private pure {
        require((ReleaseId.wrap(a) == ReleaseId.wrap(b)) == same, "equal releases");
        require((ReleaseId.wrap(a) != ReleaseId.wrap(b)) != same, "other releases");
        require((CircuitId.wrap(a) == CircuitId.wrap(b)) == same, "equal circuits");
        require((CircuitId.wrap(a) != CircuitId.wrap(b)) != same, "other circuits");
        require((RequestId.wrap(a) == RequestId.wrap(b)) == same, "equal requests");
        require((RequestId.wrap(a) != RequestId.wrap(b)) != same, "other requests");
        require((RoundId.wrap(a) == RoundId.wrap(b)) == same, "equal rounds");
        require((RoundId.wrap(a) != RoundId.wrap(b)) != same, "other rounds");
    }
}
