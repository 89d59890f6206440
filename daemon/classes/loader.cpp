// SPDX-License-Identifier: GPL-2.0-or-later
#include "classes/loader.hpp"

#include "classes/class_files.hpp"

#include <utility>

namespace acdr::classes {
namespace {

/// The documents by class name, each with the layer it is from.
class Shelf {
 public:
  explicit Shelf(Faults& faults) : faults_(faults) {}

  void add(const ClassFile& file) {
    ClassDocument document = read(file.path);
    const auto found = places_.find(document.name);
    if (found == places_.end()) {
      places_.emplace(document.name, Place{file.layer, false});
    } else if (found->second.layer == file.layer) {
      faults_.add(document.name_origin, "class '{}' is in {} too", document.name, documents_.at(document.name).file);
      return;
    } else {
      found->second = {file.layer, true};
    }
    std::string name = document.name;
    documents_.insert_or_assign(std::move(name), std::move(document));
  }

  [[nodiscard]] bool overrides(const std::string& name) const { return places_.at(name).overrides; }
  [[nodiscard]] std::map<std::string, ClassDocument> take() { return std::move(documents_); }

 private:
  struct Place {
    std::size_t layer;
    bool overrides;
  };

  ClassDocument read(const std::filesystem::path& path) {
    const auto text = read_class_file(path);
    if (text) return read_document(path, *text, faults_);
    const Origin origin{path.string(), 1, 1};
    faults_.add(origin, text.error().message());
    return {.file = path.string(), .name = path.stem().string(), .name_origin = origin, .readable = false};
  }

  Faults& faults_;
  std::map<std::string, Place> places_;
  std::map<std::string, ClassDocument> documents_;
};

std::map<std::string, ExpandedClass> expand(const Library& library, Faults& faults) {
  std::map<std::string, BoundClass> bound;
  for (const auto& [name, document] : library.classes)
    if (document.readable) bound.emplace(name, bind_class(document, library, faults));
  return expand_all(bound, library, faults);
}

LoadedClass loaded(const ClassDocument& document, ExpandedClass expanded, bool overrides) {
  LoadedClass result{.summary = {document.name, document.summary, document.file, overrides},
                     .parameters = {},
                     .expanded = std::move(expanded)};
  for (const auto& declaration : document.parameters) result.parameters.push_back(declaration.spec);
  return result;
}

}  // namespace

std::map<std::string, LoadedClass> load_classes(const std::vector<std::filesystem::path>& directories,
                                                const std::vector<std::filesystem::path>& files,
                                                const std::vector<ConditioningSpec>& known, Faults& faults) {
  Shelf shelf(faults);
  for (const auto& file : list_class_files(directories, files, faults)) shelf.add(file);
  Library library{.classes = shelf.take(), .conditionings = {}};
  for (const auto& spec : known) library.conditionings.emplace(spec.name, spec);
  std::map<std::string, LoadedClass> result;
  for (auto& [name, expanded] : expand(library, faults))
    result.emplace(name, loaded(library.classes.at(name), std::move(expanded), shelf.overrides(name)));
  return result;
}

}  // namespace acdr::classes
