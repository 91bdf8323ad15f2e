// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEvidenceRouter} from "../../../contracts/interfaces/IEvidenceRouter.sol";
import {ValidationResponses} from "../../../contracts/adapters/ValidationResponses.sol";
import {ERC8004Mock} from "../../../contracts/mocks/ERC8004Mock.sol";
import {ReleaseId, RequestId} from "../../../contracts/types/Ids.sol";
import {Evidence, EvidenceKind} from "../../../contracts/types/Evidence.sol";
import {Receipt} from "../../../contracts/types/Receipt.sol";
import {TcbStatus} from "../../../contracts/types/Tcb.sol";

/// @dev An agent with a few requests, for which any evidence is brought in any order.
contract ResponsesHandler {
    uint256 public constant REQUESTS = 3;
    uint256 private constant AGENT = 1;

    ValidationResponses private immutable _validator;
    ReleaseId private immutable _release;

    bytes32[REQUESTS] public hashes;
    uint8[REQUESTS] public highest;
    bool public fell;

    constructor(ValidationResponses validator, ERC8004Mock registry, IEvidenceRouter router, ReleaseId release) {
        _validator = validator;
        _release = release;
        registry.register(AGENT);
        for (uint256 i = 0; i < REQUESTS; ++i) {
            Evidence[] memory none;
            bytes32 digest = router.digestOf(router.statementOf(_receipt(i, none)));
            hashes[i] = validator.requestHashOf(AGENT, digest, bytes32(i));
            registry.validationRequest(address(validator), AGENT, "", hashes[i]);
        }
    }

    /// @param kinds Bit `i` is set for evidence of `EvidenceKind(i)`.
    function respond(uint256 request, uint8 kinds, uint8 flags) external {
        request %= REQUESTS;
        uint256 count = 0;
        for (uint256 i = 0; i < 5; ++i) {
            count += (kinds >> i) & 1;
        }
        Evidence[] memory evidence = new Evidence[](count);
        for (uint256 i = 5; i > 0; --i) {
            if ((kinds >> (i - 1)) & 1 == 0) continue;
            EvidenceKind kind = EvidenceKind(i - 1);
            bytes memory data = abi.encodePacked(flags);
            // As long as what an enclave signs, of one that is up to date.
            if (kind == EvidenceKind.Tee) data = bytes.concat(data, bytes1(uint8(TcbStatus.UpToDate)), new bytes(115));
            evidence[--count] = Evidence({kind: kind, data: data});
        }
        uint8 response = _validator.respond(AGENT, bytes32(request), _receipt(request, evidence));
        if (response <= highest[request]) fell = true;
        highest[request] = response;
    }

    function _receipt(uint256 request, Evidence[] memory evidence) private view returns (Receipt memory receipt) {
        receipt.release = _release;
        receipt.request = RequestId.wrap(bytes32(request));
        receipt.operator = address(this);
        receipt.evidence = evidence;
    }
}
