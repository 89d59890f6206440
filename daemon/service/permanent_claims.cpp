// SPDX-License-Identifier: GPL-2.0-or-later
#include "service/permanent_claims.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace acdr {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

Result<PermanentClaim> read_file(const fs::path& file) {
  try {
    std::ifstream stream(file);
    const json object = json::parse(stream);
    return PermanentClaim{object.at("class").get<std::string>(),
                          object.at("parameters").get<std::map<std::string, std::string>>()};
  } catch (const json::exception& error) {
    return failure(Error(ErrorKind::usage, fmt::format("{}: {}", file.string(), error.what()),
                         "correct it, or remove it and apply the class with --permanent again"));
  }
}

}  // namespace

fs::path PermanentClaims::file_of(const std::string& class_name) const { return folder_ / (class_name + ".json"); }

std::vector<PermanentClaim> PermanentClaims::load(std::vector<Error>& faults) const {
  std::vector<fs::path> files;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(folder_, code))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<PermanentClaim> claims;
  for (const auto& file : files) {
    auto claim = read_file(file);
    if (claim)
      claims.push_back(std::move(*claim));
    else
      faults.push_back(claim.error());
  }
  return claims;
}

Status PermanentClaims::store(const PermanentClaim& claim) const {
  std::error_code code;
  fs::create_directories(folder_, code);
  // Written aside and renamed: a crash leaves the old file or the new one.
  const fs::path aside = file_of(claim.class_name).string() + ".new";
  std::ofstream stream(aside, std::ios::trunc);
  stream << json{{"class", claim.class_name}, {"parameters", claim.parameters}}.dump(2) << '\n';
  stream.close();
  if (!stream) return failure(ErrorKind::failed, "writing {}; is there room on the disk?", aside.string());
  fs::rename(aside, file_of(claim.class_name), code);
  if (code) return failure(ErrorKind::failed, "writing {}: {}", file_of(claim.class_name).string(), code.message());
  return {};
}

Status PermanentClaims::forget(const std::string& class_name) const {
  std::error_code code;
  std::vector<Error> faults;
  for (const auto& claim : load(faults))
    if (class_name.empty() || claim.class_name == class_name) fs::remove(file_of(claim.class_name), code);
  if (code) return failure(ErrorKind::failed, "forgetting a permanent class: {}", code.message());
  return {};
}

}  // namespace acdr
