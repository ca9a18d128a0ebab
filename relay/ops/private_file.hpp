#pragma once
// Small files that nobody but the relay's own user may read: the identity key, the admin token, the certificate's key.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/result.hpp"

namespace ferry::relay {

/// nullopt when there is no such file. Errors: environment "private_file" (cannot be read, is no regular file, or is longer than 64 KiB),
/// "private_file_mode" (group or others may read or write it; the message tells the command that mends it).
base::Result<std::optional<std::string>> read_private_file(const std::filesystem::path& path);

/// Makes the file with mode 0600, whole or not at all, durable when this returns. Never replaces one: error environment "private_file" then
/// and for everything else that goes wrong.
base::Result<void> create_private_file(const std::filesystem::path& path, std::string_view content);

/// The same, but takes the place of a file that is there. Error: environment "private_file".
base::Result<void> replace_private_file(const std::filesystem::path& path, std::string_view content);

}  // namespace ferry::relay
