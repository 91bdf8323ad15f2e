// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dates} from "../../../contracts/libraries/Dates.sol";
import {Json} from "../../../contracts/libraries/Json.sol";
import {QeIdentity} from "../../../contracts/libraries/QeIdentity.sol";
import {TcbLevels} from "../../../contracts/libraries/TcbLevels.sol";
import {TcbStatus, TeeType} from "../../../contracts/types/Tcb.sol";
import {JsonText} from "../Json/JsonText.sol";
import {requireRefused, requireRefusedBy} from "../refused.sol";

/// @dev `whole` goes on behind `length`, as calldata does behind what is read.
contract QeIdentityReader {
    function read(bytes calldata whole, uint256 length) external pure returns (QeIdentity.Identity memory) {
        return QeIdentity.read(whole[:length]);
    }

    function statusOf(
        QeIdentity.Identity memory identity,
        uint16 isvSvn
    ) external pure returns (TcbStatus status, bytes memory advisories) {
        return QeIdentity.statusOf(identity, isvSvn);
    }

    function requireMatch(QeIdentity.Identity memory identity, bytes calldata report) external pure {
        QeIdentity.requireMatch(identity, report);
    }
}

/// @title QeIdentityTest
/// @notice An identity says the same in whatever order, and matches the reports that agree with it where it looks.
contract QeIdentityTest {
    uint256 private constant ID = 0;
    uint256 private constant NEXT_UPDATE = 3;
    string private constant SIGNER = "8C4F5775D796503E96137F77C68A829A0056AC8DED70140B081B094490C57BFF";
    bytes32 private constant SIGNER_WORD = 0x8c4f5775d796503e96137f77c68a829a0056ac8ded70140b081b094490c57bff;

    QeIdentityReader private immutable _reader = new QeIdentityReader();

    function test_AnIdentityIsReadAsItIsWritten() public view {
        QeIdentity.Identity memory identity = _identity();
        require(identity.tee == TeeType.Tdx && identity.evaluation == 17, "of another enclave or recovery");
        require(identity.issuedAt == 1_750_156_574 && identity.nextUpdate == 1_752_748_574, "of another time");
        require(identity.miscSelect == 0x00000001 && identity.miscSelectMask == 0xfffffff1, "another misc select");
        require(identity.attributes == 0x11000000000000000000000000000001, "other attributes");
        require(identity.attributesMask == 0xfbffffffffffffff000000000000000f, "another mask");
        require(identity.mrSigner == SIGNER_WORD && identity.productId == 2, "another signer or product");
        require(keccak256(identity.levels) == keccak256(hex"0004060000020201040c"), "other levels");

        string[] memory members = _members();
        members[ID] = '"id":"QE"';
        require(_read(members).tee == TeeType.Sgx, "not of SGX");
    }

    function testFuzz_TheOrderOfMembersMeansNothing(uint256 seed) public view {
        string[] memory members = _members();
        for (uint256 i = members.length - 1; i > 0; --i) {
            seed = JsonText.next(seed);
            uint256 other = seed % (i + 1);
            (members[i], members[other]) = (members[other], members[i]);
        }
        require(_hashOf(_read(members)) == _hashOf(_identity()), "another meaning");
        members[seed % members.length] = string.concat(
            members[seed % members.length],
            ',"id ":"QVE","other":{"id":"QE"}'
        );
        require(_hashOf(_read(members)) == _hashOf(_identity()), "another meaning, of what is not known");
    }

    function test_EachMemberIsThereOnce() public view {
        for (uint256 i = 0; i < 12; ++i) {
            string[] memory members = _members();
            string memory member = members[i];
            members[i] = string.concat(member, ",", member);
            _requireUnsupported(members);
            members[i] = '"other":0';
            _requireUnsupported(members);
        }
    }

    function test_AnotherEnclaveOrVersionIsRefused() public view {
        string[9] memory others = [
            '"id":"QVE"',
            '"id":"TDX_QE"',
            '"id":"qe"',
            '"id":""',
            '"version":1',
            '"version":3',
            '"tcbEvaluationDataNumber":4294967296',
            '"isvprodid":65536',
            '"nextUpdate":"2025-06-17T10:36:14Z"'
        ];
        uint8[9] memory indices = [0, 0, 0, 0, 1, 1, 4, 10, 3];
        for (uint256 i = 0; i < others.length; ++i) {
            string[] memory members = _members();
            members[indices[i]] = others[i];
            _requireUnsupported(members);
        }
        string[] memory largest = _members();
        (largest[4], largest[10]) = ('"tcbEvaluationDataNumber":4294967295', '"isvprodid":65535');
        largest[NEXT_UPDATE] = '"nextUpdate":"2025-06-17T10:36:15Z"';
        QeIdentity.Identity memory identity = _read(largest);
        require(identity.evaluation == type(uint32).max && identity.productId == type(uint16).max, "not the largest");
    }

    function test_NothingIsBehind() public view {
        bytes memory text = bytes.concat(JsonText.objectOf(_members()), " ");
        bytes memory call = abi.encodeCall(QeIdentityReader.read, (text, text.length));
        requireRefused(address(_reader), call, _unsupported());
    }

    /// @dev What is missing stands behind the end.
    function test_AnIdentityThatIsCutShortIsRefused() public view {
        bytes memory text = JsonText.objectOf(_members());
        for (uint256 length = 0; length < text.length; ++length) {
            requireRefusedBy(address(_reader), abi.encodeCall(QeIdentityReader.read, (text, length)), _errors());
        }
    }

    function testFuzz_AnyByteChangedIsReadOrRefusedByName(uint256 seed, bytes1 char) public view {
        bytes memory text = JsonText.objectOf(_members());
        text[seed % text.length] = char;
        bytes memory call = abi.encodeCall(QeIdentityReader.read, (text, text.length));
        (bool accepted, ) = address(_reader).staticcall(call);
        if (!accepted) requireRefusedBy(address(_reader), call, _errors());
    }

    function test_AVersionHasItsLevel() public view {
        uint16[6] memory versions = [65_535, 5, 4, 3, 2, 1];
        TcbStatus[6] memory statuses = [
            TcbStatus.UpToDate,
            TcbStatus.UpToDate,
            TcbStatus.UpToDate,
            TcbStatus.OutOfDate,
            TcbStatus.OutOfDate,
            TcbStatus.Revoked
        ];
        for (uint256 i = 0; i < 6; ++i) {
            (TcbStatus status, bytes memory advisories) = _reader.statusOf(_identity(), versions[i]);
            require(status == statuses[i], "another status");
            require(advisories.length == (status == TcbStatus.OutOfDate ? 2 : 0), "other advisories");
        }
    }

    /// @dev One bit of a report at a time: what is compared under a mask, what is compared as it is, and DEBUG.
    function test_AReportMatchesWhereTheIdentityLooks() public view {
        QeIdentity.Identity memory identity = _identity();
        bytes memory report = _report();
        _reader.requireMatch(identity, report);
        bytes memory mask = _comparedBits();
        for (uint256 bit = 0; bit < 8 * report.length; ++bit) {
            bytes1 flag = bytes1(uint8(1 << (bit % 8)));
            report[bit / 8] ^= flag;
            bytes memory call = abi.encodeCall(QeIdentityReader.requireMatch, (identity, report));
            if (mask[bit / 8] & flag == 0) _reader.requireMatch(identity, report);
            else requireRefused(address(_reader), call, abi.encodeWithSelector(QeIdentity.QeMismatch.selector));
            report[bit / 8] ^= flag;
        }
    }

    /// @dev Even where the vendor's identity does not look at DEBUG, or asks for it.
    function test_NoQuotingEnclaveIsInDebugMode() public view {
        QeIdentity.Identity memory identity = _identity();
        bytes memory report = _report();
        report[48] |= 0x02;
        bytes memory call;
        for (uint256 i = 0; i < 2; ++i) {
            identity.attributesMask = i == 0 ? bytes16(0) : bytes16(bytes1(0x02));
            identity.attributes = identity.attributesMask;
            call = abi.encodeCall(QeIdentityReader.requireMatch, (identity, report));
            requireRefused(address(_reader), call, abi.encodeWithSelector(QeIdentity.QeMismatch.selector));
        }
    }

    function _report() private pure returns (bytes memory) {
        bytes memory head = bytes.concat(new bytes(16), hex"00000001", new bytes(28));
        bytes memory attributes = hex"15000000000000000700000000000001";
        return
            bytes.concat(
                bytes.concat(head, attributes, new bytes(64), SIGNER_WORD, new bytes(96)),
                hex"0200",
                new bytes(384 - 258)
            );
    }

    function _comparedBits() private pure returns (bytes memory) {
        bytes memory head = bytes.concat(new bytes(16), hex"fffffff1", new bytes(28));
        // DEBUG is the second bit of the first byte, which the mask has too.
        bytes memory attributes = hex"fbffffffffffffff000000000000000f";
        attributes[0] |= 0x02;
        return
            bytes.concat(
                bytes.concat(head, attributes, new bytes(64), ~bytes32(0), new bytes(96)),
                hex"ffff",
                new bytes(384 - 258)
            );
    }

    function _members() private pure returns (string[] memory all) {
        all = new string[](12);
        all[0] = '"id":"TD_QE"';
        all[1] = '"version":2';
        all[2] = '"issueDate":"2025-06-17T10:36:14Z"';
        all[3] = '"nextUpdate":"2025-07-17T10:36:14Z"';
        all[4] = '"tcbEvaluationDataNumber":17';
        all[5] = '"miscselect":"00000001"';
        all[6] = '"miscselectMask":"FFFFFFF1"';
        all[7] = '"attributes":"11000000000000000000000000000001"';
        all[8] = '"attributesMask":"FBFFFFFFFFFFFFFF000000000000000F"';
        all[9] = string.concat('"mrsigner":"', SIGNER, '"');
        all[10] = '"isvprodid":2';
        all[11] = string.concat(
            '"tcbLevels":[{"tcb":{"isvsvn":4},"tcbDate":"2024-03-13T00:00:00Z","tcbStatus":"UpToDate"},',
            '{"tcb":{"isvsvn":2},"tcbStatus":"OutOfDate","advisoryIDs":["INTEL-SA-01036"]}]'
        );
    }

    function _identity() private view returns (QeIdentity.Identity memory) {
        return _read(_members());
    }

    function _read(string[] memory members) private view returns (QeIdentity.Identity memory) {
        bytes memory text = JsonText.objectOf(members);
        return _reader.read(text, text.length);
    }

    function _hashOf(QeIdentity.Identity memory identity) private pure returns (bytes32) {
        return keccak256(abi.encode(identity));
    }

    function _requireUnsupported(string[] memory members) private view {
        bytes memory text = JsonText.objectOf(members);
        bytes memory call = abi.encodeCall(QeIdentityReader.read, (text, text.length));
        requireRefused(address(_reader), call, _unsupported());
    }

    function _unsupported() private pure returns (bytes memory) {
        return abi.encodeWithSelector(QeIdentity.QeIdentityUnsupported.selector);
    }

    function _errors() private pure returns (bytes4[] memory errors) {
        errors = new bytes4[](5);
        (errors[0], errors[1]) = (Json.JsonMalformed.selector, QeIdentity.QeIdentityUnsupported.selector);
        (errors[2], errors[3]) = (TcbLevels.TcbLevelMalformed.selector, Dates.TimeMalformed.selector);
        errors[4] = Json.HexMalformed.selector;
    }
}
