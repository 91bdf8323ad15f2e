// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {INitroRegistrars} from "../../../contracts/interfaces/INitroRegistrars.sol";
import {NitroAttestation, NitroStanding, NitroVoucher} from "../../../contracts/types/Nitro.sol";
import {deployArtifact} from "../deployArtifact.sol";
import {vm} from "../Vm.sol";

/// @dev The registry of a few keys, their operators, registrars and whoever disputes, in any order. Two quorums of the same
/// members have bonds of their own; an operator disputes its own keys, too, and what is upheld is disputed again.
contract RegistrarsHandler {
    uint256 public constant KEYS = 4;
    uint256 private constant ACTORS = 4;
    uint256 private constant MEMBERS = 3;
    uint8 private constant THRESHOLD = 2;
    uint40 private constant WINDOW = 12 hours;
    address payable private constant SINK = payable(address(0xdead));
    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "NitroAttestation(address registry,bytes32 quorum,bytes32 document,address operator,address key,bytes32 measurement,bytes32 binding,uint40 issuedAt,uint40 validTo,uint40 nonceBlock,bool simulated)"
    );
    bytes32 private constant UPHOLDING_TYPEHASH = keccak256(
        "NitroUpholding(address registry,bytes32 id,bytes32 attestation,address disputer,uint40 deadline)"
    );

    INitroRegistrars public immutable registrars;

    bytes32[2] private _quorums;
    /// @dev By ascending address.
    uint256[MEMBERS] private _memberKeys;

    mapping(bytes32 id => bool condemned) public condemned;
    mapping(bytes32 id => uint256 paid) private _lastBond;
    uint256 public paidIn;
    uint256 public paidOut;
    bool public revived;

    constructor() {
        registrars = INitroRegistrars(deployArtifact("NitroRegistrars.sol:NitroRegistrars", ""));
        _memberKeys = [uint256(1), 2, 3];
        for (uint256 i = 1; i < MEMBERS; ++i) {
            for (uint256 j = i; j > 0 && vm.addr(_memberKeys[j]) < vm.addr(_memberKeys[j - 1]); --j) {
                (_memberKeys[j], _memberKeys[j - 1]) = (_memberKeys[j - 1], _memberKeys[j]);
            }
        }
        address[] memory members = new address[](MEMBERS);
        for (uint256 i = 0; i < MEMBERS; ++i) {
            members[i] = vm.addr(_memberKeys[i]);
        }
        _quorums[0] = registrars.declare(members, THRESHOLD, 1 ether, WINDOW);
        _quorums[1] = registrars.declare(members, THRESHOLD, 3 ether, WINDOW);
        for (uint256 i = 0; i < ACTORS; ++i) {
            vm.deal(actorAt(i), 1000 ether);
        }
    }

    /// @dev As the registry does it: `NitroRegistrars` says that a key is void.
    function condemn(bytes32 id) external {
        require(msg.sender == address(registrars), "not the registrars");
        condemned[id] = true;
    }

    function vouch(uint256 which, uint256 document) external {
        bytes32 id = idAt(which);
        NitroAttestation memory attestation;
        attestation.quorum = _quorums[which % 2];
        attestation.operator = actorAt(which % KEYS);
        (attestation.issuedAt, attestation.validTo) = (uint40(block.timestamp), uint40(block.timestamp + 1 days));
        bytes memory raw = abi.encode(document);
        bytes32 head = keccak256(raw);
        bytes32 structHash = keccak256(
            bytes.concat(
                abi.encode(ATTESTATION_TYPEHASH, address(this), attestation.quorum, head, attestation.operator),
                abi.encode(address(0), bytes32(0), bytes32(0), attestation.issuedAt, attestation.validTo, 0, false)
            )
        );
        registrars.vouch(id, attestation, raw, _signatures(structHash));
        if (condemned[id]) revived = true;
    }

    function dispute(uint256 which, uint256 actor) external {
        bytes32 id = idAt(which);
        uint256 bond = registrars.bondOf(id);
        bytes32 attestation = registrars.voucherOf(id).attestation;
        vm.prank(actorAt(actor));
        registrars.dispute{value: bond}(id, attestation);
        (paidIn, _lastBond[id]) = (paidIn + bond, bond);
    }

    function uphold(uint256 which) external {
        bytes32 id = idAt(which);
        NitroVoucher memory voucher = registrars.voucherOf(id);
        bytes32 structHash = keccak256(
            abi.encode(UPHOLDING_TYPEHASH, address(this), id, voucher.attestation, voucher.disputer, voucher.deadline)
        );
        registrars.uphold(id, _signatures(structHash));
    }

    function settle(uint256 which) external {
        registrars.settle(idAt(which));
    }

    function object(uint256 which, uint256 member) external {
        vm.prank(vm.addr(_memberKeys[member % MEMBERS]));
        registrars.object(idAt(which));
    }

    function withdraw(uint256 actor) external {
        uint256 credit = registrars.creditOf(address(0), actorAt(actor));
        vm.prank(actorAt(actor));
        registrars.withdraw(address(0), SINK);
        paidOut += credit;
    }

    function pass(uint16 time) external {
        vm.warp(block.timestamp + time);
    }

    /// @dev What was paid in, whatever the registrars say of it.
    function openBonds() external view returns (uint256 sum) {
        for (uint256 i = 0; i < KEYS; ++i) {
            if (registrars.isDisputed(idAt(i))) sum += _lastBond[idAt(i)];
        }
    }

    function credits() external view returns (uint256 sum) {
        for (uint256 i = 0; i < ACTORS; ++i) {
            sum += registrars.creditOf(address(0), actorAt(i));
        }
    }

    /// @dev A key is void exactly where the registry heard so.
    function isConsistent(uint256 which) external view returns (bool) {
        NitroVoucher memory voucher = registrars.voucherOf(idAt(which));
        bool disputed = voucher.standing == NitroStanding.Disputed;
        return
            condemned[idAt(which)] == (voucher.standing == NitroStanding.Void) &&
            disputed == (voucher.disputer != address(0)) &&
            disputed == (voucher.deadline != 0);
    }

    function idAt(uint256 which) public pure returns (bytes32) {
        return keccak256(abi.encode("key", which % KEYS));
    }

    function actorAt(uint256 which) public pure returns (address) {
        return address(uint160(0xac7000 + (which % ACTORS)));
    }

    function _signatures(bytes32 structHash) private view returns (bytes[] memory signatures) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Vouch Nitro Registrars"),
                keccak256("1"),
                block.chainid,
                address(registrars)
            )
        );
        bytes32 digest = keccak256(bytes.concat("\x19\x01", domain, structHash));
        signatures = new bytes[](THRESHOLD);
        for (uint256 i = 0; i < THRESHOLD; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(_memberKeys[i], digest);
            signatures[i] = bytes.concat(r, s, bytes1(v));
        }
    }
}
