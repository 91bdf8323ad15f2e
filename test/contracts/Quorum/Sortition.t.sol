// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Sortition} from "../../../contracts/libraries/Sortition.sol";
import {vm} from "../Vm.sol";

contract SortitionCaller {
    function draw(bytes32 seed, uint256 size, uint256 count) external pure returns (uint256[] memory) {
        return Sortition.draw(seed, size, count);
    }
}

contract SortitionTest {
    uint256 private constant DRAWS = 3000;

    SortitionCaller private _caller;

    function setUp() public {
        _caller = new SortitionCaller();
    }

    function testFuzz_DistinctPlacesOfThePool(bytes32 seed, uint32 size, uint8 count) public pure {
        vm.assume(size > 0);
        uint256 wanted = uint256(count) % 18;
        if (wanted > size) wanted = size;
        uint256[] memory drawn = Sortition.draw(seed, size, wanted);
        require(drawn.length == wanted, "another number than asked");
        for (uint256 i = 0; i < wanted; ++i) {
            require(drawn[i] < size, "not of the pool");
            for (uint256 j = 0; j < i; ++j) {
                require(drawn[i] != drawn[j], "drawn twice");
            }
        }
    }

    /// @dev The shuffle done on a whole array.
    function testFuzz_HeadOfFisherYatesShuffle(bytes32 seed, uint8 size) public pure {
        uint256 pool = (uint256(size) % 40) + 1;
        uint256 count = pool < 17 ? pool : 17;
        uint256[] memory places = new uint256[](pool);
        for (uint256 i = 0; i < pool; ++i) {
            places[i] = i;
        }
        uint256[] memory drawn = Sortition.draw(seed, pool, count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 from = i + (uint256(keccak256(abi.encode(seed, i))) % (pool - i));
            (places[i], places[from]) = (places[from], places[i]);
            require(places[i] == drawn[i], "not the shuffle");
        }
    }

    /// @dev An excluded operator's substitute must not change who else is drawn.
    function testFuzz_LongerDrawBeginsWithShorter(bytes32 seed, uint16 size) public pure {
        uint256 pool = uint256(size) + 17;
        uint256[] memory short = Sortition.draw(seed, pool, 16);
        uint256[] memory long = Sortition.draw(seed, pool, 17);
        for (uint256 i = 0; i < 16; ++i) {
            require(short[i] == long[i], "another panel");
        }
    }

    function testFuzz_RefusesMoreThanThePool(bytes32 seed, uint8 size) public {
        uint256 count = uint256(size) + 1;
        vm.expectRevert(abi.encodeWithSelector(Sortition.SortitionTooLarge.selector, count, size));
        _caller.draw(seed, size, count);
    }

    /// @dev Every place is drawn as often as another, first or at all, within five standard deviations; seeds follow each other,
    /// as an operator that grinds its round's number would try them.
    function test_UniformOverPlaces() public pure {
        (uint256 size, uint256 count) = (20, 5);
        uint256[] memory first = new uint256[](size);
        uint256[] memory any = new uint256[](size);
        for (uint256 i = 0; i < DRAWS; ++i) {
            uint256[] memory drawn = Sortition.draw(bytes32(i), size, count);
            ++first[drawn[0]];
            for (uint256 j = 0; j < count; ++j) {
                ++any[drawn[j]];
            }
        }
        for (uint256 i = 0; i < size; ++i) {
            // n·p = 150 with deviation sqrt(3000 · 0.05 · 0.95) = 11.9; n·p = 750 with sqrt(3000 · 0.25 · 0.75) = 23.7.
            require(first[i] > 90 && first[i] < 210, "first drawn with another chance");
            require(any[i] > 631 && any[i] < 869, "drawn with another chance");
        }
    }

    /// @dev A third of the pool gets two of three seats as often as draws without replacement give it.
    function test_MajorityOfAShareIsHypergeometric() public pure {
        uint256 captured = 0;
        for (uint256 i = 0; i < DRAWS; ++i) {
            uint256[] memory drawn = Sortition.draw(keccak256(abi.encode("share", i)), 30, 3);
            uint256 bad = 0;
            for (uint256 j = 0; j < 3; ++j) {
                if (drawn[j] < 10) ++bad;
            }
            if (bad >= 2) ++captured;
        }
        // (C(10,2)·20 + C(10,3)) / C(30,3) = 1020 / 4060 = 0.2512: 753.7 of 3000 with deviation 23.8.
        require(captured > 634 && captured < 873, "another share of panels");
    }
}
