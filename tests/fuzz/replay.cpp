// Feeds every file of the corpus directories on the command line, and the empty input, to a fuzz target. It
// stands in for libFuzzer's main in ordinary builds, so that the corpus is a regression test under every
// compiler.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& directory) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

void feed(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> text{std::istreambuf_iterator<char>(in), {}};
    // A copy of exactly this size lets ASan see a read past its end.
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> directories(argv + 1, argv + argc);
    std::size_t count = 0;
    for (const auto& directory : directories) {
        if (!fs::is_directory(directory)) {
            std::fprintf(stderr, "no corpus at %s: add at least one input\n", directory.c_str());
            return 1;
        }
        for (const auto& file : files_below(directory)) {
            // Printed first, so that a crash names its input.
            std::printf("%s\n", file.c_str());
            std::fflush(stdout);
            feed(file);
            ++count;
        }
    }
    LLVMFuzzerTestOneInput(nullptr, 0);
    std::printf("replayed %zu inputs\n", count);
    return count == 0 ? 1 : 0;
}
