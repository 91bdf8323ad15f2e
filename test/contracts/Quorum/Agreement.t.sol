// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Agreement} from "../../../contracts/libraries/Agreement.sol";
import {TensorCodec} from "../../../contracts/libraries/TensorCodec.sol";
import {Words} from "../../../contracts/libraries/Words.sol";
import {TensorEncoding, WordMode} from "../../../contracts/types/Circuit.sol";
import {vm} from "../Vm.sol";

contract AgreementCaller {
    function median(
        uint256[][] calldata outputs,
        TensorEncoding calldata encoding,
        uint256 tolerance
    ) external pure returns (uint256[] memory words, uint256 agreeing) {
        return Agreement.median(outputs, encoding, tolerance);
    }

    function requireCanonical(uint256[] calldata words, TensorEncoding calldata encoding) external pure {
        Words.requireCanonical(words, encoding);
    }
}

contract AgreementTest {
    AgreementCaller private _caller;

    function setUp() public {
        _caller = new AgreementCaller();
    }

    /// @dev Against integers that are unpacked, sorted and compared one by one.
    function testFuzz_MedianOfIntegers(
        uint256 seed,
        uint8 runs,
        uint8 elements,
        uint8 bits,
        bool isSigned,
        uint8 tolerance
    ) public view {
        TensorEncoding memory encoding = _encoding(elements, bits, isSigned);
        uint256 count = (uint256(runs) % 16) + 1;
        int256[][] memory values = new int256[][](count);
        uint256[][] memory outputs = new uint256[][](count);
        for (uint256 i = 0; i < count; ++i) {
            values[i] = _values(seed, i, encoding);
            outputs[i] = TensorCodec.pack(values[i], encoding);
        }

        (uint256[] memory words, uint256 agreeing) = _caller.median(outputs, encoding, tolerance);

        _caller.requireCanonical(words, encoding);
        int256[] memory medians = TensorCodec.unpack(words, encoding);
        uint256 expected = (1 << count) - 1;
        for (uint256 e = 0; e < encoding.elements; ++e) {
            int256 middle = _naiveMedian(values, e);
            require(medians[e] == middle, "not the median");
            for (uint256 i = 0; i < count; ++i) {
                int256 difference = values[i][e] - middle;
                if (difference > int256(uint256(tolerance)) || -difference > int256(uint256(tolerance))) {
                    expected &= ~(uint256(1) << i);
                }
            }
        }
        require(agreeing == expected, "agree with other runs");
    }

    /// @dev Whatever fewer than half give, every element lies among those of the others.
    function testFuzz_MinorityCannotMoveMedianBeyondTheHonest(uint256 seed, uint8 runs, uint8 bits) public view {
        TensorEncoding memory encoding = _encoding(7, bits, true);
        uint256 count = (uint256(runs) % 7) * 2 + 3;
        uint256 honest = count / 2 + 1;
        int256[][] memory values = new int256[][](honest);
        uint256[][] memory outputs = new uint256[][](count);
        for (uint256 i = 0; i < count; ++i) {
            int256[] memory given = _values(seed, i, encoding);
            if (i < honest) values[i] = given;
            outputs[i] = TensorCodec.pack(given, encoding);
        }

        (uint256[] memory words, ) = _caller.median(outputs, encoding, 0);

        int256[] memory medians = TensorCodec.unpack(words, encoding);
        for (uint256 e = 0; e < encoding.elements; ++e) {
            (bool above, bool below) = (false, false);
            for (uint256 i = 0; i < honest; ++i) {
                above = above || values[i][e] >= medians[e];
                below = below || values[i][e] <= medians[e];
            }
            require(above && below, "beyond what the honest gave");
        }
    }

    /// @dev Without a tolerance, medians need no look at the elements: what most gave is the median.
    function testFuzz_MajorityOfEqualOutputsIsTheMedian(uint256 seed, uint8 runs, uint8 bits) public view {
        TensorEncoding memory encoding = _encoding(5, bits, true);
        uint256 count = (uint256(runs) % 16) + 1;
        uint256 same = count / 2 + 1;
        uint256[][] memory outputs = new uint256[][](count);
        bytes32[] memory hashes = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            // The majority sits anywhere among the runs.
            uint256 place = (i + (seed % count)) % count;
            outputs[place] = TensorCodec.pack(_values(seed, i < same ? 0 : i, encoding), encoding);
            hashes[place] = keccak256(abi.encodePacked(outputs[place]));
        }

        (uint256[] memory words, uint256 agreeing) = _caller.median(outputs, encoding, 0);
        (bytes32 hash, uint256 equal) = Agreement.plurality(hashes);

        require(keccak256(abi.encodePacked(words)) == hash, "another output");
        require(agreeing == equal && Agreement.size(equal) >= same, "other runs");
    }

    function test_ToleranceIsExact() public view {
        TensorEncoding memory encoding = TensorEncoding(WordMode.Public, 1, 8, true);
        uint256[][] memory outputs = new uint256[][](5);
        // -128, -10, 0, 10 and 11, as digits.
        uint8[5] memory digits = [0, 118, 128, 138, 139];
        for (uint256 i = 0; i < 5; ++i) {
            outputs[i] = new uint256[](1);
            outputs[i][0] = digits[i];
        }
        (uint256[] memory words, uint256 agreeing) = _caller.median(outputs, encoding, 10);
        require(words[0] == 128, "not the median");
        require(agreeing == 0xe, "not within 10 units");
        (, agreeing) = _caller.median(outputs, encoding, 9);
        require(agreeing == 0x4, "not within 9 units");
        (, agreeing) = _caller.median(outputs, encoding, 128);
        require(agreeing == 0x1f, "not within 128 units");
    }

    function test_OneElementBeyondToleranceIsDisagreement() public view {
        TensorEncoding memory encoding = TensorEncoding(WordMode.Public, 3, 100, false);
        uint256[][] memory outputs = new uint256[][](3);
        for (uint256 i = 0; i < 3; ++i) {
            outputs[i] = new uint256[](2);
        }
        // Last element, in the second word, of the last run.
        outputs[2][1] = 2;
        (, uint256 agreeing) = _caller.median(outputs, encoding, 1);
        require(agreeing == 3, "agrees though an element is too far");
    }

    function test_RefusesCommittedOutput() public {
        TensorEncoding memory encoding = TensorEncoding(WordMode.Committed, 1, 8, false);
        vm.expectRevert(abi.encodeWithSelector(Agreement.AgreementOverCommitment.selector));
        _caller.median(new uint256[][](1), encoding, 0);
    }

    function _naiveMedian(int256[][] memory values, uint256 element) private pure returns (int256) {
        // The one with as many below as there are above, or one fewer.
        for (uint256 i = 0; i < values.length; ++i) {
            (uint256 below, uint256 equal) = (0, 0);
            for (uint256 j = 0; j < values.length; ++j) {
                if (values[j][element] < values[i][element]) ++below;
                if (values[j][element] == values[i][element]) ++equal;
            }
            uint256 middle = (values.length - 1) / 2;
            if (below <= middle && middle < below + equal) return values[i][element];
        }
        revert("no median");
    }

    /// @dev Mostly close to each other, so that some agree.
    function _values(
        uint256 seed,
        uint256 run,
        TensorEncoding memory encoding
    ) private pure returns (int256[] memory values) {
        values = new int256[](encoding.elements);
        int256 offset = encoding.isSigned ? int256(uint256(1) << (encoding.bits - 1)) : int256(0);
        for (uint256 i = 0; i < values.length; ++i) {
            uint256 base = uint256(keccak256(abi.encode(seed, i)));
            uint256 noise = uint256(keccak256(abi.encode(seed, i, run)));
            uint256 digit = noise % 5 == 0 ? noise : base + ((noise >> 8) % 64);
            values[i] = int256(digit % (uint256(1) << encoding.bits)) - offset;
        }
    }

    function _encoding(uint8 elements, uint8 bits, bool isSigned) private pure returns (TensorEncoding memory) {
        return
            TensorEncoding({
                mode: WordMode.Public,
                elements: uint24(elements % 40) + 1,
                bits: uint8((bits % 253) + 1),
                isSigned: isSigned
            });
    }
}
