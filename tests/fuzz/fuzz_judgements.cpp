// fuzz-sources: engine/error.cpp engine/text_mark.cpp apps/knowledge/judgements.cpp apps/knowledge/trec_files.cpp
// fuzz-sources: models/knowledge/smart.cpp models/text_file.cpp
// Any bytes are judgements of finite grades, a run of finite scores, or a DataError that names the file.
#include <cmath>
#include <cstdint>

#include "apps/knowledge/judgements.hpp"
#include "apps/knowledge/trec_files.hpp"
#include "engine/error.hpp"

namespace {

using namespace colony::retrieval;

void read_judgements(std::string_view text, JudgementFormat format) {
  const Judgements judgements = parse_judgements(text, "input", format);
  COLONY_ASSERT(judgements.format != JudgementFormat::automatic, "of no format");
  COLONY_ASSERT(format == JudgementFormat::automatic || judgements.format == format, "of another format than asked for");
  COLONY_ASSERT(!judgements.grades.empty(), "no judgement and no error");
  for (const auto& [query, documents] : judgements.grades)
    for (const auto& [document, grade] : documents)
      COLONY_ASSERT(!query.empty() && !document.empty() && std::isfinite(grade), "a judgement without a name or a grade");
}

void read_run(std::string_view text) {
  for (const auto& [query, documents] : parse_run(text, "input"))
    for (const RankedName& ranked : documents)
      COLONY_ASSERT(!ranked.document.empty() && std::isfinite(ranked.score), "no document or score");
}

template <class Read>
void check(const Read& read) {
  try {
    read();
  } catch (const colony::DataError& error) {
    COLONY_ASSERT(error.where.starts_with("input"), "the error names no file");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto format : {JudgementFormat::automatic, JudgementFormat::trec, JudgementFormat::smart, JudgementFormat::beir})
    check([&] { read_judgements(text, format); });
  check([&] { read_run(text); });
  return 0;
}
