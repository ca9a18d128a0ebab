from tree import TreeCase

import check_layers


class LayersTest(TreeCase):
    def setUp(self):
        super().setUp()
        for path in ["protocol/base/a.hpp", "protocol/wire/w.hpp", "channels/c.hpp", "channels/chain/b.hpp",
                     "relay/exit/policy.hpp", "client/fetch.hpp", "client/include/ferry/ferry.h"]:
            self.write(path)

    def found(self, path, include):
        self.write(path, f"#pragma once\n#include {include}\n")
        return check_layers.violations(self.root)

    def test_a_lower_layer_may_be_included(self):
        self.assertEqual(self.found("protocol/wire/x.cpp", '"protocol/base/a.hpp"'), [])
        self.assertEqual(self.found("relay/serve/x.cpp", '"channels/chain/b.hpp"'), [])
        self.assertEqual(self.found("relay/serve/x.cpp", '"relay/exit/policy.hpp"'), [])
        self.assertEqual(self.found("client/cli/x.cpp", "<ferry/ferry.h>"), [])

    def test_a_higher_layer_is_refused_with_file_and_line(self):
        self.assert_finds(self.found("protocol/base/x.hpp", '"protocol/wire/w.hpp"'), "protocol/base/x.hpp:2:")

    def test_siblings_are_refused(self):
        self.assert_finds(self.found("protocol/content/x.hpp", '"protocol/wire/w.hpp"'), "not protocol/wire")

    def test_channels_may_not_include_the_chain_above_it(self):
        self.assert_finds(self.found("channels/x.hpp", '"channels/chain/b.hpp"'), "not channels/chain")

    def test_relay_and_client_are_strangers(self):
        self.assert_finds(self.found("relay/serve/x.cpp", '"client/fetch.hpp"'), "not client")
        (self.root / "relay/serve/x.cpp").unlink()
        self.assert_finds(self.found("client/x.cpp", '"relay/exit/policy.hpp"'), "not relay")

    def test_the_program_uses_only_the_c_interface(self):
        self.assert_finds(self.found("client/cli/x.cpp", '"client/fetch.hpp"'), "not client")

    def test_boost_outside_the_relay_is_refused(self):
        self.assert_finds(self.found("client/x.cpp", "<boost/asio.hpp>"), "belongs to relay only")
        self.assertEqual(self.found("relay/serve/x.cpp", "<boost/asio.hpp>"),
                         ["client/x.cpp:2: <boost/asio.hpp> belongs to relay only"])

    def test_a_path_beside_the_file_is_refused(self):
        self.assert_finds(self.found("relay/exit/x.cpp", '"policy.hpp"'), "not a path from the root")
        self.assert_finds(self.found("relay/exit/x.cpp", '"../exit/policy.hpp"'), "not a path from the root")
