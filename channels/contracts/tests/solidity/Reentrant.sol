// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

// Others' code that runs in the middle of the contract's: it calls back, and notes what came of it.

abstract contract Reentrant {
    address public target;
    bytes public payload;
    uint256 public calls; // back into the contract
    uint256 public successes; // of these
    bytes public answer; // to the last of these

    function aim(address target_, bytes calldata payload_) external {
        target = target_;
        payload = payload_;
    }

    function _callBack() internal {
        if (payload.length == 0) return;
        (bool taken, bytes memory said) = target.call(payload);
        ++calls;
        if (taken) ++successes;
        answer = said;
    }

    /// Acts as this account.
    function act(address to, bytes calldata data) external payable returns (bytes memory) {
        (bool taken, bytes memory said) = to.call{value: msg.value}(data);
        require(taken, "the account's own call failed");
        return said;
    }
}

/// Calls back whenever it moves.
contract ReentrantToken is TestToken, Reentrant {
    function _move(address from, address to, uint256 amount) internal override {
        super._move(from, to, amount);
        _callBack();
    }
}

/// Calls back whenever it is paid.
contract ReentrantAccount is Reentrant {
    receive() external payable {
        _callBack();
    }
}

/// Takes native money only when it is told to.
contract RefusingAccount is Reentrant {
    bool public open;

    function setOpen(bool on) external {
        open = on;
    }

    receive() external payable {
        require(open, "closed");
    }
}
