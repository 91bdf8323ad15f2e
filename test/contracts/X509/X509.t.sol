// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dates} from "../../../contracts/libraries/Dates.sol";
import {Der} from "../../../contracts/libraries/Der.sol";
import {X509} from "../../../contracts/libraries/X509.sol";
import {derOf, integerOf} from "../derOf.sol";
import {requireRefused, requireRefusedBy} from "../refused.sol";
import {CertificateBytes} from "./CertificateBytes.sol";
import {X509Reader} from "./X509Reader.sol";

/// @title X509Test
/// @notice A certificate is read as it was made, and refused in whatever else it may be.
contract X509Test {
    using CertificateBytes for CertificateBytes.Certificate;

    bytes private constant WANTED = hex"2a864886f84d010d01";
    bytes private constant OTHER = hex"551d1f";

    X509Reader private immutable _reader = new X509Reader();

    /* READING */

    function testFuzz_ACertificateIsReadAsItWasMade(
        uint160 serial,
        bytes32 x,
        bytes32 y,
        bytes memory extension
    ) public view {
        CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
        parts.serial = derOf(Der.INTEGER, integerOf(serial));
        parts.key = bytes.concat(CertificateBytes.KEY, x, y);
        parts.extensions = _with(parts.extensions, CertificateBytes.extensionOf(WANTED, false, extension));
        (X509.Certificate memory found, bytes memory value) = _read(parts);
        require(found.serial == serial && found.key.x == x && found.key.y == y, "another key or serial");
        require(found.notBefore == 1_704_067_200 && found.notAfter == 2_556_144_000, "another time");
        require(
            found.issuerName == _hashOf(parts.issuer) && found.subjectName == _hashOf(parts.subject),
            "another name"
        );
        require(found.commonName == "Platform CA" && found.isAuthority, "another authority");
        require(keccak256(value) == keccak256(extension), "another extension");
    }

    function test_WithoutTheExtensionThatIsWantedItIsEmpty() public view {
        (, bytes memory value) = _read(CertificateBytes.certificate());
        require(value.length == 0, "another extension");
    }

    function test_AnotherVersionAlgorithmOrKindOfKeyIsRefused() public view {
        CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
        bytes[3] memory versions = [bytes(hex"a003020101"), hex"a003020103", hex"a00402020002"];
        for (uint256 i = 0; i < versions.length; ++i) {
            parts.version = versions[i];
            _requireRefused(parts, X509.CertificateUnsupported.selector);
        }
        parts.version = "";
        _requireRefused(parts, Der.DerMalformed.selector);
        for (uint256 i = 0; i < CertificateBytes.ALGORITHM.length; ++i) {
            parts = CertificateBytes.certificate();
            parts.algorithm[i] ^= 0x01;
            _requireRefused(parts, X509.CertificateUnsupported.selector);
        }
        for (uint256 i = 0; i < CertificateBytes.KEY.length; ++i) {
            parts = CertificateBytes.certificate();
            parts.key[i] ^= 0x01;
            _requireRefused(parts, X509.CertificateUnsupported.selector);
        }
    }

    function test_ASerialHas160BitsAndNoSign() public view {
        CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
        parts.serial = derOf(Der.INTEGER, integerOf(uint256(1) << 160));
        _requireRefused(parts, Der.DerMalformed.selector);
        parts.serial = hex"020180";
        _requireRefused(parts, Der.DerMalformed.selector);
    }

    /// @dev Identifiers of issuer and subject, which version 3 allows and nobody uses, and a second list of extensions.
    function test_NothingElseStandsBehindTheKey() public view {
        CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
        bytes[3] memory others = [bytes(hex"81020000"), hex"82020000", hex"a3023000"];
        for (uint256 i = 0; i < others.length; ++i) {
            parts.behindKey = others[i];
            _requireRefused(parts, Der.DerMalformed.selector);
        }
    }

    function test_ATimeOfNoCalendarIsRefused() public view {
        CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
        parts.validity = derOf(
            Der.SEQUENCE,
            bytes.concat(CertificateBytes.utc("240101000000Z"), CertificateBytes.utc("250229000000Z"))
        );
        _requireRefused(parts, Dates.TimeMalformed.selector);
    }

    /* NAMES */

    function test_ACommonNameHasAtMost32Bytes() public view {
        CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
        bytes memory name = "abcdefghijklmnopqrstuvwxyz012345";
        for (uint256 length = 0; length < 64; ++length) {
            bytes memory text = length < 33 ? _first(name, length) : bytes.concat(name, _first(name, length - 32));
            parts.subject = CertificateBytes.nameOf(text);
            (X509.Certificate memory found, ) = _read(parts);
            require(found.commonName == (length < 33 ? bytes32(text) : bytes32(0)), "another name");
            require(found.subjectName == _hashOf(parts.subject), "of other bytes");
        }
    }

    function test_ANameWithoutACommonNameIsEmpty() public view {
        CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
        parts.subject = derOf(Der.SEQUENCE, CertificateBytes.attributeOf(hex"55040a", "Platform CA"));
        (X509.Certificate memory found, ) = _read(parts);
        require(found.commonName == 0, "another name");
        parts.subject = hex"3000";
        (found, ) = _read(parts);
        require(found.commonName == 0 && found.subjectName == keccak256(""), "a name of nothing");
        parts.subject = derOf(Der.SEQUENCE, derOf(Der.SET, derOf(Der.SEQUENCE, hex"0603550403")));
        _requireRefused(parts, X509.CertificateUnsupported.selector);
    }

    /* EXTENSIONS */

    function test_ACriticalExtensionThatIsNotKnownIsRefused() public view {
        bytes[3] memory oids = [OTHER, bytes(hex"551d"), ""];
        for (uint256 i = 0; i < oids.length; ++i) {
            CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
            parts.extensions = _with(parts.extensions, CertificateBytes.extensionOf(oids[i], false, "?"));
            _read(parts);
            bytes memory expected = abi.encodeWithSelector(X509.ExtensionUnsupported.selector, oids[i]);
            parts.extensions[2] = CertificateBytes.extensionOf(oids[i], true, "?");
            _requireExactly(parts, WANTED, expected);
            // Whoever wants none reads none: not the one without a name either.
            _requireExactly(parts, "", expected);
        }
    }

    function test_WhetherAnExtensionIsCriticalIsOneByte() public view {
        CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
        parts.extensions = _with(parts.extensions, _flagged(hex"010100"));
        _read(parts);
        bytes[4] memory flags = [bytes(hex"010101"), hex"0101ff", hex"0100", hex"01020000"];
        for (uint256 i = 0; i < flags.length; ++i) {
            parts.extensions[2] = _flagged(flags[i]);
            _requireRefused(parts, X509.ExtensionUnsupported.selector);
        }
        parts.extensions[2] = _flagged(hex"010100010100");
        _requireRefused(parts, Der.DerMalformed.selector);
    }

    /// @dev RFC 5280 4.2: a certificate has no extension twice. One of both might be read by one, and one by another.
    function test_AnExtensionThatComesTwiceIsRefused() public view {
        CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
        bytes[2] memory values = [bytes(""), "?"];
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory first = CertificateBytes.extensionOf(WANTED, false, values[i % 2]);
            parts = CertificateBytes.certificate();
            parts.extensions = _with(parts.extensions, first);
            parts.extensions = _with(parts.extensions, CertificateBytes.extensionOf(WANTED, false, values[i / 2]));
            _requireExactly(parts, WANTED, abi.encodeWithSelector(X509.ExtensionUnsupported.selector, WANTED));
            _reader.read(_encode(parts), _encode(parts).length, OTHER);
        }
        bytes[2] memory oids = [CertificateBytes.KEY_USAGE, CertificateBytes.BASIC_CONSTRAINTS];
        for (uint256 i = 0; i < 2; ++i) {
            parts = CertificateBytes.certificate();
            parts.extensions = _with(parts.extensions, parts.extensions[i]);
            _requireExactly(parts, WANTED, abi.encodeWithSelector(X509.ExtensionUnsupported.selector, oids[i]));
        }
    }

    function test_AnAuthorityMaySignCertificatesAndLists() public view {
        bytes[9] memory usages = [
            bytes(hex"03020106"),
            hex"030201fe",
            hex"0303000680",
            hex"03020104",
            hex"03020102",
            hex"030207f9",
            hex"030106",
            hex"0300",
            hex"03020680"
        ];
        for (uint256 i = 0; i < usages.length; ++i) _requireAuthority(0, CertificateBytes.KEY_USAGE, usages[i], i < 3);
        bytes[7] memory constraints = [
            bytes(hex"30030101ff"),
            hex"30060101ff020100",
            hex"3000",
            hex"3003010100",
            hex"30030101fe",
            hex"30020100",
            hex"3003020101"
        ];
        for (uint256 i = 0; i < constraints.length; ++i) {
            _requireAuthority(1, CertificateBytes.BASIC_CONSTRAINTS, constraints[i], i < 2);
        }
        CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
        for (uint256 i = 0; i < 2; ++i) {
            parts = CertificateBytes.certificate();
            parts.extensions[i] = CertificateBytes.extensionOf(OTHER, false, "");
            (X509.Certificate memory found, ) = _read(parts);
            require(!found.isAuthority, "an authority by half");
        }
    }

    /* ANY BYTES */

    /// @dev What is missing stands behind the end.
    function test_ACertificateThatIsCutShortOrLongerIsRefused() public view {
        bytes memory encoded = _encode(CertificateBytes.certificate());
        for (uint256 length = 0; length < encoded.length; ++length) {
            requireRefusedBy(address(_reader), abi.encodeCall(X509Reader.read, (encoded, length, WANTED)), _errors());
        }
        encoded = bytes.concat(encoded, hex"00");
        bytes memory call = abi.encodeCall(X509Reader.read, (encoded, encoded.length, WANTED));
        requireRefusedBy(address(_reader), call, _errors());
    }

    function testFuzz_AnyByteChangedIsReadOrRefusedByName(uint256 seed, bytes1 value) public view {
        bytes memory encoded = _encode(CertificateBytes.certificate());
        encoded[seed % encoded.length] = value;
        bytes memory call = abi.encodeCall(X509Reader.read, (encoded, encoded.length, WANTED));
        (bool accepted, ) = address(_reader).staticcall(call);
        if (!accepted) requireRefusedBy(address(_reader), call, _errors());
    }

    function _flagged(bytes memory flag) private pure returns (bytes memory) {
        bytes memory oid = derOf(Der.OBJECT_IDENTIFIER, OTHER);
        return derOf(Der.SEQUENCE, bytes.concat(oid, flag, derOf(Der.OCTET_STRING, "")));
    }

    function _requireAuthority(uint256 index, bytes memory oid, bytes memory value, bool expected) private view {
        CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
        parts.extensions[index] = CertificateBytes.extensionOf(oid, true, value);
        (X509.Certificate memory found, ) = _read(parts);
        require(found.isAuthority == expected, "may sign something else");
    }

    function _encode(CertificateBytes.Certificate memory parts) private pure returns (bytes memory) {
        return CertificateBytes.unsigned(parts.signedPartOf());
    }

    function _read(
        CertificateBytes.Certificate memory parts
    ) private view returns (X509.Certificate memory certificate, bytes memory extension) {
        bytes memory encoded = _encode(parts);
        return _reader.read(encoded, encoded.length, WANTED);
    }

    function _requireRefused(CertificateBytes.Certificate memory parts, bytes4 expected) private view {
        bytes memory encoded = _encode(parts);
        bytes4[] memory errors = new bytes4[](1);
        errors[0] = expected;
        bytes memory call = abi.encodeCall(X509Reader.read, (encoded, encoded.length, WANTED));
        requireRefusedBy(address(_reader), call, errors);
    }

    function _requireExactly(
        CertificateBytes.Certificate memory parts,
        bytes memory wanted,
        bytes memory expected
    ) private view {
        bytes memory encoded = _encode(parts);
        requireRefused(address(_reader), abi.encodeCall(X509Reader.read, (encoded, encoded.length, wanted)), expected);
    }

    function _errors() private pure returns (bytes4[] memory errors) {
        errors = new bytes4[](4);
        (errors[0], errors[1]) = (Der.DerMalformed.selector, X509.CertificateUnsupported.selector);
        (errors[2], errors[3]) = (X509.ExtensionUnsupported.selector, Dates.TimeMalformed.selector);
    }

    function _with(bytes[] memory parts, bytes memory another) private pure returns (bytes[] memory all) {
        all = new bytes[](parts.length + 1);
        for (uint256 i = 0; i < parts.length; ++i) all[i] = parts[i];
        all[parts.length] = another;
    }

    /// @dev Of the contents of a short sequence.
    function _hashOf(bytes memory name) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(add(name, 0x22), sub(mload(name), 2))
        }
    }

    function _first(bytes memory text, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; ++i) part[i] = text[i];
    }
}
