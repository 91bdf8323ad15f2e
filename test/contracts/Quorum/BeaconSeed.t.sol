// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BeaconSeed} from "../../../contracts/libraries/BeaconSeed.sol";
import {vm} from "../Vm.sol";

contract BeaconSeedCaller {
    function mixOf(bytes calldata header, uint256 number, bytes32 hash) external pure returns (bytes32) {
        return BeaconSeed.mixOf(header, number, hash);
    }

    function hashOf(uint256 number) external view returns (bytes32) {
        return BeaconSeed.hashOf(number);
    }
}

/// @title BeaconSeedTest
/// @notice Headers that are laid out as the beacon chain's, and every way in which one may not be.
contract BeaconSeedTest {
    /// @dev List prefix, five hashes, an address and the bloom filter.
    uint256 private constant HEAD = 3 + 5 * 33 + 21 + 259;

    BeaconSeedCaller private _caller;

    function setUp() public {
        _caller = new BeaconSeedCaller();
    }

    /// @dev Numbers below 128 are their own encoding, others have a prefix of their length; zero is the empty string.
    function testFuzz_ReadsTheMixWhateverTheLengthsBeforeIt(uint8[6] memory lengths, bytes32 mix) public view {
        bytes memory header = new bytes(HEAD);
        for (uint256 i = 0; i < 6; ++i) {
            header = bytes.concat(header, _string(lengths[i] % 56));
        }
        header = bytes.concat(header, hex"a0", mix, hex"880000000000000000");
        require(_caller.mixOf(header, 7, keccak256(header)) == mix, "not the mix");
    }

    /// @dev The last that is no longer string has 55 bytes, the prefix 0xb7.
    function test_ReadsTheMixAfterTheLongestShortString() public view {
        bytes memory header = bytes.concat(_headerUpTo(5), _string(55), hex"a0", keccak256("mix"));
        require(_caller.mixOf(header, 7, keccak256(header)) == keccak256("mix"), "not the mix");
    }

    function testFuzz_RefusesAnotherHash(bytes calldata header, bytes32 hash) public {
        vm.assume(hash != keccak256(header));
        vm.expectRevert(abi.encodeWithSelector(BeaconSeed.HeaderMismatch.selector, 7, hash));
        _caller.mixOf(header, 7, hash);
    }

    function test_RefusesAHeaderThatEndsBeforeAField() public {
        for (uint256 fields = 0; fields < 6; ++fields) {
            _requireMalformed(_headerUpTo(fields));
        }
    }

    function test_RefusesAMixThatIsCutOff() public {
        bytes memory header = bytes.concat(_headerUpTo(6), hex"a0", bytes31(0));
        _requireMalformed(header);
        _requireMalformed(_headerUpTo(6));
        header = bytes.concat(header, hex"00");
        require(_caller.mixOf(header, 7, keccak256(header)) == 0, "not the mix");
    }

    function test_RefusesAMixThatIsNoHash() public {
        _requireMalformed(bytes.concat(_headerUpTo(6), hex"9f", bytes32(0)));
        _requireMalformed(bytes.concat(_headerUpTo(6), hex"a1", bytes32(0)));
    }

    function test_RefusesALongStringOrAListForAField() public {
        bytes memory rest = new bytes(600);
        rest[200] = 0xa0;
        _requireMalformed(bytes.concat(_headerUpTo(5), hex"b8", rest));
        _requireMalformed(bytes.concat(_headerUpTo(5), hex"c0", rest));
        _requireMalformed(bytes.concat(_headerUpTo(5), hex"ff", rest));
    }

    function test_KnowsNoHashOfABlockThatIsToCome() public view {
        require(_caller.hashOf(block.number) == 0, "the current block's");
        require(_caller.hashOf(block.number + 1) == 0, "the next one's");
    }

    function _requireMalformed(bytes memory header) private {
        vm.expectRevert(abi.encodeWithSelector(BeaconSeed.HeaderMalformed.selector));
        _caller.mixOf(header, 7, keccak256(header));
    }

    function _headerUpTo(uint256 fields) private pure returns (bytes memory header) {
        header = new bytes(HEAD);
        for (uint256 i = 0; i < fields; ++i) {
            header = bytes.concat(header, _string(i));
        }
    }

    /// @dev A string of `length` bytes below 56, or one byte below 128 as its own encoding for a length of 1.
    function _string(uint256 length) private pure returns (bytes memory encoded) {
        if (length == 1) return hex"7f";
        encoded = bytes.concat(bytes1(uint8(0x80 + length)), new bytes(length));
    }
}
