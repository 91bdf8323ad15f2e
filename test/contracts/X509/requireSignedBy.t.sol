// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Der} from "../../../contracts/libraries/Der.sol";
import {X509} from "../../../contracts/libraries/X509.sol";
import {PublicKey} from "../../../contracts/types/P256.sol";
import {derOf, integerOf} from "../derOf.sol";
import {requireRefused} from "../refused.sol";
import {vm} from "../Vm.sol";
import {CertificateBytes} from "./CertificateBytes.sol";
import {X509Reader} from "./X509Reader.sol";

/// @title RequireSignedByTest
/// @notice A certificate is signed over each of its bytes, by one key, in one form.
contract RequireSignedByTest {
    using CertificateBytes for CertificateBytes.Certificate;

    X509Reader private immutable _reader = new X509Reader();

    function testFuzz_WhatAKeySignedIsSigned(uint256 privateKey, uint256 serial) public view {
        privateKey = 1 + (privateKey >> 1);
        CertificateBytes.Certificate memory parts = CertificateBytes.certificate();
        parts.serial = derOf(Der.INTEGER, integerOf(serial));
        PublicKey memory key = _keyOf(privateKey);
        (bytes32 r, bytes32 s) = vm.signP256(privateKey, sha256(parts.signedPartOf()));
        _reader.requireSignedBy(CertificateBytes.signed(parts.signedPartOf(), r, s), key);

        bytes memory expected = abi.encodeWithSelector(X509.SignatureInvalid.selector, key.idOf());
        parts.serial = derOf(Der.INTEGER, integerOf(serial ^ 1));
        _requireNotSigned(CertificateBytes.signed(parts.signedPartOf(), r, s), key, expected);
        parts.serial = derOf(Der.INTEGER, integerOf(serial));
        _requireNotSigned(CertificateBytes.signed(parts.signedPartOf(), s, r), key, expected);
        PublicKey memory other = _keyOf(privateKey + 1);
        expected = abi.encodeWithSelector(X509.SignatureInvalid.selector, other.idOf());
        _requireNotSigned(CertificateBytes.signed(parts.signedPartOf(), r, s), other, expected);
    }

    function test_ASignatureIsTwoNumbersInWholeBytes() public view {
        bytes memory part = CertificateBytes.certificate().signedPartOf();
        PublicKey memory key = _keyOf(7);
        (bytes32 r, bytes32 s) = vm.signP256(7, sha256(part));
        bytes memory numbers = bytes.concat(
            derOf(Der.INTEGER, integerOf(uint256(r))),
            derOf(Der.INTEGER, integerOf(uint256(s)))
        );
        bytes memory pair = derOf(Der.SEQUENCE, numbers);
        bytes memory unsupported = abi.encodeWithSelector(X509.CertificateUnsupported.selector);
        _requireNotSigned(_signedBy(part, bytes.concat(hex"01", pair)), key, unsupported);
        _requireNotSigned(_signedBy(part, ""), key, unsupported);
        pair = derOf(Der.SEQUENCE, bytes.concat(numbers, hex"020100"));
        _requireNotSigned(_signedBy(part, bytes.concat(hex"00", pair)), key, unsupported);
        bytes memory malformed = abi.encodeWithSelector(Der.DerMalformed.selector, Der.SEQUENCE);
        pair = bytes.concat(derOf(Der.SEQUENCE, numbers), hex"00");
        _requireNotSigned(_signedBy(part, bytes.concat(hex"00", pair)), key, malformed);
        malformed = abi.encodeWithSelector(Der.DerMalformed.selector, Der.BIT_STRING);
        pair = derOf(Der.BIT_STRING, bytes.concat(hex"00", derOf(Der.SEQUENCE, numbers)));
        _requireNotSigned(CertificateBytes.signed(part, bytes.concat(pair, hex"0500")), key, malformed);
        bytes memory other = derOf(Der.SEQUENCE, bytes.concat(part, hex"300a06082a8648ce3d040303", pair));
        _requireNotSigned(other, key, unsupported);
        _reader.requireSignedBy(CertificateBytes.signed(part, pair), key);
    }

    function _signedBy(bytes memory part, bytes memory bits) private pure returns (bytes memory) {
        return CertificateBytes.signed(part, derOf(Der.BIT_STRING, bits));
    }

    function _keyOf(uint256 privateKey) private pure returns (PublicKey memory) {
        (uint256 x, uint256 y) = vm.publicKeyP256(privateKey);
        return PublicKey(bytes32(x), bytes32(y));
    }

    function _requireNotSigned(bytes memory der, PublicKey memory key, bytes memory expected) private view {
        requireRefused(address(_reader), abi.encodeCall(X509Reader.requireSignedBy, (der, key)), expected);
    }
}
