// The main function of every unit test. FERRY_TEST_FILTER restricts the run to test cases whose name contains it.

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
    doctest::Context context;
    if (const char* filter = std::getenv("FERRY_TEST_FILTER")) {
        const std::string pattern = "*" + std::string(filter) + "*";
        context.addFilter("test-case", pattern.c_str());
    }
    context.applyCommandLine(argc, argv);
    return context.run();
}
