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
      const std::string message =
          fmt::format("class '{}' is in {} too", document.name, documents_.at(document.name).file);
      faults_.add(document.name_origin, message);
      twice_.emplace(document.name, Diagnostic{document.name_origin, message});
      return;
    } else {
      found->second = {file.layer, true};
    }
    std::string name = document.name;
    documents_.insert_or_assign(std::move(name), std::move(document));
  }

  [[nodiscard]] bool overrides(const std::string& name) const { return places_.at(name).overrides; }
  [[nodiscard]] std::map<std::string, ClassDocument> take() { return std::move(documents_); }
  /// Classes of which it is not known which document was meant.
  [[nodiscard]] const std::map<std::string, Diagnostic>& twice() const { return twice_; }

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
  std::map<std::string, Diagnostic> twice_;
};

std::map<std::string, ExpandedClass> expand(const Library& library, Faults& faults) {
  std::map<std::string, BoundClass> bound;
  for (const auto& [name, document] : library.classes)
    if (document.readable) bound.emplace(name, bind_class(document, library, faults));
  return expand_all(bound, library, faults);
}

/// What makes each class faulty that is: its own document, or a class it includes.
class Causes {
 public:
  Causes(const Library& library, const std::map<std::string, Diagnostic>& twice, const Faults& faults)
      : causes_(twice) {
    std::map<std::string, Diagnostic> of_file;
    for (auto& fault : faults.sorted()) of_file.emplace(fault.origin.file, fault);
    for (const auto& [name, document] : library.classes)
      if (const auto own = of_file.find(document.file); own != of_file.end()) causes_.emplace(name, own->second);
    while (follow_includes(library)) {
    }
  }
  /// Null for a sound class.
  [[nodiscard]] const Diagnostic* of(const std::string& name) const {
    const auto found = causes_.find(name);
    return found == causes_.end() ? nullptr : &found->second;
  }

 private:
  /// Whether that made a class faulty.
  bool follow_includes(const Library& library) {
    const std::size_t before = causes_.size();
    for (const auto& [name, document] : library.classes)
      for (const auto& include : document.includes)
        if (const auto* cause = of(include.name); cause != nullptr) causes_.emplace(name, *cause);
    return causes_.size() > before;
  }

  std::map<std::string, Diagnostic> causes_;
};

LoadedClass loaded(const ClassDocument& document, ExpandedClass expanded, bool overrides) {
  LoadedClass result{.summary = {document.name, document.summary, document.file, overrides},
                     .parameters = {},
                     .expanded = std::move(expanded)};
  for (const auto& declaration : document.parameters) result.parameters.push_back(declaration.spec);
  return result;
}

}  // namespace

LoadedClasses load_classes(const std::vector<std::filesystem::path>& directories,
                           const std::vector<std::filesystem::path>& files, const std::vector<ConditioningSpec>& known,
                           Faults& faults) {
  Shelf shelf(faults);
  const auto listed = list_class_files(directories, files, faults);
  for (const auto& file : listed.files) shelf.add(file);
  Library library{.classes = shelf.take(), .conditionings = {}};
  for (const auto& spec : known) library.conditionings.emplace(spec.name, spec);
  auto expanded = expand(library, faults);
  LoadedClasses result;
  if (!listed.whole) return result;
  const Causes causes(library, shelf.twice(), faults);
  for (const auto& [name, document] : library.classes) {
    const auto ready = expanded.find(name);
    const Diagnostic* cause = causes.of(name);
    if (cause != nullptr)
      result.faulty.emplace(name, FaultyClass{*cause, ready != expanded.end() && ready->second.required});
    else
      result.sound.emplace(name, loaded(document, std::move(ready->second), shelf.overrides(name)));
  }
  return result;
}

}  // namespace acdr::classes
