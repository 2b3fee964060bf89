// Reads the keys of one section of a job file into variables, and notes what is wrong with them: what no key asks for is a mistake too.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "engine/schema/parameters.hpp"
#include "io/job/job_tree.hpp"

namespace colony {

/// What kind of a thing a path must be.
enum class PathUse : std::uint8_t { existing_file, existing, any };

class JobSection {
 public:
  /// table: the section, null when the job has none (everything then keeps its default). title: "[model]". folder: absolute; paths are
  /// relative to it. file: where a section that is missing is reported.
  JobSection(const JobValue* table, std::string title, std::string folder, JobPlace file, std::vector<JobMistake>& mistakes);

  /// From now on a file that is not there is no mistake.
  void let_files_be_gone() { files_may_be_gone_ = true; }

  bool present() const { return table_ != nullptr; }
  const std::string& title() const { return title_; }
  const std::string& folder() const { return folder_; }

  bool has(const std::string& key) const { return table_ && table_->find(key); }
  /// The value of a key, null when it is absent. The key counts as known from then on.
  const JobValue* take(const std::string& key);
  /// Each of these leaves the target alone when the key is absent or wrong, and returns true when it was set.
  bool flag(const std::string& key, bool& target);
  bool real(const std::string& key, double& target, double least, double most);
  bool text(const std::string& key, std::string& target);
  bool choice(const std::string& key, std::string& target, const std::vector<std::string>& choices);
  bool path(const std::string& key, std::string& target, PathUse use);
  template <std::integral T>
  bool integer(const std::string& key, T& target, std::int64_t least, std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
    std::int64_t value = 0;
    if (!whole_number(key, value, least, most)) return false;
    target = static_cast<T>(value);
    return true;
  }

  /// Checks a value against a parameter's declaration. False: there were mistakes.
  bool parameter(const JobValue& value, const ParameterSpec& spec, ParameterValue& result);

  void mistake(const JobValue& value, const std::string& message) { mistakes_.push_back({value.place, message}); }
  /// `[graph] width is missing; it ...`. hint: "" or what follows the semicolon.
  void missing(const std::string& key, const std::string& hint);
  /// Notes the keys that were not taken. other_keys: "[shards] count" and so on, for keys that stand in the wrong section.
  void finish(const std::vector<std::string>& other_keys = {});

 private:
  bool whole_number(const std::string& key, std::int64_t& target, std::int64_t least, std::int64_t most);
  bool check_integer(const JobValue& value, const std::string& name, double least, double most, std::int64_t& result);
  bool check_real(const JobValue& value, const std::string& name, double least, double most, double& result);
  bool check_path(const JobValue& value, const std::string& name, PathUse use, std::string& result);
  bool check_numbers_by(const JobValue& table, const ParameterSpec& spec, NumbersBy& result);
  bool check_ids(const JobValue& value, const std::string& name, std::vector<std::uint64_t>& result);
  template <class T, class Check>
  bool check_list(const JobValue& value, const std::string& name, const char* of, std::vector<T>& result, const Check& check);
  void wrong_type(const JobValue& value, const std::string& name, const std::string& wanted);

  const JobValue* table_;
  std::string title_;
  std::string folder_;
  JobPlace file_;
  std::vector<JobMistake>& mistakes_;
  std::vector<std::string> known_;
  bool files_may_be_gone_ = false;
};

/// "from 0 to 1", "of at least 1", "" when there is no bound.
std::string range_text(double least, double most);

}  // namespace colony
