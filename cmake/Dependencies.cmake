# Every library that comes from outside, at the versions of Debian 12. Targets to link:
#
#   OpenSSL::SSL OpenSSL::Crypto   PkgConfig::secp256k1   PkgConfig::uv   SQLite::SQLite3   CURL::libcurl
#   deps::expected (tl/expected.hpp)   deps::msgpack (msgpack.hpp)   deps::wslay
#   nlohmann_json::nlohmann_json   tomlplusplus::tomlplusplus   spdlog::spdlog   fmt::fmt   CLI11::CLI11   PkgConfig::pugixml
#   relay only: deps::asio (Boost 1.74 Asio and Beast with the defines all must share)   prometheus-cpp::core   PkgConfig::cares   deps::libtorrent
#   tests only: doctest::doctest PkgConfig::cryptopp (an oracle for hashes and wide integers)

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(secp256k1 REQUIRED IMPORTED_TARGET libsecp256k1)
pkg_check_modules(uv REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(pugixml REQUIRED IMPORTED_TARGET pugixml)

function(ferry_header_dependency name header)
  string(MAKE_C_IDENTIFIER "FERRY_${name}_INCLUDE_DIR" var)
  find_path(${var} ${header} REQUIRED)
  add_library(deps_${name} INTERFACE IMPORTED GLOBAL)
  target_include_directories(deps_${name} SYSTEM INTERFACE ${${var}})
  add_library(deps::${name} ALIAS deps_${name})
endfunction()

ferry_header_dependency(expected tl/expected.hpp)

# Not through find_package(msgpackc-cxx): that pulls in Boost, which the client must not need.
ferry_header_dependency(msgpack msgpack.hpp)
target_compile_definitions(deps_msgpack INTERFACE MSGPACK_NO_BOOST MSGPACK_DEFAULT_API_VERSION=3)

ferry_header_dependency(wslay wslay/wslay.h)
find_library(FERRY_wslay_LIBRARY wslay REQUIRED)
target_link_libraries(deps_wslay INTERFACE ${FERRY_wslay_LIBRARY})

if(FERRY_BUILD_RELAY)
  # Exactly 1.74: libtorrent is built against it, and two Boosts in one process crash.
  find_package(Boost 1.74 EXACT REQUIRED)
  find_package(prometheus-cpp REQUIRED)
  pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)

  add_library(deps_asio INTERFACE IMPORTED GLOBAL)
  target_link_libraries(deps_asio INTERFACE Boost::headers Threads::Threads)
  # Every file that sees Asio must see the same defines; the first two are those libtorrent exports.
  target_compile_definitions(deps_asio INTERFACE
    BOOST_ASIO_ENABLE_CANCELIO BOOST_ASIO_NO_DEPRECATED BOOST_ALL_NO_LIB
    # TSan does not understand Asio's fences and would report what they order.
    $<$<STREQUAL:${FERRY_SANITIZE},thread>:BOOST_ASIO_DISABLE_FENCED_BLOCK>)
  # GCC 10 to 12 have coroutines behind this switch unless the standard is C++20 or later; clang 14 has none for Asio.
  # GCC 12 inlines only one half of Asio's pair of operator new and delete for coroutine frames, and reports a mismatch.
  target_compile_options(deps_asio INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fcoroutines;-Wno-mismatched-new-delete>)
  add_library(deps::asio ALIAS deps_asio)

  find_package(LibtorrentRasterbar REQUIRED)
  # Debian's library has none of the assertions that the headers would call in a debug build.
  get_target_property(FERRY_libtorrent_DEFINES LibtorrentRasterbar::torrent-rasterbar INTERFACE_COMPILE_DEFINITIONS)
  list(FILTER FERRY_libtorrent_DEFINES EXCLUDE REGEX TORRENT_USE_ASSERTS)
  set_target_properties(LibtorrentRasterbar::torrent-rasterbar PROPERTIES INTERFACE_COMPILE_DEFINITIONS "${FERRY_libtorrent_DEFINES}")
  add_library(deps_libtorrent INTERFACE IMPORTED GLOBAL)
  target_link_libraries(deps_libtorrent INTERFACE LibtorrentRasterbar::torrent-rasterbar deps::asio)
  add_library(deps::libtorrent ALIAS deps_libtorrent)
endif()

if(FERRY_BUILD_TESTS)
  find_package(doctest REQUIRED)
  pkg_check_modules(cryptopp REQUIRED IMPORTED_TARGET libcrypto++)
endif()
