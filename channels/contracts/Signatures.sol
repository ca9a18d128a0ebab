// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IBttChannels} from "./IBttChannels.sol";

// The one form of a signature that counts, the same as protocol/base/key.hpp takes: whoever accepts a voucher off the chain must be able to
// rely on its being accepted here. Keys only, no contracts (EIP-1271): what was valid once stays valid.
library Signatures {
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141; // of secp256k1
    uint256 private constant HALF_ORDER = ORDER / 2;

    /// Reverts unless `signature` is `signer`'s over `digest`: 65 bytes r ‖ s ‖ v, v 27 or 28, 0 < r,s < n, s in the lower half.
    function check(bytes32 digest, bytes calldata signature, address signer) internal pure {
        if (signature.length != 65) revert IBttChannels.signature_length();
        bytes32 r = bytes32(signature[:32]);
        bytes32 s = bytes32(signature[32:64]);
        uint8 v = uint8(signature[64]);
        if (v != 27 && v != 28) revert IBttChannels.signature_v();
        if (r == 0 || uint256(r) >= ORDER || s == 0 || uint256(s) >= ORDER) revert IBttChannels.signature_range();
        if (uint256(s) > HALF_ORDER) revert IBttChannels.signature_high_s();
        (address recovered, ECDSA.RecoverError problem) = ECDSA.tryRecover(digest, v, r, s);
        if (problem != ECDSA.RecoverError.NoError) revert IBttChannels.signature_unrecoverable();
        if (recovered != signer) revert IBttChannels.signature_of_another_key();
    }
}
