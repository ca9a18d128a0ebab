from tree import TreeCase

import check_purity


class PurityTest(TreeCase):
    def found(self, text, path="protocol/wire/x.cpp"):
        self.write(path, text)
        return check_purity.violations(self.root)

    def test_a_socket_header_is_found(self):
        self.assert_finds(self.found("#pragma once\n#include <sys/socket.h>\n"), "x.cpp:2:", "a socket")

    def test_asio_is_found_by_its_prefix(self):
        self.assert_finds(self.found("#include <boost/asio/ip/tcp.hpp>\n"), "a socket")

    def test_reading_a_clock_is_found(self):
        self.assert_finds(self.found("auto t = std::chrono::system_clock::now();\n"), "a clock")
        self.assert_finds(self.found("auto t = ::time(nullptr);\n"), "a clock")

    def test_starting_a_thread_is_found(self):
        self.assert_finds(self.found("int main() {\n    std::thread worker(run);\n}\n"), "x.cpp:2:", "a thread")

    def test_opening_a_socket_is_found(self):
        self.assert_finds(self.found("int fd = socket(AF_INET, SOCK_STREAM, 0);\n"), "a socket")

    def test_words_in_comments_and_strings_are_free(self):
        self.assertEqual(self.found('// std::thread\n/* socket(\n */\nauto s = "steady_clock::now";\n'), [])

    def test_a_digit_separator_hides_nothing(self):
        self.assert_finds(self.found("int a = 1'000;\nstd::thread t; // it's\n"), "x.cpp:2:")

    def test_members_named_like_calls_are_free(self):
        self.assertEqual(self.found("stream.connect(peer); Session::connect(peer); websocket(1);\n"), [])

    def test_durations_are_values_and_free(self):
        self.assertEqual(self.found("#include <chrono>\nusing Ms = std::chrono::milliseconds;\n"), [])

    def test_chain_journal_relay_and_client_are_free(self):
        for path in ["channels/chain/x.cpp", "channels/journal.cpp", "relay/serve/x.cpp", "client/x.cpp"]:
            self.assertEqual(self.found("#include <mutex>\nstd::mutex m;\n", path), [])

    def test_the_rest_of_channels_is_not_free(self):
        self.assertEqual(len(self.found("#include <mutex>\nstd::mutex m;\n", "channels/ledger.cpp")), 2)
