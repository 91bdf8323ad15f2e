// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Dates} from "../../../contracts/libraries/Dates.sol";
import {Der} from "../../../contracts/libraries/Der.sol";
import {X509} from "../../../contracts/libraries/X509.sol";
import {derOf, integerOf} from "../derOf.sol";
import {requireRefusedBy} from "../refused.sol";
import {CertificateBytes} from "./CertificateBytes.sol";
import {X509Reader} from "./X509Reader.sol";

/// @title RevocationListsTest
/// @notice A list says of each serial when it was revoked, in whatever form the dates of its entries are.
contract RevocationListsTest {
    using CertificateBytes for CertificateBytes.List;

    X509Reader private immutable _reader = new X509Reader();

    function test_AListIsReadAsItWasMade() public view {
        X509.RevocationList memory found = _read(CertificateBytes.list());
        require(found.number == 1 && found.entries.length == 0, "another list");
        require(found.thisUpdate == 1_750_156_574 && found.nextUpdate == 1_752_748_574, "of another time");
        bytes memory issuer = CertificateBytes.nameOf("Platform CA");
        bytes32 expected;
        assembly ("memory-safe") {
            expected := keccak256(add(issuer, 0x22), sub(mload(issuer), 2))
        }
        require(found.issuerName == expected, "of another issuer");
        CertificateBytes.List memory parts = CertificateBytes.list();
        parts.entries = hex"3000";
        require(_read(parts).entries.length == 0, "entries of none");
    }

    /// @dev Dates of both forms, equal or not to the one before, with and without a reason.
    function testFuzz_EntriesAreReadBack(uint160[9] memory serials, uint256 seed) public view {
        bytes memory entries;
        bytes memory expected;
        uint40[9] memory times;
        for (uint256 i = 0; i < 9; ++i) {
            uint256 day = 1 + ((seed >> (8 * i)) % 2);
            bool general = (seed >> (8 * i + 2)) % 3 == 0;
            bool reason = (seed >> (8 * i + 5)) % 2 == 0;
            times[i] = uint40(1_709_251_200 + (day - 1) * 1 days);
            serials[i] >>= uint8(seed >> (80 + 8 * i)) % 160;
            entries = bytes.concat(entries, _entry(serials[i], _date(day, general), reason));
            expected = abi.encodePacked(expected, serials[i], times[i]);
        }
        CertificateBytes.List memory parts = CertificateBytes.list();
        parts.entries = derOf(Der.SEQUENCE, entries);
        bytes memory found = _read(parts).entries;
        require(keccak256(found) == keccak256(expected), "other entries");
        for (uint256 i = 0; i < 9; ++i) {
            uint256 first = 0;
            while (serials[first] != serials[i]) ++first;
            require(_reader.revokedAt(found, serials[i]) == times[first], "revoked at another time");
        }
        require(_reader.revokedAt(found, _another(serials)) == 0, "not revoked, says nobody");
    }

    /// @dev The shortest entries there are, at which what is packed is longest beside what is read.
    function test_ShortEntriesFitToo() public view {
        bytes memory entries;
        for (uint256 i = 0; i < 120; ++i) entries = bytes.concat(entries, _entry(uint160(i), _date(1, false), false));
        CertificateBytes.List memory parts = CertificateBytes.list();
        parts.entries = derOf(Der.SEQUENCE, entries);
        X509.RevocationList memory found = _read(parts);
        require(found.entries.length == 120 * X509.ENTRY_BYTES && found.number == 1, "other entries");
        for (uint160 i = 0; i < 120; ++i) {
            require(_reader.revokedAt(found.entries, i) == 1_709_251_200, "revoked at another time");
        }
        require(_reader.revokedAt(found.entries, 120) == 0, "a serial behind the last");
        require(_reader.revokedAt("", 0) == 0, "a serial of none");
    }

    /// @dev 0 would say that it was not revoked.
    function test_WhatWasRevokedBeforeTheEpochIsRevoked() public view {
        CertificateBytes.List memory parts = CertificateBytes.list();
        bytes memory old = CertificateBytes.utc("500101000000Z");
        bytes memory entries = bytes.concat(_entry(5, old, false), _entry(6, old, false));
        entries = bytes.concat(entries, _entry(7, CertificateBytes.general("19691231235959Z"), false));
        parts.entries = derOf(Der.SEQUENCE, entries);
        bytes memory found = _read(parts).entries;
        for (uint160 serial = 5; serial < 8; ++serial) require(_reader.revokedAt(found, serial) == 1, "not revoked");
    }

    function testFuzz_APartIsWhatStandsThere(bytes memory entries, uint8 from, uint8 to) public view {
        if (from > entries.length) from = uint8(entries.length);
        if (to < from) to = from;
        uint256 end = to < entries.length ? to : entries.length;
        bytes memory part = _reader.slice(entries, from, to);
        require(part.length == end - from, "another length");
        for (uint256 i = 0; i < part.length; ++i) require(part[i] == entries[from + i], "other bytes");
    }

    function test_AnEntryIsOfItsForm() public view {
        bytes memory date = _date(1, false);
        bytes[7] memory entries = [
            bytes(hex"3003020105"),
            derOf(Der.SEQUENCE, date),
            derOf(Der.SEQUENCE, bytes.concat(hex"020180", date)),
            derOf(Der.SEQUENCE, bytes.concat(derOf(Der.INTEGER, integerOf(uint256(1) << 160)), date)),
            derOf(Der.SEQUENCE, bytes.concat(hex"020105", derOf(Der.OCTET_STRING, "240301000000Z"))),
            bytes.concat(_entry(5, date, false), hex"0500"),
            bytes.concat(_entry(5, date, false), derOf(Der.SEQUENCE, bytes.concat(hex"020106", _cut(date))))
        ];
        for (uint256 i = 0; i < entries.length; ++i) _requireEntriesRefused(entries[i], Der.DerMalformed.selector);
        date = CertificateBytes.utc("240230000000Z");
        _requireEntriesRefused(_entry(5, date, false), Dates.TimeMalformed.selector);
        // The date before was one.
        bytes memory both = bytes.concat(_entry(5, _date(1, false), false), _entry(6, date, false));
        _requireEntriesRefused(both, Dates.TimeMalformed.selector);
    }

    function test_AnotherVersionOrAlgorithmIsRefused() public view {
        CertificateBytes.List memory parts = CertificateBytes.list();
        bytes[2] memory versions = [bytes(hex"020100"), hex"020102"];
        for (uint256 i = 0; i < 2; ++i) {
            parts.version = versions[i];
            _requireRefused(parts, X509.CertificateUnsupported.selector);
        }
        parts = CertificateBytes.list();
        parts.algorithm[11] = 0x03;
        _requireRefused(parts, X509.CertificateUnsupported.selector);
    }

    function test_AListHasOneNumberAndNothingCriticalBeside() public view {
        CertificateBytes.List memory parts = CertificateBytes.list();
        bytes memory number = parts.extensions[0];
        parts.extensions[0] = CertificateBytes.extensionOf(CertificateBytes.CRL_NUMBER, true, hex"020200ff");
        require(_read(parts).number == 255, "another number");
        parts.extensions[0] = parts.extensions[1];
        _requireRefused(parts, X509.CertificateUnsupported.selector);
        (parts.extensions[0], parts.extensions[1]) = (number, number);
        _requireRefused(parts, X509.ExtensionUnsupported.selector);
        // A list of changes, or one of certain reasons, says less than it seems to.
        bytes[2] memory oids = [bytes(hex"551d1b"), hex"551d1c"];
        for (uint256 i = 0; i < 2; ++i) {
            parts.extensions[1] = CertificateBytes.extensionOf(oids[i], true, hex"3000");
            _requireRefused(parts, X509.ExtensionUnsupported.selector);
        }
        bytes[3] memory values = [bytes(hex"0201010500"), hex"020180", hex"040101"];
        for (uint256 i = 0; i < 3; ++i) {
            parts = CertificateBytes.list();
            parts.extensions[0] = CertificateBytes.extensionOf(CertificateBytes.CRL_NUMBER, false, values[i]);
            _requireRefused(parts, Der.DerMalformed.selector);
        }
        uint256 large = uint256(1) << 160;
        parts.extensions[0] = CertificateBytes.extensionOf(
            CertificateBytes.CRL_NUMBER,
            false,
            derOf(Der.INTEGER, integerOf(large - 1))
        );
        require(_read(parts).number == large - 1, "not the largest");
        parts.extensions[0] = CertificateBytes.extensionOf(
            CertificateBytes.CRL_NUMBER,
            false,
            derOf(Der.INTEGER, integerOf(large))
        );
        _requireRefused(parts, Der.DerMalformed.selector);
    }

    /// @dev A root signs both.
    function test_ACertificateIsNoListAndAListIsNoCertificate() public view {
        bytes4[] memory errors = _errors();
        bytes memory list = _encode(CertificateBytes.list());
        requireRefusedBy(address(_reader), abi.encodeCall(X509Reader.read, (list, list.length, "")), errors);
        CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
        bytes memory certificate = CertificateBytes.unsigned(CertificateBytes.signedPartOf(parts));
        bytes memory call = abi.encodeCall(X509Reader.readList, (certificate, certificate.length));
        requireRefusedBy(address(_reader), call, errors);
    }

    /// @dev What is missing stands behind the end.
    function test_AListThatIsCutShortOrLongerIsRefused() public view {
        CertificateBytes.List memory parts = CertificateBytes.list();
        bytes memory entries = bytes.concat(_entry(5, _date(1, false), true), _entry(6, _date(2, true), false));
        parts.entries = derOf(Der.SEQUENCE, entries);
        bytes memory encoded = _encode(parts);
        for (uint256 length = 0; length < encoded.length; ++length) {
            requireRefusedBy(address(_reader), abi.encodeCall(X509Reader.readList, (encoded, length)), _errors());
        }
        encoded = bytes.concat(encoded, hex"00");
        bytes memory call = abi.encodeCall(X509Reader.readList, (encoded, encoded.length));
        requireRefusedBy(address(_reader), call, _errors());
    }

    function testFuzz_AnyByteChangedIsReadOrRefusedByName(uint256 seed, bytes1 value) public view {
        CertificateBytes.List memory parts = CertificateBytes.list();
        bytes memory entries = bytes.concat(_entry(5, _date(1, false), true), _entry(6, _date(2, true), false));
        parts.entries = derOf(Der.SEQUENCE, entries);
        bytes memory encoded = _encode(parts);
        encoded[seed % encoded.length] = value;
        bytes memory call = abi.encodeCall(X509Reader.readList, (encoded, encoded.length));
        (bool accepted, ) = address(_reader).staticcall(call);
        if (!accepted) requireRefusedBy(address(_reader), call, _errors());
    }

    function _entry(uint160 serial, bytes memory date, bool reason) private pure returns (bytes memory) {
        bytes memory entry = bytes.concat(derOf(Der.INTEGER, integerOf(serial)), date);
        // Key compromise, as Intel writes it.
        if (reason) entry = bytes.concat(entry, hex"300c300a0603551d1504030a0101");
        return derOf(Der.SEQUENCE, entry);
    }

    /// @dev The first or the second of March 2024.
    function _date(uint256 day, bool general) private pure returns (bytes memory) {
        if (general) return CertificateBytes.general(day == 1 ? bytes("20240301000000Z") : bytes("20240302000000Z"));
        return CertificateBytes.utc(day == 1 ? bytes("240301000000Z") : bytes("240302000000Z"));
    }

    /// @dev Without its last byte, as if it were whole.
    function _cut(bytes memory date) private pure returns (bytes memory part) {
        part = new bytes(date.length - 1);
        for (uint256 i = 0; i < part.length; ++i) part[i] = date[i];
    }

    function _another(uint160[9] memory serials) private pure returns (uint160 serial) {
        for (uint256 i = 0; i < 9;) {
            (serial, i) = serials[i] == serial ? (serial + 1, 0) : (serial, i + 1);
        }
    }

    function _encode(CertificateBytes.List memory parts) private pure returns (bytes memory) {
        return CertificateBytes.unsigned(parts.signedPartOf());
    }

    function _read(CertificateBytes.List memory parts) private view returns (X509.RevocationList memory) {
        bytes memory encoded = _encode(parts);
        return _reader.readList(encoded, encoded.length);
    }

    function _requireEntriesRefused(bytes memory entries, bytes4 expected) private view {
        CertificateBytes.List memory parts = CertificateBytes.list();
        parts.entries = derOf(Der.SEQUENCE, entries);
        _requireRefused(parts, expected);
    }

    function _requireRefused(CertificateBytes.List memory parts, bytes4 expected) private view {
        bytes memory encoded = _encode(parts);
        bytes4[] memory errors = new bytes4[](1);
        errors[0] = expected;
        requireRefusedBy(address(_reader), abi.encodeCall(X509Reader.readList, (encoded, encoded.length)), errors);
    }

    function _errors() private pure returns (bytes4[] memory errors) {
        errors = new bytes4[](4);
        (errors[0], errors[1]) = (Der.DerMalformed.selector, X509.CertificateUnsupported.selector);
        (errors[2], errors[3]) = (X509.ExtensionUnsupported.selector, Dates.TimeMalformed.selector);
    }
}
