#pragma once
// evidence_list: the records of evidence that a data directory keeps, examined. Reads files only; no client need run, and one may.

#include <filesystem>
#include <string>

#include "protocol/base/result.hpp"

namespace ferry::client {

/// As ferry_evidence_list() gives it, oldest first. A file that is no record is listed with its error. Error: environment "data_dir".
base::Result<std::string> evidence_list(const std::filesystem::path& data_dir);

}  // namespace ferry::client
